-- name: tell_characteristic!
-- A volunteer tells a characteristic; the consent is there (a foreign key sees to it).
INSERT INTO characteristics (volunteer_id, characteristic, value, told_at)
VALUES (:volunteer_id, :characteristic, :value, :told_at)
ON CONFLICT (volunteer_id, characteristic) DO UPDATE SET value = excluded.value, told_at = excluded.told_at;

-- name: characteristics_of_volunteer
-- What a volunteer told of themselves.
SELECT characteristic, value, told_at FROM characteristics WHERE volunteer_id = :volunteer_id ORDER BY characteristic;
