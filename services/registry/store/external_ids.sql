-- name: lock_source$
-- One at a time writes under the name of a source system; until commit.
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(concat(current_schema(), ' source ', :source::text), 0)))
SELECT 1 FROM locked;

-- name: links_of
-- What a source system's ids are here: each is looked up, however fresh the table's statistics are.
SELECT x.link_id, x.source, x.external_id, x.id, x.fingerprint, x.by_import, x.confirmed_at IS NOT NULL AS is_confirmed,
    x.by_import AND x.held_back_since IS NOT NULL AS has_waiting_row, x.told_organisation_id, x.told_role
FROM unnest(:external_ids::text[]) AS asked (external_id)
CROSS JOIN LATERAL (
    SELECT * FROM external_ids
    WHERE source = :source AND kind = :kind AND external_id = asked.external_id
    LIMIT 1
) AS x;

-- name: add_links
-- Links to what came into being or was found; nothing for a thing that the source system calls otherwise already.
INSERT INTO external_ids (link_id, source, kind, external_id, id, digest, spelling_digest, fingerprint, by_import,
    imported_at, held_back_since, told_organisation_id, told_role)
SELECT r.link_id, :source, :kind, r.external_id, r.id, decode(r.digest, 'hex'), decode(r.spelling_digest, 'hex'),
    decode(r.fingerprint, 'hex'), r.by_import, :now, CASE WHEN r.held_back THEN :now::timestamptz END,
    r.told_organisation_id, r.told_role
FROM jsonb_to_recordset(:rows::jsonb) AS r (link_id uuid, external_id text, id uuid, digest text, spelling_digest text,
    fingerprint text, by_import boolean, held_back boolean, told_organisation_id uuid, told_role text)
ORDER BY r.link_id
ON CONFLICT DO NOTHING
RETURNING link_id;

-- name: mark_links!
-- Another row was told. Held back: it had no effect. Whoever is still to be asked about a link stays so.
UPDATE external_ids AS x
SET fingerprint = decode(r.fingerprint, 'hex'), imported_at = :now,
    held_back_since = CASE WHEN NOT x.by_import THEN x.held_back_since WHEN r.held_back THEN :now::timestamptz END,
    told_organisation_id = coalesce(r.told_organisation_id, x.told_organisation_id),
    told_role = coalesce(r.told_role, x.told_role)
FROM jsonb_to_recordset(:rows::jsonb) AS r (link_id uuid, fingerprint text, held_back boolean, told_organisation_id uuid,
    told_role text)
WHERE x.link_id = r.link_id;

-- name: take_held_back
-- About which links a volunteer is to be asked whose data may be used again; and when they are told.
WITH waiting AS (
    UPDATE external_ids SET held_back_since = NULL
    WHERE id = :volunteer_id AND kind = 'volunteers' AND held_back_since IS NOT NULL AND NOT by_import
    RETURNING link_id, source, confirmed_at
), asked AS (
    SELECT w.link_id, s.organisation_id FROM waiting AS w JOIN sources AS s USING (source) WHERE w.confirmed_at IS NULL
), told AS (
    UPDATE consent_proofs SET told_at = :now WHERE link_id IN (SELECT link_id FROM asked)
)
SELECT link_id, organisation_id FROM asked ORDER BY link_id;

-- name: point_link!
-- What a source system calls something is another thing here from now on.
UPDATE external_ids SET id = :id WHERE kind = :kind AND id = :former_id;

-- name: ids_told
-- How these things are called by source systems of these organisations.
SELECT x.kind, x.id, x.source, x.external_id
FROM external_ids AS x
JOIN sources AS s USING (source)
WHERE x.kind = :kind AND x.id = ANY (:ids::uuid[]) AND s.organisation_id = ANY (:organisation_ids::uuid[])
ORDER BY x.source, x.external_id;

-- name: links_for_update
-- Links of volunteers, locked until commit.
SELECT link_id, source, external_id, id, fingerprint, by_import, confirmed_at IS NOT NULL AS is_confirmed
FROM external_ids WHERE link_id = ANY (:link_ids::uuid[]) AND kind = 'volunteers'
ORDER BY link_id
FOR UPDATE;

