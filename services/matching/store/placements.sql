-- name: placements_by_ids
-- Placements with where and when they are, who speaks for their group, and their turn while they wait.
SELECT
    p.placement_id, p.version, p.offer_id, p.organisation_id, o.coordinator_id, p.volunteer_id, p.status,
    p.queue_number, p.requested_at, p.changed_at, p.offered_until, p.confirmed_at, p.shift_id, p.group_id, p.joint_id,
    p.invited_by, p.volunteer_acted, p.started_at, p.suspended_at, p.suspended_because, p.completed_at, p.ended_at,
    p.end_reason, p.override_reason, p.override_by, p.override_at, p.due_at,
    o.title AS offer_title, o.district, o.postal_code, o.weekly, o.starts_on, o.ends_on,
    coalesce(pl.name, '') AS place_name,
    coalesce(g.status = 'verified', false) AS organisation_verified,
    s.starts_at AS shift_starts_at, s.ends_at AS shift_ends_at,
    t.speaker_id,
    CASE WHEN p.status = 'waitlisted' THEN (
        SELECT count(*)
        FROM placements AS earlier
        WHERE earlier.pool_id = p.pool_id
          AND earlier.status = 'waitlisted'
          AND earlier.queue_number <= p.queue_number
    ) END AS waiting_position
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
LEFT JOIN organisations AS g ON g.organisation_id = p.organisation_id
LEFT JOIN places AS pl ON pl.postal_code = o.postal_code
LEFT JOIN shifts AS s ON s.shift_id = p.shift_id
LEFT JOIN groups AS t ON t.group_id = p.group_id
WHERE p.placement_id = ANY (:placement_ids::uuid[]);

-- name: live_placement$
-- A live placement of a volunteer with an offer, or one of its shifts, if there is one.
SELECT placement_id
FROM placements
WHERE offer_id = :offer_id
  AND volunteer_id = :volunteer_id
  AND status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended')
LIMIT 1;

-- name: live_in_pool
-- Which of these volunteers have a live placement for these places.
SELECT volunteer_id
FROM placements
WHERE pool_id = :pool_id
  AND volunteer_id = ANY (:volunteer_ids::uuid[])
  AND status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended');

-- name: insert_placements!
-- New ones that came together; the unique index refuses a second live one of the same volunteer.
INSERT INTO placements (
    placement_id, version, offer_id, shift_id, organisation_id, volunteer_id, status, queue_number, requested_at,
    changed_at, offered_until, group_id, joint_id, invited_by, volunteer_acted, override_reason, override_by,
    override_at, due_at
)
SELECT
    new.placement_id, 1, :offer_id, :shift_id, :organisation_id, new.volunteer_id, :status, new.queue_number, :now,
    :now, :offered_until, :group_id, :joint_id, :invited_by, :volunteer_acted, :override_reason, :override_by,
    :override_at, :due_at
FROM unnest(:placement_ids::uuid[], :volunteer_ids::uuid[], :queue_numbers::bigint[])
    AS new (placement_id, volunteer_id, queue_number);

-- name: move_placement!
-- A step of the state machine, under the locks that guard its places.
UPDATE placements
SET version = :version, status = :status, queue_number = :queue_number, changed_at = :changed_at,
    offered_until = :offered_until, volunteer_acted = :volunteer_acted, confirmed_at = :confirmed_at,
    started_at = :started_at, suspended_at = :suspended_at, suspended_because = :suspended_because,
    completed_at = :completed_at, ended_at = :ended_at, end_reason = :end_reason, override_reason = :override_reason,
    override_by = :override_by, override_at = :override_at, due_at = :due_at
WHERE placement_id = :placement_id;

-- name: first_waiting_ids
-- Who comes next when places are free. Whose data may only be stored (Art. 18 DSGVO) keeps their turn and is passed over.
SELECT p.placement_id
FROM placements AS p
WHERE p.pool_id = :pool_id AND p.status = 'waitlisted'
  AND NOT EXISTS (SELECT FROM person_rights AS r WHERE r.subject_id = p.volunteer_id AND r.restricted)
  AND (p.joint_id IS NULL OR NOT EXISTS (
      SELECT FROM placements AS o
      JOIN person_rights AS r ON r.subject_id = o.volunteer_id AND r.restricted
      WHERE o.joint_id = p.joint_id AND o.status = 'waitlisted'
  ))
