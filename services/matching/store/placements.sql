-- name: placements_by_ids
-- Placements with their offer's coordinator, title and district, and their turn while they wait.
SELECT
    p.placement_id, p.version, p.offer_id, p.organisation_id, o.coordinator_id, p.volunteer_id, p.status,
    p.queue_number, p.requested_at, p.changed_at, p.offered_until, p.confirmed_at,
    o.title AS offer_title, o.district,
    coalesce(g.status = 'verified', false) AS organisation_verified,
    CASE WHEN p.status = 'waitlisted' THEN (
        SELECT count(*)
        FROM placements AS earlier
        WHERE earlier.offer_id = p.offer_id
          AND earlier.status = 'waitlisted'
          AND earlier.queue_number <= p.queue_number
    ) END AS waiting_position
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
LEFT JOIN organisations AS g ON g.organisation_id = p.organisation_id
WHERE p.placement_id = ANY (:placement_ids::uuid[]);

-- name: live_placement$
-- The live placement of a volunteer with an offer, if there is one.
SELECT placement_id
FROM placements
WHERE offer_id = :offer_id
  AND volunteer_id = :volunteer_id
  AND status IN ('requested', 'waitlisted', 'offered', 'confirmed');

-- name: insert_placement!
-- A request; the unique index refuses a second live one of the same volunteer.
INSERT INTO placements (
    placement_id, version, offer_id, organisation_id, volunteer_id, status, queue_number, requested_at, changed_at
) VALUES (
    :placement_id, 1, :offer_id, :organisation_id, :volunteer_id, :status, :queue_number, :now, :now
);

-- name: move_placement!
-- A step of the state machine, under the lock of the offer's row.
UPDATE placements
SET version = :version, status = :status, changed_at = :now, offered_until = :offered_until,
    confirmed_at = :confirmed_at
WHERE placement_id = :placement_id;

-- name: first_waiting_ids
-- Who comes next when places are free.
SELECT placement_id
FROM placements
WHERE offer_id = :offer_id AND status = 'waitlisted'
ORDER BY queue_number
LIMIT :at_most;

-- name: undecided_ids
-- Placements of an offer that nobody has decided yet.
SELECT placement_id
FROM placements
WHERE offer_id = :offer_id AND status IN ('requested', 'waitlisted', 'offered')
ORDER BY queue_number
LIMIT :at_most;

-- name: offer_with_passed_deadline$
-- Lock one offer on which the deadline of an offered place has passed.
SELECT o.offer_id
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.status = 'offered' AND p.offered_until <= :now
ORDER BY p.offered_until
LIMIT 1
FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: ids_with_passed_deadline
-- The placements of an offer whose deadline has passed.
SELECT placement_id
FROM placements
WHERE offer_id = :offer_id AND status = 'offered' AND offered_until <= :now
ORDER BY queue_number
LIMIT :at_most;

-- name: placements_of_volunteer_listed
-- A volunteer's own list.
SELECT p.placement_id
FROM placements AS p
WHERE p.volunteer_id = :volunteer_id
  AND p.offer_id = :offer_id::uuid -- when offer_id
  AND p.status = :status::text -- when status

-- name: placements_in_scope_listed
-- A coordinator's list: their (organisation, district) pairs, verified organisations only.
SELECT p.placement_id
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.organisation_id = ANY (:organisation_ids::uuid[])
  AND EXISTS (
      SELECT FROM unnest(:organisation_ids::uuid[], :districts::text[]) AS scope (organisation_id, district)
      WHERE scope.organisation_id = o.organisation_id AND scope.district = o.district
  )
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = p.organisation_id AND g.status = 'verified'
  )
  AND p.offer_id = :offer_id::uuid -- when offer_id
  AND p.status = :status::text -- when status
