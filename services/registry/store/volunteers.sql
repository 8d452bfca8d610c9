-- name: add_volunteer!
-- A volunteer; nothing is announced yet.
INSERT INTO volunteers (volunteer_id, version, status, languages, skills, skills_free, wishes, availability, absences,
    reach_km, travel, postal_code, district, age_reached, reaches_16_on, reaches_18_on, guardian_awaited, registered_by,
    requested_at, expires_at)
VALUES (:volunteer_id, 1, 'unconfirmed', :languages, :skills, :skills_free, :wishes, :availability, '[]',
    :reach_km, :travel, :postal_code, :district, :age_reached, :reaches_16_on, :reaches_18_on, :guardian_awaited,
    :registered_by, :requested_at, :expires_at);

-- name: volunteer_by_id^
-- One volunteer.
SELECT * FROM volunteers WHERE volunteer_id = :volunteer_id;

-- name: volunteer_for_update^
-- One volunteer, locked until commit.
SELECT * FROM volunteers WHERE volunteer_id = :volunteer_id FOR UPDATE;

-- name: volunteers_for_update
-- These volunteers, locked until commit in the order of their ids.
SELECT * FROM volunteers WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY volunteer_id FOR UPDATE;

-- name: free_skills_after
-- What the next volunteers, in the order of their ids, told of their skills in their own words.
SELECT volunteer_id, skills_free FROM volunteers WHERE volunteer_id > :after ORDER BY volunteer_id LIMIT :rows;

-- name: volunteers_at_a_threshold
-- Volunteers who have reached 16 or 18 by today, locked; whoever else is at it takes others.
SELECT * FROM volunteers
WHERE status <> 'unconfirmed' AND least(reaches_16_on, reaches_18_on) <= :today
ORDER BY least(reaches_16_on, reaches_18_on)
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: volunteers_returning
-- Volunteers whose pause is over, locked; whoever else is at it takes others.
SELECT * FROM volunteers
WHERE paused_until <= :today
ORDER BY paused_until
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: await_confirmation!
-- The mail with the link was asked for again, which anybody can: twice the time there is, and no more.
UPDATE volunteers SET expires_at = least(:expires_at, requested_at + interval '14 days')
WHERE volunteer_id = :volunteer_id AND status = 'unconfirmed';

-- name: confirm_volunteer!
-- Everything that is needed is there: the volunteer is announced.
UPDATE volunteers SET status = 'confirmed', registered_at = :now, expires_at = NULL
WHERE volunteer_id = :volunteer_id;

-- name: await_guardian!
-- The address is confirmed; the guardian has yet to agree.
UPDATE volunteers SET status = 'awaiting_guardian', expires_at = :expires_at WHERE volunteer_id = :volunteer_id;

-- name: save_volunteer!
-- What a volunteer told has changed.
UPDATE volunteers
SET version = :version, languages = :languages, skills = :skills, skills_free = :skills_free, wishes = :wishes,
    availability = :availability, absences = :absences, reach_km = :reach_km, travel = :travel,
    postal_code = :postal_code, moved_at = :moved_at, district = :district, age_reached = :age_reached, reaches_16_on = :reaches_16_on,
    reaches_18_on = :reaches_18_on, guardian_awaited = :guardian_awaited, paused = :paused,
    paused_until = :paused_until, undertaking_valid = :undertaking_valid, undertaking_version = :undertaking_version
WHERE volunteer_id = :volunteer_id;

-- name: unconfirmed_expired
-- Volunteers who did not confirm in time, or whose guardian did not, locked; whoever else is at it takes others. Whoever wants
-- their data stored (Art. 18 DSGVO) stays.
SELECT volunteer_id FROM volunteers
WHERE status <> 'confirmed' AND expires_at < :now AND NOT restricted
ORDER BY expires_at
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: remove_volunteer$
-- Forget a volunteer with everything that hangs on them, but not their address; how many rows went.
WITH tokens AS (
    SELECT count(*) AS rows FROM refresh_tokens
    WHERE family_id IN (SELECT family_id FROM token_families WHERE volunteer_id = :volunteer_id)
), families AS (SELECT count(*) AS rows FROM token_families WHERE volunteer_id = :volunteer_id
), agreed AS (SELECT count(*) AS rows FROM consents WHERE volunteer_id = :volunteer_id
), signed AS (SELECT count(*) AS rows FROM undertakings WHERE volunteer_id = :volunteer_id
), told AS (SELECT count(*) AS rows FROM characteristics WHERE volunteer_id = :volunteer_id
), moving AS (SELECT count(*) AS rows FROM address_changes WHERE volunteer_id = :volunteer_id
), removed AS (DELETE FROM volunteers WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT (SELECT rows FROM tokens) + (SELECT rows FROM families) + (SELECT rows FROM agreed)
    + (SELECT rows FROM signed) + (SELECT rows FROM told) + (SELECT rows FROM moving)
    + (SELECT count(*) FROM removed);

-- name: volunteers_listed
-- The volunteers whom coordinators may see: their organisation dealt with them in their district, or registered them.
SELECT v.*, c.language, c.mail IS NOT NULL AS has_mail,
    CASE
        WHEN (v.registered_by = ANY (:organisation_ids::uuid[]) AND c.mail IS NULL) OR EXISTS (
            SELECT FROM consents_held AS h
            WHERE h.volunteer_id = v.volunteer_id AND h.purpose = 'contact_by_organisations'
        ) THEN c.name
    END AS name
FROM volunteers AS v
JOIN volunteer_contacts AS c ON c.volunteer_id = v.volunteer_id
WHERE v.status = 'confirmed'
  AND NOT v.restricted
  AND v.volunteer_id IN (
    SELECT p.volunteer_id FROM placements AS p
    JOIN offers AS o ON o.offer_id = p.offer_id
    JOIN unnest(:reach_organisations::uuid[], :reach_districts::text[]) AS r (organisation_id, district)
        ON r.organisation_id = p.organisation_id AND (r.district = o.district OR r.district = '')
    WHERE p.dealt_with
    UNION
    SELECT own.volunteer_id FROM volunteers AS own
    JOIN unnest(:reach_organisations::uuid[], :reach_districts::text[]) AS r (organisation_id, district)
        ON r.organisation_id = own.registered_by AND (r.district = own.district OR r.district = '')
  )
  AND v.district = :district::text -- when district
  AND v.languages @> jsonb_build_array(jsonb_build_object('language', :language::text)) -- when language
  AND v.skills @> ARRAY[:skill::text] -- when skill
  AND v.wishes @> ARRAY[:wish::text] -- when wish
  AND v.paused = :paused::boolean -- when paused
  AND (c.mail IS NOT NULL) = :has_mail::boolean -- when has_mail
;

-- name: dealings_in_districts
-- Where a volunteer dealt with which organisation: the districts of those offers.
SELECT DISTINCT p.organisation_id, o.district
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.volunteer_id = :volunteer_id AND p.dealt_with
ORDER BY p.organisation_id, o.district;
