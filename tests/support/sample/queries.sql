-- name: add_effect!
-- The reaction did it.
INSERT INTO effects (key, version, correlation_id, causation_id) VALUES (:key, :version, :correlation_id, :causation_id);

-- name: add_told!
-- The read model told us of changed rows.
INSERT INTO told (volunteer_id) SELECT unnest(:volunteers::text[]);

-- name: person_known$
-- Whether the read model has the volunteer.
SELECT EXISTS (SELECT FROM people WHERE volunteer_id = :volunteer_id);

-- name: delete_placements
-- Delete the placements of a person; their ids.
DELETE FROM own_placements WHERE volunteer_id = :volunteer_id RETURNING placement_id;

-- name: add_placement!
-- A placement of our own.
INSERT INTO own_placements (placement_id, version, volunteer_id) VALUES (:placement_id, 1, :volunteer_id);
