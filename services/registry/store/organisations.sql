-- name: add_organisation!
-- A new organisation.
INSERT INTO organisations (organisation_id, version, name, kind, districts, status, registered_at)
VALUES (:organisation_id, :version, :name, :kind, :districts, :status, :registered_at);

-- name: organisation_by_id^
-- One organisation.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations WHERE organisation_id = :organisation_id;

-- name: organisation_for_update^
-- One organisation, locked until commit.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations WHERE organisation_id = :organisation_id
FOR UPDATE;

-- name: set_organisation_status!
-- Verified, or suspended.
UPDATE organisations SET status = :status, version = :version WHERE organisation_id = :organisation_id;

-- name: state_authority^
-- The oldest state authority with this name, locked until commit.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations WHERE kind = 'state_authority' AND name = :name
ORDER BY organisation_id LIMIT 1
FOR UPDATE;

-- name: organisations_after
-- A page of the organisations that the caller may see: the verified, their own, or all.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations
WHERE (:after::uuid IS NULL OR organisation_id > :after)
  AND (:status::text IS NULL OR status = :status)
  AND (:district::text IS NULL OR districts @> ARRAY[:district::text])
  AND (:sees_all::boolean OR status = 'verified' OR organisation_id = ANY (:own::uuid[]))
ORDER BY organisation_id
LIMIT :rows;

-- name: organisation_names
-- Names by id.
SELECT organisation_id, name FROM organisations WHERE organisation_id = ANY (:organisation_ids::uuid[]);