-- name: answer_from!
-- Links were told anew at another address: what was mailed before, and so ends earlier, decides nothing any more.
UPDATE external_ids SET answered_from = :ends_at WHERE link_id = ANY (:link_ids::uuid[]);

-- name: was_told_again$
-- Whether a link was told anew at another address, later than the mail that ends then.
SELECT coalesce(x.answered_from > :ends_at, false) FROM external_ids AS x WHERE x.link_id = :link_id;

-- name: confirm_link!
-- The volunteer agreed to a link: they act by themselves now, and any contact may be their own.
WITH agreed AS (
    UPDATE external_ids SET confirmed_at = :now WHERE link_id = :link_id AND confirmed_at IS NULL RETURNING kind, id
)
INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
SELECT v.volunteer_id, v.district, :now
FROM agreed
JOIN volunteers AS v ON v.volunteer_id = agreed.id AND v.status = 'confirmed'
WHERE agreed.kind = 'volunteers'
ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;

-- name: take_over_profile
-- A volunteer signed in: what imports made of them is theirs from now on, and any contact may be their own; which links.
WITH taken AS (
    UPDATE external_ids SET confirmed_at = :now
    WHERE kind = 'volunteers' AND id = :volunteer_id AND by_import AND confirmed_at IS NULL
    RETURNING link_id, id
), noted AS (
    INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
    SELECT v.volunteer_id, v.district, :now
    FROM (SELECT DISTINCT id FROM taken) AS t
    JOIN volunteers AS v ON v.volunteer_id = t.id AND v.status = 'confirmed'
    ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at
)
SELECT link_id FROM taken;

-- name: links_of_member
-- Under what source systems know somebody of the staff.
SELECT link_id FROM external_ids WHERE kind = 'members' AND id = :subject_id;

-- name: suppress_links!
-- People objected to links or left, or their association ended them: they go, and are not made again.
WITH removed AS (DELETE FROM external_ids WHERE link_id = ANY (:link_ids::uuid[]) RETURNING digest, spelling_digest)
INSERT INTO suppressed_ids AS s (digest, suppressed_at, links)
SELECT told.digest, :now, count(*)
FROM removed AS r
CROSS JOIN LATERAL (VALUES (r.digest), (r.spelling_digest)) AS told (digest)
WHERE told.digest IS NOT NULL
GROUP BY told.digest
ORDER BY told.digest
ON CONFLICT (digest) DO UPDATE SET links = s.links + excluded.links;

-- name: suppressed
-- Which of these were erased or have objected.
SELECT digest FROM suppressed_ids WHERE digest = ANY (:digests::bytea[]);

-- name: links_of_volunteer
-- Which organisations know a volunteer by ids of their own, and what they say of the consent.
SELECT x.link_id, o.name AS organisation, s.organisation_id, x.source, x.external_id, x.by_import, x.confirmed_at,
    x.imported_at, p.text_version, p.channel, p.reference, p.given_at, p.told_at
FROM external_ids AS x
JOIN sources AS s USING (source)
JOIN organisations AS o ON o.organisation_id = s.organisation_id
LEFT JOIN consent_proofs AS p ON p.link_id = x.link_id
WHERE x.kind = 'volunteers' AND x.id = :volunteer_id
ORDER BY x.link_id
LIMIT 1000;

-- name: invited_since$
-- How many were invited to these organisations since then.
SELECT count(*) FROM invitations WHERE organisation_id = ANY (:organisation_ids::uuid[]) AND requested_at > :since;

-- name: invited_roles
-- To what people are invited last, as long as they may redeem it.
SELECT DISTINCT ON (subject_id) subject_id, organisation_id, role, districts FROM invitations
WHERE subject_id = ANY (:subject_ids::uuid[]) AND redeemed_at IS NULL AND expires_at > :now
ORDER BY subject_id, invitation_id DESC;

-- name: remove_link!
-- The source system knows it no longer, or it is gone here.
DELETE FROM external_ids WHERE link_id = :link_id;
