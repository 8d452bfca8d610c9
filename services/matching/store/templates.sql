-- name: templates_of_organisation_listed
-- An organisation's templates.
SELECT t.template_id, t.version, t.organisation_id, t.name, t.stated, t.created_at, t.changed_at
FROM offer_templates AS t
WHERE t.organisation_id = :organisation_id

-- name: template_by_id^
-- One template.
SELECT template_id, version, organisation_id, name, stated, created_at, changed_at
FROM offer_templates WHERE template_id = :template_id;

-- name: lock_template^
-- One template, locked until commit.
SELECT template_id, version, organisation_id, name, stated, created_at, changed_at
FROM offer_templates WHERE template_id = :template_id FOR UPDATE;

-- name: count_templates$
-- How many templates an organisation has.
SELECT count(*) FROM offer_templates WHERE organisation_id = :organisation_id;

-- name: insert_template!
-- A new template.
INSERT INTO offer_templates (template_id, version, organisation_id, name, stated, created_at, changed_at)
VALUES (:template_id, :version, :organisation_id, :name, :stated, :created_at, :changed_at);

-- name: update_template!
-- What a template is called and states.
UPDATE offer_templates SET version = :version, name = :name, stated = :stated, changed_at = :changed_at
WHERE template_id = :template_id;

-- name: delete_template!
-- The template is no more; offers made from it stay.
DELETE FROM offer_templates WHERE template_id = :template_id;
