-- name: tandems_by_ids
-- Tandems with their offer, the state of their placement, the other side, and the next check-in.
SELECT
    t.tandem_id, t.version, t.counterpart_id, t.placement_id, t.offer_id, t.organisation_id, o.coordinator_id,
    t.volunteer_id, t.status, t.trial_days, t.check_in_days, t.proposed_at, t.changed_at, t.trial_until,
    t.agreed_by_volunteer_at, t.agreed_by_coordinator_at, t.agreed_on, t.ended_at, t.end_reason,
    o.title AS offer_title, o.district, p.status AS placement_status,
    coalesce(g.status = 'verified', false) AS organisation_verified,
    coalesce(v.undertaking_valid, false) AS undertaking_valid,
    c.reference, coalesce(c.languages, '{}') AS languages, coalesce(c.wishes, '{}') AS wishes,
    (SELECT min(i.due_on) FROM tandem_check_ins AS i WHERE i.tandem_id = t.tandem_id AND i.status = 'due') AS next_check_in_on
FROM tandems AS t
JOIN offers AS o ON o.offer_id = t.offer_id
JOIN placements AS p ON p.placement_id = t.placement_id
LEFT JOIN counterparts AS c ON c.counterpart_id = t.counterpart_id
LEFT JOIN organisations AS g ON g.organisation_id = t.organisation_id
LEFT JOIN volunteers AS v ON v.volunteer_id = t.volunteer_id
WHERE t.tandem_id = ANY (:tandem_ids::uuid[])
ORDER BY t.tandem_id;

-- name: lock_tandem$
-- One step of a tandem at a time.
SELECT tandem_id FROM tandems WHERE tandem_id = :tandem_id FOR NO KEY UPDATE;

-- name: insert_tandem!
-- A proposal; the unique index refuses a second live one with the same other side.
INSERT INTO tandems (
    tandem_id, version, counterpart_id, placement_id, offer_id, organisation_id, volunteer_id, status, trial_days,
    check_in_days, proposed_at, changed_at
) VALUES (
    :tandem_id, :version, :counterpart_id, :placement_id, :offer_id, :organisation_id, :volunteer_id, :status, :trial_days,
    :check_in_days, :proposed_at, :changed_at
);

-- name: move_tandem!
-- A step of the state machine, or another id of the volunteer; the row is locked.
UPDATE tandems
SET version = :version, volunteer_id = :volunteer_id, status = :status, changed_at = :changed_at,
    trial_until = :trial_until, agreed_by_volunteer_at = :agreed_by_volunteer_at,
    agreed_by_coordinator_at = :agreed_by_coordinator_at, agreed_on = :agreed_on, ended_at = :ended_at,
    end_reason = :end_reason
WHERE tandem_id = :tandem_id;

-- name: tandem_ids_of
-- Every tandem of some volunteers, in order.
SELECT tandem_id FROM tandems WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY tandem_id;

-- name: tandems_of_volunteer_listed
-- A volunteer's own list.
SELECT t.tandem_id
FROM tandems AS t
WHERE t.volunteer_id = :volunteer_id
  AND t.status = :status::text -- when status
  AND t.offer_id = :offer_id::uuid -- when offer_id

-- name: tandems_in_scope_listed
-- A coordinator's list: their (organisation, district) pairs, verified organisations only.
SELECT t.tandem_id
FROM tandems AS t
JOIN offers AS o ON o.offer_id = t.offer_id
WHERE t.organisation_id = ANY (:organisation_ids::uuid[])
  AND EXISTS (
      SELECT FROM unnest(:organisation_ids::uuid[], :districts::text[]) AS scope (organisation_id, district)
      WHERE scope.organisation_id = o.organisation_id AND scope.district = o.district
  )
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = t.organisation_id AND g.status = 'verified'
  )
  AND t.status = :status::text -- when status
  AND t.offer_id = :offer_id::uuid -- when offer_id

-- name: next_placement_over^
-- Lock a placement that is over and whose tandems nobody ends just now.
SELECT check_id, placement_id FROM tandem_checks ORDER BY check_id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: delete_tandem_check!
-- Its tandems are ended.
DELETE FROM tandem_checks WHERE check_id = :check_id;

-- name: live_tandem_of_placement$
-- A tandem within a placement that is not ended.
SELECT tandem_id FROM tandems WHERE placement_id = :placement_id AND status <> 'ended' ORDER BY tandem_id LIMIT 1;

-- name: tandems_ended_with
-- Tandems that ended because these placements were over.
SELECT tandem_id
FROM tandems
WHERE placement_id = ANY (:placement_ids::uuid[]) AND status = 'ended' AND end_reason = 'placement_over'
ORDER BY tandem_id;

-- name: own_wishes^
-- What a volunteer wishes to do in a tandem.
SELECT volunteer_id, version, wishes FROM tandem_wishes WHERE volunteer_id = :volunteer_id;

-- name: state_wishes$
-- A volunteer says what they wish; null when somebody else has changed it meanwhile.
INSERT INTO tandem_wishes AS w (volunteer_id, version, wishes, changed_at)
SELECT :volunteer_id::uuid, :version::bigint + 1, :wishes::text[], :now::timestamptz
WHERE :version = 1 OR EXISTS (SELECT FROM tandem_wishes WHERE volunteer_id = :volunteer_id)
ON CONFLICT (volunteer_id) DO UPDATE SET version = excluded.version, wishes = excluded.wishes, changed_at = excluded.changed_at
WHERE w.version = :version
RETURNING version;

-- name: move_wishes$
-- The wishes go on under another id, unless that one has said something itself; whether they did.
WITH kept AS (
    UPDATE tandem_wishes SET volunteer_id = :to_id
    WHERE volunteer_id = :from_id AND NOT EXISTS (SELECT FROM tandem_wishes WHERE volunteer_id = :to_id)
    RETURNING 1
)
SELECT count(*) > 0 FROM kept;

-- name: delete_tandems_of$
-- Erase the tandems and wishes of a person, with their check-ins; how many rows.
WITH gone AS (
    DELETE FROM tandems WHERE volunteer_id = :volunteer_id RETURNING 1
), wished AS (
    DELETE FROM tandem_wishes WHERE volunteer_id = :volunteer_id RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM wished);

-- name: tandems_to_export
-- Every tandem of a person, for themselves: without the organisation's reference.
SELECT
    t.tandem_id, t.placement_id, t.offer_id, o.title AS offer_title, t.organisation_id, t.status, t.proposed_at,
    t.trial_until, t.agreed_by_volunteer_at, t.agreed_by_coordinator_at, t.agreed_on, t.ended_at, t.end_reason
FROM tandems AS t
JOIN offers AS o ON o.offer_id = t.offer_id
WHERE t.volunteer_id = :volunteer_id
ORDER BY t.tandem_id;

-- name: check_ins_to_export
-- When it was asked how the tandems of a person go, and what came of it.
SELECT i.tandem_id, i.number, i.due_on, i.status, i.outcome, i.settled_at
FROM tandems AS t
JOIN tandem_check_ins AS i ON i.tandem_id = t.tandem_id
WHERE t.volunteer_id = :volunteer_id
ORDER BY i.tandem_id, i.number;
