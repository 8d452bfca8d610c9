-- name: add_volunteer_contact$
-- How a new volunteer is reached; null when it is a proved address that belongs to somebody else already.
INSERT INTO volunteer_contacts (volunteer_id, version, name, mail, mail_hash, language, phone, claimed, through)
VALUES (:volunteer_id, 1, :name, :mail, :mail_hash, :language, :phone, :claimed, :through)
ON CONFLICT (mail_hash) WHERE claimed AND NOT erasure_requested DO NOTHING
RETURNING volunteer_id;

-- name: lock_address!
-- Whoever else confirms, or takes, the same address waits.
SELECT pg_advisory_xact_lock(hashtextextended(encode(:mail_hash::bytea, 'hex'), 0));

-- name: volunteer_of_mail^
-- Whose address this is: of whoever proved it; otherwise of the latest registration that waits for its confirmation.
SELECT c.volunteer_id, v.status
FROM volunteer_contacts AS c
JOIN volunteers AS v ON v.volunteer_id = c.volunteer_id
-- Both ways, because each has an index of its own.
WHERE (c.mail_hash = :mail_hash AND c.claimed AND NOT c.erasure_requested)
   OR (c.mail_hash = :mail_hash AND NOT c.claimed AND NOT c.erasure_requested)
ORDER BY c.claimed DESC, c.volunteer_id DESC
LIMIT 1;

-- name: owner_of_mail$
-- Who has proved this address.
SELECT volunteer_id FROM volunteer_contacts WHERE mail_hash = :mail_hash AND claimed AND NOT erasure_requested;

-- name: claim_mail!
-- The address is proved.
UPDATE volunteer_contacts SET claimed = true WHERE volunteer_id = :volunteer_id AND NOT claimed;

-- name: others_unclaimed
-- The other registrations with this address that wait for their confirmation, locked.
SELECT v.volunteer_id
FROM volunteer_contacts AS c
JOIN volunteers AS v ON v.volunteer_id = c.volunteer_id
WHERE c.mail_hash = :mail_hash AND NOT c.claimed AND c.volunteer_id <> :volunteer_id AND v.status = 'unconfirmed'
ORDER BY c.volunteer_id
FOR UPDATE OF v;

-- name: volunteer_contact^
-- How a volunteer is reached.
SELECT volunteer_id, version, name, mail, language, phone, through
FROM volunteer_contacts WHERE volunteer_id = :volunteer_id;

-- name: volunteer_contact_for_update^
-- How a volunteer is reached, locked until commit.
SELECT volunteer_id, version, name, mail, language, phone, through
FROM volunteer_contacts WHERE volunteer_id = :volunteer_id FOR UPDATE;

-- name: described_since$
-- Since when name, mail and phone of a volunteer are what they are; null: since the registration.
SELECT described_at FROM volunteer_contacts WHERE volunteer_id = :volunteer_id;

-- name: mail_since$
-- Since when mails to a volunteer go to this address; null: since the registration.
SELECT mail_since FROM volunteer_contacts WHERE volunteer_id = :volunteer_id;

-- name: save_volunteer_contact^
-- How a volunteer is reached has changed.
UPDATE volunteer_contacts
SET version = version + 1, name = :name, language = :language, phone = :phone, mail = :mail, mail_hash = :mail_hash,
    through = :through,
    described_at = CASE
        WHEN (name, mail_hash, phone) IS NOT DISTINCT FROM (:name, :mail_hash, :phone) THEN described_at ELSE :now END,
    mail_since = CASE WHEN mail_hash IS NOT DISTINCT FROM :mail_hash THEN mail_since ELSE :now END
WHERE volunteer_id = :volunteer_id
RETURNING volunteer_id, version, name, mail, language, phone, through;

-- name: take_hand_over_checks
-- Organisations where somebody may have been left; whoever else is at it takes others.
WITH taken AS (
    DELETE FROM hand_over_checks
    WHERE check_id IN (
        SELECT check_id FROM hand_over_checks WHERE due_at <= :now
        ORDER BY due_at, check_id LIMIT :rows
        FOR UPDATE SKIP LOCKED)
    RETURNING organisation_id
)
SELECT DISTINCT organisation_id FROM taken;

-- name: check_again!
-- These organisations are looked at once more, later.
INSERT INTO hand_over_checks (organisation_id, due_at)
SELECT organisation_id, :due_at FROM unnest(:organisation_ids::uuid[]) AS asked (organisation_id);

-- name: those_whom_a_member_left
-- Volunteers without mail whom these organisations registered and whose member is there no longer, locked.
SELECT c.volunteer_id, v.registered_by, v.district
FROM volunteers AS v
JOIN volunteer_contacts AS c ON c.volunteer_id = v.volunteer_id
WHERE v.registered_by = ANY (:organisation_ids::uuid[])
  AND c.through IS NOT NULL AND c.mail IS NULL AND NOT c.erasure_requested
  -- OFFSET 0: the few are looked up, not compared with all members.
  AND NOT EXISTS (
    SELECT FROM members AS m
    WHERE m.subject_id = c.through
      AND m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', v.registered_by::text))
    OFFSET 0
  )
ORDER BY c.volunteer_id
LIMIT :rows
FOR UPDATE OF c;

-- name: successors_in_organisation
-- Members of an organisation who may be told instead: coordinators of the district first, then its admins.
SELECT m.subject_id
FROM members AS m
CROSS JOIN LATERAL jsonb_array_elements(m.memberships) AS held
WHERE m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::text))
  AND held ->> 'organisation_id' = :organisation_id::text
  AND (held ->> 'role' = 'organisation_admin'
    OR (held ->> 'role' = 'coordinator' AND held -> 'districts' ? :district::text))
ORDER BY held ->> 'role', m.subject_id
LIMIT 1;

-- name: keep_contact_for_receipt!
-- The volunteer is gone; the address stays until the receipt has gone out, and is free for a new person.
UPDATE volunteer_contacts SET erasure_requested = true, phone = NULL WHERE volunteer_id = :volunteer_id;

-- name: remove_volunteer_contact$
-- Forget an address; how many rows went.
WITH removed AS (DELETE FROM volunteer_contacts WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: begin_address_change!
-- A new address that its owner has yet to confirm; an earlier one is forgotten.
INSERT INTO address_changes (volunteer_id, change_id, mail, mail_hash, requested_at, expires_at)
VALUES (:volunteer_id, :change_id, :mail, :mail_hash, :requested_at, :expires_at)
ON CONFLICT (volunteer_id) DO UPDATE
SET change_id = excluded.change_id, mail = excluded.mail, mail_hash = excluded.mail_hash,
    requested_at = excluded.requested_at, expires_at = excluded.expires_at;

-- name: address_change^
-- The address that waits for its confirmation.
SELECT change_id, mail, mail_hash, expires_at FROM address_changes WHERE volunteer_id = :volunteer_id;

-- name: end_address_change!
-- It is confirmed, or will never be.
DELETE FROM address_changes WHERE volunteer_id = :volunteer_id;

-- name: address_changes_expired
-- New addresses that nobody confirmed in time, locked; whoever else is at it takes others.
SELECT volunteer_id FROM address_changes WHERE expires_at < :now
ORDER BY expires_at
LIMIT :rows
FOR UPDATE SKIP LOCKED;
