-- name: restricted_rights_among
-- Which of these persons' data is only to be stored.
SELECT subject_id FROM person_rights WHERE subject_id = ANY (:subject_ids::uuid[]) AND restricted;

-- name: may_be_exported$
-- Whether a person waits for what is held of them.
SELECT EXISTS (SELECT FROM person_rights WHERE subject_id = :subject_id AND export_until >= :today::date);