ORDER BY p.queue_number
LIMIT :at_most;

-- name: waiting_together$
-- How many of a group wait.
SELECT count(*) FROM placements WHERE joint_id = :joint_id AND status = 'waitlisted';

-- name: joint_ids
-- The placements of a group's request that are of one status.
SELECT placement_id FROM placements WHERE joint_id = :joint_id AND status = :status ORDER BY queue_number;

-- name: undecided_ids
-- Placements that nobody has decided yet.
SELECT placement_id
FROM placements
WHERE pool_id = :pool_id AND status IN ('requested', 'invited', 'waitlisted', 'offered')
ORDER BY queue_number
LIMIT :at_most;

-- name: secured_ids
-- Placements that are agreed and not over.
SELECT placement_id
FROM placements
WHERE pool_id = :pool_id AND status IN ('confirmed', 'active', 'suspended')
ORDER BY placement_id
LIMIT :at_most;

-- name: shifts_with_undecided
-- The shifts of an offer, and null for the offer itself, with somebody undecided.
SELECT DISTINCT shift_id
FROM placements
WHERE offer_id = :offer_id AND status IN ('requested', 'invited', 'waitlisted', 'offered')
ORDER BY shift_id NULLS FIRST
LIMIT :at_most;

-- name: pool_with_something_due^
-- Lock one offer on which something is due: a deadline, a beginning, an end; and say for which of its shifts.
SELECT p.offer_id, p.shift_id
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.due_at <= :now
ORDER BY p.due_at, p.placement_id
LIMIT 1
FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: due_ids
-- The placements for which something is due, in their order.
SELECT placement_id
FROM placements
WHERE pool_id = :pool_id AND due_at <= :now
ORDER BY queue_number
LIMIT :at_most;

-- name: be_due!
-- When something happens by itself to a placement.
UPDATE placements SET due_at = :due_at WHERE placement_id = :placement_id;

-- name: reschedule!
-- By status, when something happens by itself to the placements for these places.
UPDATE placements AS p
SET due_at = new.due_at
FROM unnest(:statuses::text[], :dues::timestamptz[]) AS new (status, due_at)
WHERE p.pool_id = :pool_id AND p.status = new.status AND p.due_at IS DISTINCT FROM new.due_at;

-- name: with_deadline_after
-- Whose place is offered, or who is invited, with a deadline after an instant.
SELECT placement_id
FROM placements
WHERE pool_id = :pool_id AND status IN ('invited', 'offered') AND offered_until > :until
ORDER BY queue_number;

-- name: has_own_placements$
-- Whether an offer has live placements that are of none of its shifts.
SELECT EXISTS (
    SELECT FROM placements
    WHERE pool_id = :offer_id
      AND status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended')
);

-- name: turned_down_by
-- Which of these volunteers have turned an offer down, or one of its shifts, or given it up, since then.
SELECT DISTINCT volunteer_id
FROM placements
WHERE volunteer_id = ANY (:volunteer_ids::uuid[])
  AND offer_id = :offer_id AND pool_id = :pool_id
  AND changed_at >= :since
  AND (status = 'withdrawn' AND volunteer_acted OR status = 'declined' AND NOT volunteer_acted);

-- name: placements_of_volunteer_listed
-- A volunteer's own list.
SELECT p.placement_id
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
LEFT JOIN shifts AS s ON s.shift_id = p.shift_id
WHERE p.volunteer_id = :volunteer_id
  AND p.offer_id = :offer_id::uuid -- when offer_id
  AND p.shift_id = :shift_id::uuid -- when shift_id
  AND p.status = ANY (:statuses::text[]) -- when statuses
  AND coalesce((s.ends_at AT TIME ZONE 'Europe/Berlin')::date, o.ends_on, 'infinity') >= :first_day::date -- when first_day
  AND coalesce((s.starts_at AT TIME ZONE 'Europe/Berlin')::date, o.starts_on, '-infinity') <= :last_day::date -- when last_day

