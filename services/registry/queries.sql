-- Districts and places

-- name: upsert_districts!
-- Write districts; those that are the same already are left alone.
INSERT INTO districts AS d (ags, name, latitude, longitude)
SELECT ags, name, latitude, longitude
FROM unnest(:ags::text[], :names::text[], :latitudes::float8[], :longitudes::float8[])
    AS incoming (ags, name, latitude, longitude)
ORDER BY ags
ON CONFLICT (ags) DO UPDATE
SET name = excluded.name, latitude = excluded.latitude, longitude = excluded.longitude
WHERE (d.name, d.latitude, d.longitude) IS DISTINCT FROM (excluded.name, excluded.latitude, excluded.longitude);

-- name: add_missing_districts!
-- Write districts that are not there; those that are keep what they have.
INSERT INTO districts (ags, name, latitude, longitude)
SELECT ags, name, latitude, longitude
FROM unnest(:ags::text[], :names::text[], :latitudes::float8[], :longitudes::float8[])
    AS incoming (ags, name, latitude, longitude)
ORDER BY ags
ON CONFLICT (ags) DO NOTHING;

-- name: all_districts
-- Every district; there are about 400 in Germany.
SELECT ags, name, latitude, longitude FROM districts ORDER BY ags LIMIT 1000;

-- name: known_districts$
-- Which of these keys are districts.
SELECT coalesce(array_agg(ags ORDER BY ags), '{}') FROM districts WHERE ags = ANY (:ags::text[]);

-- name: place_by_postal_code^
-- A place with the names of its districts, the likeliest first.
SELECT p.postal_code, p.version, p.name, p.latitude, p.longitude, p.exact,
    coalesce(
        (SELECT jsonb_agg(jsonb_build_object('ags', d.ags, 'name', d.name) ORDER BY lies.position)
         FROM unnest(p.districts) WITH ORDINALITY AS lies (ags, position)
         JOIN districts AS d ON d.ags = lies.ags),
        '[]') AS districts
FROM places AS p
WHERE p.postal_code = :postal_code;

-- name: upsert_places
-- Write places; answers those that are new or changed. What was estimated never replaces what was imported.
WITH incoming AS (
    SELECT postal_code, name, latitude, longitude, string_to_array(districts, ',') AS districts, exact
    FROM unnest(:postal_codes::text[], :names::text[], :latitudes::float8[], :longitudes::float8[],
        :districts::text[], :exact::boolean[]) AS i (postal_code, name, latitude, longitude, districts, exact)
)
INSERT INTO places AS p (postal_code, version, name, latitude, longitude, districts, exact)
SELECT postal_code, 1, name, latitude, longitude, districts, exact FROM incoming ORDER BY postal_code
ON CONFLICT (postal_code) DO UPDATE
SET version = p.version + 1, name = excluded.name, latitude = excluded.latitude, longitude = excluded.longitude,
    districts = excluded.districts, exact = excluded.exact
WHERE p.exact <= excluded.exact
  AND (p.name, p.latitude, p.longitude, p.districts, p.exact)
      IS DISTINCT FROM (excluded.name, excluded.latitude, excluded.longitude, excluded.districts, excluded.exact)
RETURNING p.postal_code, p.version, p.name, p.latitude, p.longitude, p.districts;

-- Organisations

-- name: add_organisation!
-- A new organisation.
INSERT INTO organisations (organisation_id, version, name, kind, districts, status, registered_at)
VALUES (:organisation_id, :version, :name, :kind, :districts, :status, :registered_at);

-- name: organisation_by_id^
-- One organisation.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations WHERE organisation_id = :organisation_id;

-- name: organisation_for_update^
-- One organisation, locked until commit.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations WHERE organisation_id = :organisation_id
FOR UPDATE;

-- name: set_organisation_status!
-- Verified, or suspended.
UPDATE organisations SET status = :status, version = :version WHERE organisation_id = :organisation_id;

