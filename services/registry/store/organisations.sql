-- name: add_organisations!
-- New organisations.
INSERT INTO organisations (
    organisation_id, version, name, kind, districts, umbrella_id, legal_profile, status, registered_at
)
SELECT organisation_id, version, name, kind, districts, umbrella_id, legal_profile, status, registered_at
FROM jsonb_to_recordset(:rows::jsonb) AS r (organisation_id uuid, version bigint, name text, kind text, districts text[],
    umbrella_id uuid, legal_profile text, status text, registered_at timestamptz)
ORDER BY organisation_id;

-- name: organisation_by_id^
-- One organisation.
SELECT organisation_id, version, name, kind, districts, umbrella_id, legal_profile, status, registered_at, sort_name
FROM organisations WHERE organisation_id = :organisation_id;

-- name: organisation_for_update^
-- One organisation, locked until commit.
SELECT organisation_id, version, name, kind, districts, umbrella_id, legal_profile, status, registered_at, sort_name
FROM organisations WHERE organisation_id = :organisation_id
FOR UPDATE;

-- name: organisations_for_update
-- Organisations, locked until commit in the order of their ids.
SELECT organisation_id, version, name, kind, districts, umbrella_id, legal_profile, status, registered_at, sort_name
FROM organisations WHERE organisation_id = ANY (:organisation_ids::uuid[])
ORDER BY organisation_id
FOR UPDATE;

-- name: save_organisations!
-- The states of organisations, whole.
UPDATE organisations AS o
SET version = r.version, name = r.name, kind = r.kind, districts = r.districts, umbrella_id = r.umbrella_id,
    legal_profile = r.legal_profile, status = r.status
FROM jsonb_to_recordset(:rows::jsonb) AS r (organisation_id uuid, version bigint, name text, kind text,
    districts text[], umbrella_id uuid, legal_profile text, status text)
WHERE o.organisation_id = r.organisation_id;

-- name: state_authority^
-- The oldest state authority with this name, locked until commit.
SELECT organisation_id, version, name, kind, districts, umbrella_id, legal_profile, status, registered_at, sort_name
FROM organisations WHERE kind = 'state_authority' AND name = :name
ORDER BY organisation_id LIMIT 1
FOR UPDATE;

-- name: umbrellas_above
-- A verified association and those above it, nearest first; one more than there may be is enough to know.
WITH RECURSIVE above (organisation_id, umbrella_id, depth) AS (
    SELECT organisation_id, umbrella_id, 1 FROM organisations
    WHERE organisation_id = :umbrella_id AND status = 'verified'
    UNION ALL
    SELECT o.organisation_id, o.umbrella_id, above.depth + 1
    FROM above JOIN organisations AS o ON o.organisation_id = above.umbrella_id
    WHERE above.depth <= :at_most
)
SELECT organisation_id FROM above ORDER BY depth;

-- name: lock_organisations
-- Keep organisations from changing until commit, in the order of their ids, so that nobody waits in a circle.
SELECT organisation_id FROM organisations WHERE organisation_id = ANY (:organisation_ids::uuid[])
ORDER BY organisation_id
FOR SHARE;

-- name: organisations_listed
-- The organisations that the caller may see: the verified, their own, or all.
SELECT o.organisation_id, o.version, o.name, o.kind, o.districts, o.umbrella_id, o.legal_profile, o.status,
    o.registered_at, o.sort_name
FROM organisations AS o
WHERE true
  AND (o.status = 'verified' OR o.organisation_id = ANY (:own::uuid[])) -- when own
  AND o.status = :status::text -- when status
  AND o.kind = :kind::text -- when kind
  AND o.districts @> ARRAY[:district::text] -- when district
  AND o.umbrella_id = :umbrella_id::uuid -- when umbrella_id
  AND o.legal_profile = :legal_profile::text -- when legal_profile
  AND to_tsvector('simple', o.sort_name) @@ to_tsquery('simple', folded(:words::text)) -- when words

-- name: organisation_names
-- Names by id.
SELECT organisation_id, name FROM organisations WHERE organisation_id = ANY (:organisation_ids::uuid[]);

-- name: verified_among
-- Which of these are verified.
SELECT organisation_id FROM organisations WHERE organisation_id = ANY (:organisation_ids::uuid[]) AND status = 'verified';

-- name: has_contacts_in$
-- Whether contacts of an organisation are published for one of these districts.
SELECT EXISTS (
    SELECT FROM contacts WHERE organisation_id = :organisation_id AND district = ANY (:districts::text[]));
