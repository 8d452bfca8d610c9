-- name: check_placed!
-- Something about these volunteers changed: look whether their placements may go on. Who has none is not looked at.
INSERT INTO requirement_checks (volunteer_id, due_at, correlation_id)
SELECT changed.volunteer_id, :due_at::timestamptz, :correlation_id::text
FROM unnest(:volunteer_ids::uuid[]) AS changed (volunteer_id)
WHERE EXISTS (
    SELECT FROM placements AS p
    WHERE p.volunteer_id = changed.volunteer_id AND p.status IN ('confirmed', 'active', 'suspended')
);

-- name: check_next_placed
-- The same of everybody with an agreed placement, so many at once.
WITH next AS (
    SELECT DISTINCT p.volunteer_id
    FROM placements AS p
    WHERE p.volunteer_id > :after AND p.status IN ('confirmed', 'active', 'suspended')
    ORDER BY p.volunteer_id
    LIMIT :rows
)
INSERT INTO requirement_checks (volunteer_id, due_at)
SELECT volunteer_id, :due_at::timestamptz FROM next
RETURNING volunteer_id;

-- name: next_requirement_check^
-- Lock the check that has been due longest and that nobody works on.
SELECT check_id, volunteer_id, correlation_id
FROM requirement_checks
WHERE due_at <= :now
ORDER BY due_at, check_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: put_off_requirement_check!
-- It failed: others first.
UPDATE requirement_checks SET due_at = :due_at WHERE check_id = :check_id;

-- name: delete_requirement_checks_of!
-- One look at a volunteer answers every check of them that is free to take, also those for a later day.
DELETE FROM requirement_checks
WHERE check_id IN (
    SELECT check_id FROM requirement_checks WHERE volunteer_id = :volunteer_id FOR UPDATE SKIP LOCKED
);

-- name: look_again!
-- The first day on which something ends.
INSERT INTO requirement_checks (volunteer_id, due_at) VALUES (:volunteer_id, :due_at);

-- name: standings
-- The agreed placements of a volunteer, or one of them, and the last day on which what their offers ask for counts.
SELECT
    p.placement_id, p.offer_id, p.shift_id, p.status, p.suspended_because,
    CASE WHEN o.clearance_basis IS NULL THEN 'infinity'::date ELSE coalesce((
        SELECT max(c.valid_until)
        FROM clearances AS c
        WHERE c.volunteer_id = p.volunteer_id
          AND c.organisation_id = p.organisation_id
          AND c.legal_basis = o.clearance_basis
          AND c.kind_of_activity = o.clearance_activity
    ), '-infinity'::date) END AS cleared_until,
    coalesce((
        SELECT min(coalesce((
            SELECT max(coalesce(q.valid_until, 'infinity'::date))
            FROM qualifications AS q
            WHERE q.volunteer_id = p.volunteer_id AND q.qualification = needed.qualification
        ), '-infinity'::date))
        FROM unnest(o.qualifications) AS needed (qualification)
    ), 'infinity'::date) AS qualified_until,
    coalesce(v.undertaking_valid, false) AS has_undertaking
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
LEFT JOIN volunteers AS v ON v.volunteer_id = p.volunteer_id
WHERE p.volunteer_id = :volunteer_id
  AND p.status IN ('confirmed', 'active', 'suspended')
  AND (:placement_id::uuid IS NULL OR p.placement_id = :placement_id)
ORDER BY p.placement_id;