-- name: placements_in_scope_listed
-- A coordinator's list: their (organisation, district) pairs, verified organisations only.
SELECT p.placement_id
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
LEFT JOIN shifts AS s ON s.shift_id = p.shift_id
WHERE p.organisation_id = ANY (:organisation_ids::uuid[])
  AND EXISTS (
      SELECT FROM unnest(:organisation_ids::uuid[], :districts::text[]) AS scope (organisation_id, district)
      WHERE scope.organisation_id = o.organisation_id AND scope.district = o.district
  )
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = p.organisation_id AND g.status = 'verified'
  )
  AND p.offer_id = :offer_id::uuid -- when offer_id
  AND p.shift_id = :shift_id::uuid -- when shift_id
  AND p.volunteer_id = :volunteer_id::uuid -- when volunteer_id
  AND p.status = ANY (:statuses::text[]) -- when statuses
  AND coalesce((s.ends_at AT TIME ZONE 'Europe/Berlin')::date, o.ends_on, 'infinity') >= :first_day::date -- when first_day
  AND coalesce((s.starts_at AT TIME ZONE 'Europe/Berlin')::date, o.starts_on, '-infinity') <= :last_day::date -- when last_day

-- name: lock_volunteers
-- One decision about each of these volunteers at a time, in the order of their ids.
SELECT volunteer_id FROM volunteers WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY volunteer_id
FOR NO KEY UPDATE;

-- name: group_by_id^
-- Who speaks for a group, and who is in it.
SELECT group_id, speaker_id, member_ids FROM groups WHERE group_id = :group_id;

-- name: others_of_joint$
-- How many others of a group's request still have a live placement.
SELECT count(*)
FROM placements
WHERE joint_id = :joint_id
  AND placement_id <> :placement_id
  AND status IN ('requested', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended');

-- name: search_replacements!
-- Others are to be looked for.
INSERT INTO replacement_searches (placement_id, correlation_id, asked_at)
VALUES (:placement_id, :correlation_id, :now)
ON CONFLICT DO NOTHING;

-- name: next_replacement_search^
-- Take the oldest search; nobody else works on it.
DELETE FROM replacement_searches
WHERE placement_id = (
    SELECT placement_id FROM replacement_searches ORDER BY asked_at, placement_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING placement_id, correlation_id;

-- name: note_vacancy!
-- Others are to be looked for in the place of somebody who was erased.
INSERT INTO vacancies (pool_id, offer_id, shift_id, correlation_id, asked_at)
VALUES (:pool_id, :offer_id, :shift_id, :correlation_id, :now)
ON CONFLICT DO NOTHING;

-- name: next_vacancy^
-- Take the oldest; nobody else works on it.
DELETE FROM vacancies
WHERE pool_id = (SELECT pool_id FROM vacancies ORDER BY asked_at, pool_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING offer_id, shift_id, correlation_id;

-- name: volunteers_of_joint
-- Whom a group's request is about.
SELECT volunteer_id FROM placements WHERE joint_id = :joint_id ORDER BY volunteer_id;

-- name: remember_invited!
-- That these volunteers were asked, so that nobody is asked too often.
INSERT INTO asks (volunteer_id, offer_id, kind, asked_at)
SELECT volunteer_id, :offer_id, 'invited', :now FROM unnest(:volunteer_ids::uuid[]) AS invited (volunteer_id)
ON CONFLICT DO NOTHING;

-- name: remember_declined!
-- That a volunteer did not want to help with a topic: they are asked less for it, for a while.
INSERT INTO declined_topics (volunteer_id, topic, declined_at)
VALUES (:volunteer_id, :topic, :now)
ON CONFLICT (volunteer_id, topic) DO UPDATE SET declined_at = excluded.declined_at;
