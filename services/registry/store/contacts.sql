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
