-- name: add_invitations!
-- Roles wait for people.
INSERT INTO invitations (
    invitation_id, version, subject_id, organisation_id, role, districts, requested_at, expires_at, invited_by
)
SELECT invitation_id, version, subject_id, organisation_id, role, districts, requested_at, expires_at, invited_by
FROM jsonb_to_recordset(:rows::jsonb) AS r (invitation_id uuid, version bigint, subject_id uuid, organisation_id uuid,
    role text, districts text[], requested_at timestamptz, expires_at timestamptz, invited_by uuid)
ORDER BY invitation_id;

-- name: invitation_for_update^
-- One invitation, locked until commit.
SELECT invitation_id, version, subject_id, organisation_id, role, districts, requested_at, expires_at, redeemed_at,
    invited_by
FROM invitations WHERE invitation_id = :invitation_id
FOR UPDATE;

-- name: alike_invitation$
-- Another invitation of the same address to the same role of an organisation, that waits.
SELECT i.invitation_id
FROM invitations AS i
JOIN member_contacts AS c ON c.subject_id = i.subject_id
WHERE i.organisation_id = :organisation_id AND i.redeemed_at IS NULL AND i.expires_at > :now
  AND i.role = :role AND lower(c.mail) = lower(:mail) AND i.invitation_id <> :invitation_id
ORDER BY i.invitation_id
LIMIT 1;

-- name: end_waiting_invitations!
-- What waits for these people is over now: the mails about it went where they are not (any more).
UPDATE invitations SET expires_at = :now, version = version + 1
WHERE subject_id = ANY (:subject_ids::uuid[]) AND redeemed_at IS NULL AND expires_at > :now;

-- name: invitation_offered^
-- What somebody is invited to, while it waits.
SELECT o.name AS organisation, i.role
FROM invitations AS i
JOIN organisations AS o ON o.organisation_id = i.organisation_id
WHERE i.invitation_id = :invitation_id AND i.subject_id = :subject_id AND i.redeemed_at IS NULL;

-- name: redeem_invitation!
-- It was redeemed; who invited counts no longer.
UPDATE invitations SET redeemed_at = :now, subject_id = :subject_id, invited_by = NULL
WHERE invitation_id = :invitation_id;

-- name: renew_invitation!
-- It is sent once more.
UPDATE invitations SET expires_at = :expires_at, version = :version WHERE invitation_id = :invitation_id;

-- name: invitations_listed
-- The invitations of an organisation that wait.
SELECT i.invitation_id, i.version, i.organisation_id, i.role, i.districts, i.requested_at, i.expires_at,
    coalesce(c.name, '') AS name, coalesce(c.mail, '') AS mail
FROM invitations AS i
LEFT JOIN member_contacts AS c ON c.subject_id = i.subject_id
WHERE i.organisation_id = :organisation_id
  AND i.redeemed_at IS NULL
  AND i.role = :role::text -- when role

-- name: expired_invitations
-- Invitations whose time is over, redeemed or not, locked; whoever else is at it takes others.
SELECT invitation_id, version, subject_id, organisation_id, role, districts, requested_at, expires_at, redeemed_at,
    invited_by
FROM invitations
WHERE expires_at < :now
ORDER BY expires_at
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: remove_invitation$
-- Forget an invitation; whether nothing else is known of the invited person.
WITH removed AS (DELETE FROM invitations WHERE invitation_id = :invitation_id)
SELECT NOT EXISTS (SELECT FROM members WHERE subject_id = :subject_id)
   AND NOT EXISTS (
       SELECT FROM invitations WHERE subject_id = :subject_id AND invitation_id <> :invitation_id);

-- name: invitations_waiting_for
-- What somebody is invited to and has not redeemed.
SELECT invitation_id, version, subject_id, organisation_id, role, districts, requested_at, expires_at, redeemed_at, invited_by
FROM invitations WHERE subject_id = :subject_id AND redeemed_at IS NULL ORDER BY invitation_id LIMIT 100;