-- name: state_authority^
-- The oldest state authority with this name, locked until commit.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations WHERE kind = 'state_authority' AND name = :name
ORDER BY organisation_id LIMIT 1
FOR UPDATE;

-- name: organisations_after
-- A page of the organisations that the caller may see: the verified, their own, or all.
SELECT organisation_id, version, name, kind, districts, status
FROM organisations
WHERE (:after::uuid IS NULL OR organisation_id > :after)
  AND (:status::text IS NULL OR status = :status)
  AND (:district::text IS NULL OR districts @> ARRAY[:district::text])
  AND (:sees_all::boolean OR status = 'verified' OR organisation_id = ANY (:own::uuid[]))
ORDER BY organisation_id
LIMIT :rows;

-- name: organisation_names
-- Names by id.
SELECT organisation_id, name FROM organisations WHERE organisation_id = ANY (:organisation_ids::uuid[]);

-- Members

-- name: add_member$
-- Bind an identity to a subject id; null when the identity is bound already.
INSERT INTO members (subject_id, version, issuer, subject, memberships)
VALUES (:subject_id, 1, :issuer, :subject, :memberships)
ON CONFLICT (issuer, subject) DO NOTHING
RETURNING subject_id;

-- name: subject_of_identity$
-- Whom an identity is bound to.
SELECT subject_id FROM members WHERE issuer = :issuer AND subject = :subject;

-- name: member_for_update^
-- One member, locked until commit.
SELECT subject_id, version, issuer, subject, memberships FROM members WHERE subject_id = :subject_id FOR UPDATE;

-- name: member_by_id^
-- One member.
SELECT subject_id, version, issuer, subject, memberships FROM members WHERE subject_id = :subject_id;

-- name: set_memberships!
-- Roles were given or withdrawn.
UPDATE members SET memberships = :memberships, version = :version WHERE subject_id = :subject_id;

-- name: members_of_organisation
-- A page of the members of an organisation.
SELECT m.subject_id, m.version, m.memberships, coalesce(c.name, '') AS name, coalesce(c.mail, '') AS mail
FROM members AS m
LEFT JOIN member_contacts AS c ON c.subject_id = m.subject_id
WHERE m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text))
  AND (:after::uuid IS NULL OR m.subject_id > :after)
ORDER BY m.subject_id
LIMIT :rows;

-- name: count_members_with_role$
-- How many hold a role in an organisation.
SELECT count(*) FROM members
WHERE memberships @> jsonb_build_array(
    jsonb_build_object('organisation_id', :organisation_id::uuid::text, 'role', :role::text));

-- name: save_member_contact$
-- How a member is reached; the new version.
INSERT INTO member_contacts AS c (subject_id, version, name, mail, language)
VALUES (:subject_id, 1, :name, :mail, :language)
ON CONFLICT (subject_id) DO UPDATE
SET version = c.version + 1, name = excluded.name, mail = excluded.mail, language = excluded.language
RETURNING version;

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

-- Invitations

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

-- Volunteers

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

-- name: add_consent!
-- An entry in the ledger.
INSERT INTO consents (consent_id, volunteer_id, purpose, text_version, language, channel, given_at)
VALUES (:consent_id, :volunteer_id, :purpose, :text_version, :language, :channel, :given_at);

-- name: consents_of_volunteer
-- The ledger of one volunteer.
SELECT consent_id, volunteer_id, purpose, text_version, language, channel, given_at, withdrawn_at
FROM consents WHERE volunteer_id = :volunteer_id
ORDER BY given_at, consent_id
LIMIT 1000;

-- Sign-in

-- name: add_token_family!
-- A volunteer signed in on a device.
INSERT INTO token_families (family_id, volunteer_id, signed_in_at, expires_at)
VALUES (:family_id, :volunteer_id, :signed_in_at, :expires_at);

-- name: add_refresh_token!
-- The next token of a family.
INSERT INTO refresh_tokens (token_hash, family_id, issued_at, expires_at)
VALUES (:token_hash, :family_id, :issued_at, :expires_at);

