-- name: add_invitation!
-- A role waits for a person.
INSERT INTO invitations (invitation_id, subject_id, organisation_id, role, districts, requested_at, expires_at)
VALUES (:invitation_id, :subject_id, :organisation_id, :role, :districts, :requested_at, :expires_at);

-- name: invitation_for_update^
-- One invitation, locked until commit.
SELECT invitation_id, subject_id, organisation_id, role, districts, requested_at, expires_at, redeemed_at
FROM invitations WHERE invitation_id = :invitation_id
FOR UPDATE;

-- name: redeem_invitation!
-- It was redeemed.
UPDATE invitations SET redeemed_at = :now, subject_id = :subject_id WHERE invitation_id = :invitation_id;

-- name: expired_invitations
-- Invitations that nobody redeemed in time, locked; whoever else is at it takes others.
SELECT invitation_id, subject_id
FROM invitations
WHERE redeemed_at IS NULL AND expires_at < :now
ORDER BY expires_at
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: remove_invitation$
-- Forget an invitation; whether nothing else is known of the invited person.
WITH removed AS (DELETE FROM invitations WHERE invitation_id = :invitation_id)
SELECT NOT EXISTS (SELECT FROM members WHERE subject_id = :subject_id)
   AND NOT EXISTS (
       SELECT FROM invitations WHERE subject_id = :subject_id AND invitation_id <> :invitation_id);
