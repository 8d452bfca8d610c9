-- name: add_member$
-- Bind an identity to a subject id; null when the identity is bound already.
INSERT INTO members (subject_id, version, issuer, subject, memberships)
VALUES (:subject_id, 1, :issuer, :subject, :memberships)
ON CONFLICT (issuer, subject) DO NOTHING
RETURNING subject_id;

-- name: subject_of_identity$
-- Whom an identity is bound to.
SELECT subject_id FROM members WHERE issuer = :issuer AND subject = :subject;

-- name: members_by_id
-- Members by their subject ids.
SELECT subject_id, version, issuer, subject, memberships FROM members WHERE subject_id = ANY (:subject_ids::uuid[]);

-- name: member_for_update^
-- One member, locked until commit.
SELECT subject_id, version, issuer, subject, memberships FROM members WHERE subject_id = :subject_id FOR UPDATE;

-- name: member_by_id^
-- One member.
SELECT subject_id, version, issuer, subject, memberships FROM members WHERE subject_id = :subject_id;

-- name: set_memberships!
-- Roles were given or withdrawn.
UPDATE members SET memberships = :memberships, version = :version WHERE subject_id = :subject_id;

-- name: members_listed
-- The members of an organisation.
SELECT m.subject_id, m.version, m.memberships, coalesce(c.name, '') AS name, coalesce(c.mail, '') AS mail,
    coalesce(c.sort_name, '') AS sort_name, r.subject_id IS NOT NULL AS restricted
FROM members AS m
LEFT JOIN restrictions AS r ON r.subject_id = m.subject_id
LEFT JOIN member_contacts AS c ON c.subject_id = m.subject_id AND r.subject_id IS NULL
WHERE m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text))
  AND m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text, 'role', :role::text)) -- when role
  AND m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text, 'districts', jsonb_build_array(:district::text))) -- when district
  AND to_tsvector('simple', coalesce(c.sort_name, '')) @@ to_tsquery('simple', folded(:words::text)) -- when words

-- name: members_outside
-- The members who hold a role in an organisation for districts that it does not serve, locked until commit.
SELECT m.subject_id
FROM members AS m
WHERE m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text))
  AND EXISTS (
      SELECT FROM jsonb_array_elements(m.memberships) AS held
      WHERE held ->> 'organisation_id' = :organisation_id::uuid::text
        AND NOT held -> 'districts' <@ to_jsonb(:districts::text[]))
ORDER BY m.subject_id
FOR UPDATE;

-- name: count_members_with_role$
-- How many hold a role in an organisation.
SELECT count(*) FROM members
WHERE memberships @> jsonb_build_array(
    jsonb_build_object('organisation_id', :organisation_id::uuid::text, 'role', :role::text));

-- name: add_member_contacts!
-- How people are reached who are new.
INSERT INTO member_contacts (subject_id, version, name, mail, language)
SELECT subject_id, version, name, mail, language
FROM jsonb_to_recordset(:rows::jsonb) AS r (subject_id uuid, version bigint, name text, mail text, language text)
ORDER BY subject_id;

-- name: member_contacts_for_update
-- How members are reached, locked until commit in the order of their ids.
SELECT subject_id, version, name, mail, language FROM member_contacts WHERE subject_id = ANY (:subject_ids::uuid[])
ORDER BY subject_id
FOR UPDATE;

-- name: save_member_contacts!
-- How members are reached from now on.
INSERT INTO member_contacts AS c (subject_id, version, name, mail, language)
SELECT subject_id, version, name, mail, language
FROM jsonb_to_recordset(:rows::jsonb) AS r (subject_id uuid, version bigint, name text, mail text, language text)
ORDER BY subject_id
ON CONFLICT (subject_id) DO UPDATE
SET version = excluded.version, name = excluded.name, mail = excluded.mail, language = excluded.language;

-- name: save_member_contact$
-- How a member is reached; the new version.
INSERT INTO member_contacts AS c (subject_id, version, name, mail, language)
VALUES (:subject_id, 1, :name, :mail, :language)
ON CONFLICT (subject_id) DO UPDATE
SET version = c.version + 1, name = excluded.name, mail = excluded.mail, language = excluded.language
RETURNING version;

-- name: member_contact_for_update^
-- How a member is reached, locked until commit.
SELECT subject_id, version, name, mail, language FROM member_contacts WHERE subject_id = :subject_id FOR UPDATE;

-- name: member_contact_exists$
-- Whether it is known how a member is reached.
SELECT EXISTS (SELECT FROM member_contacts WHERE subject_id = :subject_id);

-- name: move_member_contact^
-- The invited person is a member already under another id: their address goes with them unless one is known.
WITH moved AS (DELETE FROM member_contacts WHERE subject_id = :from_id RETURNING name, mail, language)
INSERT INTO member_contacts (subject_id, version, name, mail, language)
SELECT :to_id, 1, name, mail, language FROM moved
ON CONFLICT (subject_id) DO NOTHING
RETURNING subject_id, version, name, mail, language;

-- name: remove_member_contact!
-- Nobody came.
DELETE FROM member_contacts WHERE subject_id = :subject_id;

-- name: erase_member$
-- Nothing is kept of a member; the number of rows that went.
WITH gone AS (DELETE FROM members WHERE subject_id = :subject_id RETURNING 1),
    addresses AS (DELETE FROM member_contacts WHERE subject_id = :subject_id RETURNING 1),
    invited AS (DELETE FROM invitations WHERE subject_id = :subject_id RETURNING 1),
    links AS (DELETE FROM external_ids WHERE kind = 'members' AND id = :subject_id RETURNING 1),
    inviting AS (
        -- What somebody offered ends with them: else they could come back by an invitation of their own.
        UPDATE invitations SET invited_by = NULL,
            expires_at = CASE WHEN redeemed_at IS NULL THEN least(expires_at, :now) ELSE expires_at END,
            version = version + 1
        WHERE invited_by = :subject_id AND subject_id <> :subject_id)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM addresses) + (SELECT count(*) FROM invited)
    + (SELECT count(*) FROM links);
