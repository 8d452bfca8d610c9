-- name: places_with_districts
-- These postal codes with the names of their districts, the likeliest first.
SELECT p.postal_code,
    coalesce(
        (SELECT jsonb_agg(jsonb_build_object('ags', d.ags, 'name', d.name) ORDER BY lies.position)
         FROM unnest(p.districts) WITH ORDINALITY AS lies (ags, position)
         JOIN districts AS d ON d.ags = lies.ags),
        '[]') AS districts
FROM places AS p
WHERE p.postal_code = ANY (:postal_codes::text[]);

-- name: owners_of_mails
-- Whose addresses these are: of volunteers who have proved them.
SELECT mail_hash, volunteer_id FROM volunteer_contacts
WHERE mail_hash = ANY (:mail_hashes::bytea[]) AND claimed AND NOT erasure_requested;

-- name: add_imported_contacts!
-- Addresses as the association knows them; nobody has proved them yet.
INSERT INTO volunteer_contacts (volunteer_id, version, name, mail, mail_hash, language, claimed)
SELECT r.volunteer_id, 1, r.name, r.mail, decode(r.mail_hash, 'hex'), r.language, false
FROM jsonb_to_recordset(:rows::jsonb) AS r (volunteer_id uuid, name text, mail text, mail_hash text, language text)
ORDER BY r.volunteer_id;

-- name: add_imported_volunteers!
-- Volunteers whose consent their association has proved; with the ledger's first entry.
WITH rows AS (
    SELECT * FROM jsonb_to_recordset(:rows::jsonb) AS r (volunteer_id uuid, languages jsonb, skills text[], wishes text[],
        availability jsonb, reach_km integer, travel text[], postal_code text, district text, age_reached integer,
        reaches_16_on date, reaches_18_on date, text_version text, language text, given_at timestamptz)
), added AS (
    INSERT INTO volunteers (volunteer_id, version, status, languages, skills, wishes, availability, absences, reach_km,
        travel, postal_code, district, age_reached, reaches_16_on, reaches_18_on, requested_at, registered_at,
        consents_version)
    SELECT volunteer_id, 1, 'confirmed', languages, skills, wishes, availability, '[]', reach_km, travel, postal_code,
        district, age_reached, reaches_16_on, reaches_18_on, :now, :now, 1
    FROM rows ORDER BY volunteer_id
), entered AS (
    INSERT INTO consents (volunteer_id, purpose, decision, text_version, language, channel, decided_at, recorded_by,
        organisation_id)
    SELECT volunteer_id, 'processing', 'given', text_version, language, 'association', given_at, :recorded_by,
        :organisation_id
    FROM rows ORDER BY volunteer_id
)
INSERT INTO consents_held (volunteer_id, purpose, text_version, given_at)
SELECT volunteer_id, 'processing', text_version, given_at FROM rows ORDER BY volunteer_id;

-- name: save_consent_proofs!
-- What the association says of the consents that it took.
INSERT INTO consent_proofs AS p (link_id, organisation_id, text_version, channel, reference, given_at, told_at)
SELECT link_id, :organisation_id, text_version, channel, reference, given_at, :now
FROM jsonb_to_recordset(:rows::jsonb)
    AS r (link_id uuid, text_version text, channel text, reference text, given_at timestamptz)
WHERE EXISTS (SELECT FROM external_ids AS x WHERE x.link_id = r.link_id)
ORDER BY link_id
ON CONFLICT (link_id) DO UPDATE
SET text_version = excluded.text_version, channel = excluded.channel, reference = excluded.reference,
    given_at = excluded.given_at;

-- name: volunteers_for_update
-- These volunteers, locked until commit; erased ones are not there.
SELECT * FROM volunteers WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY volunteer_id FOR UPDATE;

-- name: contacts_for_update
-- How these volunteers are reached, locked until commit.
SELECT volunteer_id, version, name, mail, language
FROM volunteer_contacts WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY volunteer_id FOR UPDATE;

-- name: save_imported_volunteers!
-- What associations tell has changed.
UPDATE volunteers AS v
SET version = r.version, languages = r.languages, skills = r.skills, wishes = r.wishes, availability = r.availability,
    reach_km = r.reach_km, travel = r.travel, postal_code = r.postal_code, district = r.district,
    age_reached = r.age_reached, reaches_16_on = r.reaches_16_on, reaches_18_on = r.reaches_18_on,
    moved_at = CASE WHEN v.postal_code = r.postal_code THEN v.moved_at ELSE :now END
FROM jsonb_to_recordset(:rows::jsonb) AS r (volunteer_id uuid, version bigint, languages jsonb, skills text[],
    wishes text[], availability jsonb, reach_km integer, travel text[], postal_code text, district text,
    age_reached integer, reaches_16_on date, reaches_18_on date)
WHERE v.volunteer_id = r.volunteer_id;

-- name: save_imported_contacts!
-- How associations say that volunteers are reached has changed.
UPDATE volunteer_contacts AS c
SET version = r.version, name = r.name, mail = r.mail, mail_hash = decode(r.mail_hash, 'hex'), language = r.language,
    described_at = CASE
        WHEN (c.name, c.mail_hash) IS NOT DISTINCT FROM (r.name, decode(r.mail_hash, 'hex')) THEN c.described_at
        ELSE :now END,
    mail_since = CASE WHEN c.mail_hash IS NOT DISTINCT FROM decode(r.mail_hash, 'hex') THEN c.mail_since ELSE :now END
FROM jsonb_to_recordset(:rows::jsonb)
    AS r (volunteer_id uuid, version bigint, name text, mail text, mail_hash text, language text)
WHERE c.volunteer_id = r.volunteer_id;

-- name: own_profiles
-- Which of these volunteers' profiles are their own: registered otherwise than by an import alone, also under another id
-- that was merged into this one; taken over; or with a proved address.
SELECT v.volunteer_id FROM volunteers AS v
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[]) AND (
    EXISTS (SELECT FROM consents AS c
            WHERE c.volunteer_id = v.volunteer_id AND c.purpose = 'processing' AND c.channel <> 'association')
    OR EXISTS (SELECT FROM external_ids AS x
               WHERE x.kind = 'volunteers' AND x.id = v.volunteer_id AND x.by_import AND x.confirmed_at IS NOT NULL)
    OR EXISTS (SELECT FROM volunteer_contacts AS p WHERE p.volunteer_id = v.volunteer_id AND p.claimed));

-- name: claim_address$
-- A volunteer has proved the address by which an association told of them; null when it is somebody else's already.
UPDATE volunteer_contacts AS c SET claimed = true
WHERE c.volunteer_id = :volunteer_id AND NOT c.claimed AND NOT EXISTS (
    SELECT FROM volunteer_contacts AS o WHERE o.mail_hash = c.mail_hash AND o.claimed AND NOT o.erasure_requested)
RETURNING c.volunteer_id;
