-- name: topics
-- Every topic that contacts are there for.
SELECT topic, version, german, english FROM contact_topics ORDER BY topic LIMIT 1000;

-- name: add_topic$
-- A new topic; null when it is there already.
INSERT INTO contact_topics (topic, german, english) VALUES (:topic, :german, :english)
ON CONFLICT (topic) DO NOTHING
RETURNING topic;

-- name: topics_among
-- Which of these topics there are.
SELECT topic FROM contact_topics WHERE topic = ANY (:topics::text[]);

-- name: count_topics$
-- How many topics there are.
SELECT count(*) FROM contact_topics;

-- name: topic_for_update^
-- One topic, locked until commit.
SELECT topic, version, german, english FROM contact_topics WHERE topic = :topic FOR UPDATE;

-- name: rename_topic!
-- How a topic is called.
UPDATE contact_topics SET german = :german, english = :english, version = version + 1 WHERE topic = :topic;

-- name: locations_of_offices
-- Where offices lie, in degrees: at their postal codes, or at the seats of their districts.
SELECT asked.district, asked.postal_code, coalesce(p.latitude, d.latitude) AS latitude,
    coalesce(p.longitude, d.longitude) AS longitude, p.postal_code IS NOT NULL AS known
FROM unnest(:districts::text[], :postal_codes::text[]) AS asked (district, postal_code)
JOIN districts AS d ON d.ags = asked.district
LEFT JOIN places AS p ON p.postal_code = asked.postal_code;

-- name: add_contacts!
-- Staff contacts are published.
INSERT INTO contacts (contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone,
    postal_code, location, office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale)
SELECT contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone,
    postal_code, point(east, north), office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale
FROM jsonb_to_recordset(:rows::jsonb) AS r (contact_id uuid, version bigint, organisation_id uuid, subject_id uuid,
    district text, topic text, languages text[], name text, mail text, phone text, postal_code text, east float8,
    north float8, office_hours jsonb, absences jsonb, substitute_id uuid, capacity integer, confirmed_on date,
    stale_from date, is_stale boolean)
ORDER BY contact_id;

-- name: save_contacts!
-- Contacts have changed; each stays where it is unless it is told where.
UPDATE contacts AS c
SET version = r.version, subject_id = r.subject_id, topic = r.topic, languages = r.languages, name = r.name,
    mail = r.mail, phone = r.phone, postal_code = r.postal_code, location = coalesce(point(r.east, r.north), c.location),
    office_hours = r.office_hours, absences = r.absences, substitute_id = r.substitute_id, capacity = r.capacity,
    confirmed_on = r.confirmed_on, stale_from = r.stale_from, is_stale = r.is_stale
FROM jsonb_to_recordset(:rows::jsonb) AS r (contact_id uuid, version bigint, subject_id uuid, topic text,
    languages text[], name text, mail text, phone text, postal_code text, east float8, north float8, office_hours jsonb,
    absences jsonb, substitute_id uuid, capacity integer, confirmed_on date, stale_from date, is_stale boolean)
WHERE c.contact_id = r.contact_id;

-- name: contacts_for_update
-- Contacts, locked until commit in the order of their ids.
SELECT contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone, postal_code,
    office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale
FROM contacts WHERE contact_id = ANY (:contact_ids::uuid[]) ORDER BY contact_id FOR UPDATE;

-- name: contact_for_update^
-- One contact, locked until commit.
SELECT contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone, postal_code,
    office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale
FROM contacts WHERE contact_id = :contact_id FOR UPDATE;

-- name: organisation_of_contact$
-- The organisation of a contact.
SELECT organisation_id FROM contacts WHERE contact_id = :contact_id;

-- name: subject_of_contact$
-- The member behind a contact.
SELECT subject_id FROM contacts WHERE contact_id = :contact_id;

-- name: contacts_by_id
-- Contacts with the names of their organisations.
SELECT c.contact_id, c.version, c.organisation_id, o.name AS organisation, c.subject_id, c.district, c.topic,
    c.languages, c.name, c.mail, c.phone, c.postal_code, c.office_hours, c.absences, c.substitute_id, c.capacity,
    c.confirmed_on, c.stale_from, c.is_stale
FROM contacts AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE c.contact_id = ANY (:contact_ids::uuid[]);

-- name: contacts_standing_in
-- The substitutes of these contacts, their substitutes, and so on for some steps.
WITH RECURSIVE chain (contact_id, step) AS (
    SELECT substitute_id, 1 FROM contacts
    WHERE contact_id = ANY (:contact_ids::uuid[]) AND substitute_id IS NOT NULL
    UNION
    SELECT c.substitute_id, chain.step + 1
    FROM chain JOIN contacts AS c ON c.contact_id = chain.contact_id
    WHERE chain.step < :steps AND c.substitute_id IS NOT NULL
)
SELECT contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone, postal_code,
    office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale
FROM contacts WHERE contact_id IN (SELECT contact_id FROM chain);

