-- name: add_volunteer_contact$
-- Claim an address for a new volunteer; null when somebody has it already.
INSERT INTO volunteer_contacts (volunteer_id, version, name, mail, mail_hash, language)
VALUES (:volunteer_id, 1, :name, :mail, :mail_hash, :language)
ON CONFLICT (mail_hash) WHERE NOT erasure_requested DO NOTHING
RETURNING volunteer_id;

-- name: volunteer_of_mail^
-- Whose address this is, and whether they have confirmed it.
SELECT c.volunteer_id, v.status
FROM volunteer_contacts AS c
JOIN volunteers AS v ON v.volunteer_id = c.volunteer_id
WHERE c.mail_hash = :mail_hash AND NOT c.erasure_requested;

-- name: add_volunteer!
-- A volunteer who has yet to confirm their address.
INSERT INTO volunteers (volunteer_id, version, status, languages, skills, wishes, availability, absences, reach_km,
    travel, postal_code, district, age_reached, reaches_16_on, reaches_18_on, requested_at, expires_at)
VALUES (:volunteer_id, 1, 'unconfirmed', :languages, :skills, :wishes, :availability, '[]', :reach_km,
    :travel, :postal_code, :district, :age_reached, :reaches_16_on, :reaches_18_on, :requested_at, :expires_at);

-- name: volunteer_by_id^
-- One volunteer.
SELECT * FROM volunteers WHERE volunteer_id = :volunteer_id;

-- name: volunteer_for_update^
-- One volunteer, locked until commit.
SELECT * FROM volunteers WHERE volunteer_id = :volunteer_id FOR UPDATE;

-- name: await_confirmation!
-- The mail with the link was asked for again.
UPDATE volunteers SET expires_at = :expires_at WHERE volunteer_id = :volunteer_id AND status = 'unconfirmed';

-- name: confirm_volunteer!
-- The address is confirmed.
UPDATE volunteers SET status = 'confirmed', registered_at = :now, expires_at = NULL
WHERE volunteer_id = :volunteer_id;

-- name: save_volunteer!
-- The published state has changed.
UPDATE volunteers
SET version = :version, languages = :languages, skills = :skills, wishes = :wishes, availability = :availability,
    absences = :absences, reach_km = :reach_km, travel = :travel, postal_code = :postal_code, district = :district,
    age_reached = :age_reached, reaches_16_on = :reaches_16_on, reaches_18_on = :reaches_18_on, paused = :paused
WHERE volunteer_id = :volunteer_id;

-- name: volunteer_contact^
-- How a volunteer is reached.
SELECT volunteer_id, version, name, mail, language FROM volunteer_contacts WHERE volunteer_id = :volunteer_id;

-- name: save_volunteer_contact^
-- The name or the language has changed.
UPDATE volunteer_contacts SET version = version + 1, name = :name, language = :language
WHERE volunteer_id = :volunteer_id
RETURNING volunteer_id, version, name, mail, language;

-- name: unconfirmed_expired
-- Volunteers who did not confirm in time, locked; whoever else is at it takes others.
SELECT volunteer_id FROM volunteers
WHERE status = 'unconfirmed' AND expires_at < :now
ORDER BY expires_at
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: volunteers_at_a_threshold
-- Volunteers who have reached 16 or 18 by today, locked; whoever else is at it takes others.
SELECT * FROM volunteers
WHERE status = 'confirmed' AND least(reaches_16_on, reaches_18_on) <= :today
ORDER BY least(reaches_16_on, reaches_18_on)
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: remove_volunteer$
-- Forget a volunteer with consents and sign-ins; how many rows went.
WITH tokens AS (
    SELECT count(*) AS rows FROM refresh_tokens
    WHERE family_id IN (SELECT family_id FROM token_families WHERE volunteer_id = :volunteer_id)
), families AS (SELECT count(*) AS rows FROM token_families WHERE volunteer_id = :volunteer_id
), agreed AS (SELECT count(*) AS rows FROM consents WHERE volunteer_id = :volunteer_id
), removed AS (DELETE FROM volunteers WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT (SELECT rows FROM tokens) + (SELECT rows FROM families) + (SELECT rows FROM agreed)
    + (SELECT count(*) FROM removed);

-- name: keep_contact_for_receipt!
-- The volunteer is gone; the address stays until the receipt has gone out, and is free for a new person.
UPDATE volunteer_contacts SET erasure_requested = true WHERE volunteer_id = :volunteer_id;

-- name: remove_volunteer_contact$
-- Forget an address; how many rows went.
WITH removed AS (DELETE FROM volunteer_contacts WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;
