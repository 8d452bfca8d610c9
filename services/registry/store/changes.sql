-- name: lock_numbering^
-- Only one numbers at a time; the last number so far.
SELECT last_number FROM change_feed FOR UPDATE;

-- name: number_changes$
-- Number what has been committed since; the last number. Numbers become visible together, in their order.
WITH waiting AS (
    SELECT position, row_number() OVER (ORDER BY position) AS place
    FROM (SELECT position FROM changes WHERE number IS NULL ORDER BY position LIMIT :rows) AS unnumbered
), numbered AS (
    UPDATE changes AS c SET number = :last_number::bigint + w.place
    FROM waiting AS w WHERE c.position = w.position
    RETURNING c.number
)
UPDATE change_feed SET last_number = (SELECT max(number) FROM numbered)
WHERE EXISTS (SELECT FROM numbered)
RETURNING last_number;

-- name: last_change^
-- Where the feed ends now.
SELECT f.last_number AS number, coalesce((SELECT position FROM changes WHERE number = f.last_number), 0) AS position,
    f.pruned_through
FROM change_feed AS f;

-- name: change_at$
-- Which change has this number.
SELECT position FROM changes WHERE number = :number;

-- name: changes_after
-- The next changes of these organisations: of each its next ones, then the first of them all.
SELECT c.number, c.position, c.organisation_id, c.kind, c.id, c.source, c.external_id, c.change, c.version, c.recorded_at
FROM unnest(:organisation_ids::uuid[]) AS o (organisation_id)
CROSS JOIN LATERAL (
    SELECT * FROM changes
    WHERE organisation_id = o.organisation_id AND number > :after AND number <= :through
    ORDER BY number LIMIT :rows
) AS c
ORDER BY c.number
LIMIT :rows;

-- name: prune_changes^
-- Forget old changes; how many went, and the highest number among them.
WITH old AS (
    SELECT position FROM changes WHERE recorded_at < :before AND number IS NOT NULL ORDER BY recorded_at LIMIT :rows
), removed AS (
    DELETE FROM changes WHERE position IN (SELECT position FROM old) RETURNING number
)
SELECT count(*) AS rows, max(number) AS through FROM removed;

-- name: remember_pruned!
-- Cursors before this are too old from now on.
UPDATE change_feed SET pruned_through = greatest(pruned_through, :through);

-- name: organisations_now
-- These organisations as they are.
SELECT organisation_id AS id, version, name, kind, districts, umbrella_id, legal_profile, status
FROM organisations WHERE organisation_id = ANY (:ids::uuid[]);

-- name: contacts_now
-- These contacts as they are; whose data may only be stored (Art. 18 DSGVO), without name, mail and phone.
SELECT c.contact_id AS id, c.version, c.organisation_id, c.subject_id, c.district, c.topic, c.languages,
    CASE WHEN r.subject_id IS NULL THEN c.name ELSE '' END AS name,
    CASE WHEN r.subject_id IS NULL THEN c.mail END AS mail,
    CASE WHEN r.subject_id IS NULL THEN c.phone END AS phone
FROM contacts AS c LEFT JOIN restrictions AS r ON r.subject_id = c.subject_id
WHERE c.contact_id = ANY (:ids::uuid[]);

-- name: members_now
-- These members as they are.
SELECT subject_id AS id, version, memberships FROM members WHERE subject_id = ANY (:ids::uuid[]);
