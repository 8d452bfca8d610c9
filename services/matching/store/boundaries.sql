-- name: note_ended_boundaries!
-- Those of these boundaries that ended: whoever answers for offers that refer to them is to be told, once.
INSERT INTO ended_boundaries (boundary_id, noted_at)
SELECT b.boundary_id, :now::timestamptz FROM boundaries AS b
WHERE b.boundary_id = ANY (:boundary_ids::uuid[]) AND b.status = 'ended'
ORDER BY b.boundary_id
ON CONFLICT (boundary_id) DO NOTHING;

-- name: next_ended_boundary^
-- Lock the boundary that ended first and of which not everybody was told.
SELECT boundary_id, after_offer_id FROM ended_boundaries
WHERE NOT is_told
ORDER BY noted_at, boundary_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: offers_of_boundary
-- The next offers that refer to a boundary and are not closed.
SELECT offer_id, organisation_id, coordinator_id FROM offers
WHERE boundary_id = :boundary_id AND offer_id > :after_offer_id AND status <> 'closed'
ORDER BY offer_id
LIMIT :at_most;

-- name: told_up_to!
-- How far they were told.
UPDATE ended_boundaries SET after_offer_id = :after_offer_id, is_told = :is_told WHERE boundary_id = :boundary_id;