-- name: substituted_by
-- The contacts for which this one stands in, locked until commit.
SELECT contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone, postal_code,
    office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale
FROM contacts WHERE substitute_id = :contact_id ORDER BY contact_id FOR UPDATE;

-- name: remove_contact!
-- The contact is withdrawn.
DELETE FROM contacts WHERE contact_id = :contact_id;

-- name: contacts_near
-- Contacts of verified organisations around a point of the plane, nearest first; those that are up to date, or the others.
SELECT c.contact_id, c.version, c.organisation_id, o.name AS organisation, c.subject_id, c.district, c.topic,
    c.languages, c.name, c.mail, c.phone, c.postal_code, c.office_hours, c.absences, c.substitute_id, c.capacity,
    c.confirmed_on, c.stale_from, c.is_stale, c.location <-> :here::point AS distance_km
FROM contacts AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE c.location <@ circle(:here::point, :within_km::float8)
  AND c.is_stale = :is_stale::boolean
  AND (:topic::text IS NULL OR c.topic = :topic)
  AND (:language::text IS NULL OR :language = ANY (c.languages))
  AND (:after_km::float8 IS NULL OR (c.location <-> :here::point, c.contact_id) > (:after_km, :after_id::uuid))
ORDER BY c.location <-> :here::point, c.contact_id
LIMIT :rows;

-- name: contacts_listed
-- The contacts of verified organisations.
SELECT c.contact_id, c.version, c.organisation_id, o.name AS organisation, c.subject_id, c.district, c.topic,
    c.languages, c.name, c.mail, c.phone, c.postal_code, c.office_hours, c.absences, c.substitute_id, c.capacity,
    c.confirmed_on, c.stale_from, c.is_stale
FROM contacts AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE true
  AND c.district = :district::text -- when district
  AND c.topic = :topic::text -- when topic
  AND c.organisation_id = :organisation_id::uuid -- when organisation_id
  AND :language::text = ANY (c.languages) -- when language

-- name: contacts_managed
-- The contacts of an organisation, as it sees them itself.
SELECT c.contact_id, c.version, c.organisation_id, o.name AS organisation, c.subject_id, c.district, c.topic,
    c.languages, c.name, c.mail, c.phone, c.postal_code, c.office_hours, c.absences, c.substitute_id, c.capacity,
    c.confirmed_on, c.stale_from, c.is_stale,
    (SELECT count(*) FROM own_contacts AS own WHERE own.contact_id = c.contact_id) AS volunteers
FROM contacts AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id
WHERE c.organisation_id = :organisation_id::uuid
  AND c.district = ANY (:districts::text[]) -- when districts
  AND c.is_stale = :is_stale::boolean -- when is_stale

-- name: count_contacts_by_organisation
-- How many contacts organisations have published.
SELECT organisation_id, count(*) AS contacts FROM contacts WHERE organisation_id = ANY (:organisation_ids::uuid[])
GROUP BY organisation_id;

-- name: same_contacts
-- Contacts that members are already, of these organisations, districts and topics.
SELECT c.contact_id, c.organisation_id, c.district, c.topic, c.subject_id
FROM unnest(:organisation_ids::uuid[], :districts::text[], :topics::text[], :subject_ids::uuid[])
    AS told (organisation_id, district, topic, subject_id)
JOIN contacts AS c USING (organisation_id, district, topic, subject_id);

-- name: contacts_to_remind
-- Contacts that were not confirmed in time, locked; whoever else is at it takes others.
SELECT contact_id, version, organisation_id, subject_id, district, topic, languages, name, mail, phone, postal_code,
    office_hours, absences, substitute_id, capacity, confirmed_on, stale_from, is_stale
FROM contacts
WHERE NOT is_stale AND stale_from <= :today
ORDER BY stale_from
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: members_with_role
-- Who holds a role in an organisation.
SELECT subject_id FROM members
WHERE memberships @> jsonb_build_array(
    jsonb_build_object('organisation_id', :organisation_id::uuid::text, 'role', :role::text))
ORDER BY subject_id
LIMIT :rows;

-- name: contacts_to_check
-- Contacts of whose member or organisation something has changed, locked, with what they are now; the oldest first.
SELECT k.contact_id, o.status = 'verified' AND c.district = ANY (o.districts) AS is_usable,
    c.subject_id IS NULL OR EXISTS (
        SELECT FROM members AS m
        WHERE m.subject_id = c.subject_id
          AND m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', c.organisation_id::text))
    ) AS is_member, c.subject_id AS seen
FROM contact_checks AS k
JOIN contacts AS c ON c.contact_id = k.contact_id
JOIN organisations AS o ON o.organisation_id = c.organisation_id
ORDER BY k.noted_at
LIMIT :rows
FOR UPDATE OF k SKIP LOCKED;

-- name: contacts_checked!
-- These contacts were looked at.
DELETE FROM contact_checks WHERE contact_id = ANY (:contact_ids::uuid[]);
