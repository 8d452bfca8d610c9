-- name: is_restricted$
-- Whether a person's data is only to be stored.
SELECT EXISTS (SELECT FROM restrictions WHERE subject_id = :subject_id::uuid);

-- name: restricted_among
-- Which of these persons' data is only to be stored.
SELECT subject_id FROM restrictions WHERE subject_id = ANY(:subject_ids::uuid[]);

-- name: restriction_of^
-- A person's restriction.
SELECT subject_id, request_id, ground, since, ends_on FROM restrictions WHERE subject_id = :subject_id;

-- name: begin_restriction$
-- From now on a person's data is only stored, also when the end of an earlier restriction was announced; null when that was so
-- already.
WITH restricted AS (
    INSERT INTO restrictions (subject_id, request_id, ground, since) VALUES (:subject_id, :request_id, :ground, :since)
    ON CONFLICT (subject_id) DO UPDATE SET request_id = excluded.request_id, ground = excluded.ground, ends_on = NULL
    WHERE restrictions.ends_on IS NOT NULL OR restrictions.ground <> excluded.ground
    RETURNING subject_id
), marked AS (
    UPDATE volunteers SET restricted = true WHERE volunteer_id IN (SELECT subject_id FROM restricted)
)
SELECT subject_id FROM restricted;

-- name: announce_end_of_restriction$
-- The person is told on which day it ends; null when there is no restriction.
UPDATE restrictions SET ends_on = :ends_on WHERE subject_id = :subject_id RETURNING subject_id;

-- name: restrictions_ending
-- Whose restriction has come to its day.
SELECT subject_id FROM restrictions WHERE ends_on <= :today ORDER BY ends_on, subject_id LIMIT :rows;

-- name: end_restriction^
-- A person's data may be used again; none when there was no restriction.
WITH lifted AS (
    DELETE FROM restrictions WHERE subject_id = :subject_id RETURNING subject_id, request_id, ground, since, ends_on
), marked AS (
    UPDATE volunteers SET restricted = false WHERE volunteer_id IN (SELECT subject_id FROM lifted)
)
SELECT subject_id, request_id, ground, since, ends_on FROM lifted;

-- name: contacts_of_member
-- As which staff contacts somebody is published.
SELECT contact_id, organisation_id, district, capacity FROM contacts WHERE subject_id = :subject_id ORDER BY contact_id LIMIT 2000;