-- name: family_of_refresh_token^
-- The family of a token, locked until commit: renewal and revocation exclude each other.
SELECT f.family_id FROM token_families AS f
WHERE f.family_id = (SELECT family_id FROM refresh_tokens WHERE token_hash = :token_hash)
FOR UPDATE;

-- name: refresh_token^
-- A token together with its family.
SELECT f.family_id, f.volunteer_id, t.expires_at, t.used_at, f.expires_at AS family_expires_at,
    f.revoked_at AS family_revoked_at
FROM refresh_tokens AS t
JOIN token_families AS f ON f.family_id = t.family_id
WHERE t.token_hash = :token_hash;

-- name: use_refresh_token!
-- A token is good once.
UPDATE refresh_tokens SET used_at = :now WHERE token_hash = :token_hash;

-- name: revoke_token_family!
-- None of its tokens renews anything any more.
UPDATE token_families SET revoked_at = :now WHERE family_id = :family_id AND revoked_at IS NULL;

-- name: token_families_of_volunteer
-- On which devices a volunteer is signed in.
SELECT signed_in_at, expires_at, revoked_at FROM token_families
WHERE volunteer_id = :volunteer_id
ORDER BY signed_in_at DESC
LIMIT 1000;

-- name: prune_token_families$
-- Forget sign-ins that are over; how many.
WITH old AS (SELECT family_id FROM token_families WHERE expires_at < :now ORDER BY expires_at LIMIT :rows),
    removed AS (DELETE FROM token_families USING old WHERE token_families.family_id = old.family_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: prune_refresh_tokens$
-- Forget tokens that have expired; how many.
WITH old AS (SELECT token_hash FROM refresh_tokens WHERE expires_at < :now ORDER BY expires_at LIMIT :rows),
    removed AS (DELETE FROM refresh_tokens USING old WHERE refresh_tokens.token_hash = old.token_hash RETURNING 1)
SELECT count(*) FROM removed;

-- Contacts

-- name: add_contact!
-- A staff contact is published.
INSERT INTO contacts (contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone)
VALUES (:contact_id, 1, :organisation_id, :subject_id, :district, :topic, :languages, :name, :mail, :phone);

-- name: contact_for_update^
-- One contact, locked until commit.
SELECT contact_id, version, organisation_id, district FROM contacts WHERE contact_id = :contact_id FOR UPDATE;

-- name: remove_contact!
-- The contact is withdrawn.
DELETE FROM contacts WHERE contact_id = :contact_id;

-- name: contacts_after
-- A page of the published contacts of verified organisations, by district and topic.
SELECT c.contact_id, c.version, c.organisation_id, o.name AS organisation, c.district, c.topic, c.languages, c.name,
    c.mail, c.phone
FROM contacts AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE (:after::uuid IS NULL OR c.contact_id > :after)
  AND (:district::text IS NULL OR c.district = :district)
  AND (:topic::text IS NULL OR c.topic = :topic)
ORDER BY c.contact_id
LIMIT :rows;

-- Erasures

-- name: add_erasure!
-- Somebody is to be erased everywhere.
INSERT INTO erasures (erasure_id, subject_id, status, answers, requested_at)
VALUES (:erasure_id, :subject_id, :status, :answers, :requested_at);

-- name: erasure_by_id^
-- One erasure.
SELECT erasure_id, subject_id, status, answers, requested_at, completed_at
FROM erasures WHERE erasure_id = :erasure_id;

-- name: erasure_of_subject^
-- The erasure of a subject.
SELECT erasure_id, subject_id, status, answers, requested_at, completed_at
FROM erasures WHERE subject_id = :subject_id;

-- name: erasure_for_update^
-- One erasure, locked until commit.
SELECT erasure_id, subject_id, status, answers, requested_at, completed_at
FROM erasures WHERE erasure_id = :erasure_id
FOR UPDATE;

-- name: save_erasure!
-- A service has answered.
UPDATE erasures SET status = :status, answers = :answers, completed_at = :completed_at
WHERE erasure_id = :erasure_id;
