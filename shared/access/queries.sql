-- name: member_by_identity^
-- The member who signs in with this (issuer, subject), unless the person is erased; of several the latest.
SELECT m.subject_id, m.memberships,
    coalesce(
        (SELECT jsonb_object_agg(o.organisation_id, o.status)
         FROM organisations AS o
         -- An array, because a member's few organisations are looked up, not compared with all there are.
         WHERE o.organisation_id = ANY (ARRAY(
             SELECT (held ->> 'organisation_id')::uuid FROM jsonb_array_elements(m.memberships) AS held))),
        '{}') AS organisations
FROM members AS m
WHERE m.issuer = :issuer
  AND m.subject = :subject
  -- OFFSET 0: looked up, not merged with everybody who was ever erased.
  AND NOT EXISTS (SELECT FROM erased_subjects AS e WHERE e.subject_id = m.subject_id OFFSET 0)
ORDER BY m.subject_id DESC
LIMIT 1;

-- name: member_by_subject^
-- The member of this subject id, unless the person is erased.
SELECT m.subject_id, m.memberships,
    coalesce(
        (SELECT jsonb_object_agg(o.organisation_id, o.status)
         FROM organisations AS o
         WHERE o.organisation_id = ANY (ARRAY(
             SELECT (held ->> 'organisation_id')::uuid FROM jsonb_array_elements(m.memberships) AS held))),
        '{}') AS organisations
FROM members AS m
WHERE m.subject_id = :subject_id
  AND NOT EXISTS (SELECT FROM erased_subjects AS e WHERE e.subject_id = m.subject_id);

-- name: subject_is_erased^
-- Was this person erased here?
SELECT EXISTS (SELECT FROM erased_subjects WHERE subject_id = :subject_id) AS erased;

-- name: burn_link^
-- Use a mailed link: the first use wins; the same Idempotency-Key may come again until `again_until`.
INSERT INTO burned_links AS b (jti, burned_at, expires_at, idempotency_key_hash)
VALUES (:jti, :now, :expires_at, :idempotency_key_hash)
ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti
WHERE b.idempotency_key_hash = excluded.idempotency_key_hash AND b.burned_at > :again_since
RETURNING xmax <> 0 AS again;

-- name: prune_burned_links!
-- Forget links that have expired anyway.
DELETE FROM burned_links
WHERE jti IN (SELECT jti FROM burned_links WHERE expires_at < :before ORDER BY expires_at LIMIT :at_most);
