-- name: activities_by_ids
-- Entries with what the read models say of their organisation and place; in no particular order.
SELECT
    a.activity_id, a.version, a.organisation_id, a.coordinator_id, a.kind, a.title, a.description, a.translations,
    a.topic, a.district, a.postal_code, a.venue, a.weekly, a.times, a.languages, a.contact_id, a.website,
    a.confirmed_on, a.is_stale,
    coalesce(g.name, '') AS organisation_name,
    coalesce(g.status = 'verified', false) AS organisation_verified,
    coalesce(p.name, '') AS place_name,
    p.latitude, p.longitude
FROM activities AS a
LEFT JOIN organisations AS g ON g.organisation_id = a.organisation_id
LEFT JOIN places AS p ON p.postal_code = a.postal_code
WHERE a.activity_id = ANY (:activity_ids::uuid[]);

-- name: lock_activity$
-- Lock one entry until commit.
SELECT activity_id FROM activities WHERE activity_id = :activity_id FOR UPDATE;

-- name: insert_activity!
-- A new entry.
INSERT INTO activities (
    activity_id, version, organisation_id, coordinator_id, kind, title, description, translations, topic, district,
    postal_code, venue, weekly, days, times, languages, contact_id, website, confirmed_on, is_stale, location,
    created_at, changed_at
) VALUES (
    :activity_id, :version, :organisation_id, :coordinator_id, :kind, :title, :description, :translations, :topic,
    :district, :postal_code, :venue, :weekly, :days, :times, :languages, :contact_id, :website, :confirmed_on,
    :is_stale, :location, :now, :now
);

-- name: update_activity!
-- An entry, whole; without a location it stays where it was.
UPDATE activities
SET version = :version, coordinator_id = :coordinator_id, kind = :kind, title = :title, description = :description,
    translations = :translations, topic = :topic, district = :district, postal_code = :postal_code, venue = :venue,
    weekly = :weekly, days = :days, times = :times, languages = :languages, contact_id = :contact_id,
    website = :website, confirmed_on = :confirmed_on, is_stale = :is_stale,
    location = coalesce(:location::point, location), changed_at = :now
WHERE activity_id = :activity_id;

-- name: delete_activity!
-- There is no such activity any more.
DELETE FROM activities WHERE activity_id = :activity_id;

-- name: count_activities$
-- How many entries an organisation has.
SELECT count(*) FROM activities WHERE organisation_id = :organisation_id;

-- name: activities_listed
-- The directory: of verified organisations. What nobody has confirmed for long sinks.
SELECT a.activity_id, a.is_stale
FROM activities AS a
WHERE EXISTS (SELECT FROM organisations AS g WHERE g.organisation_id = a.organisation_id AND g.status = 'verified')
  AND a.district = :district::text -- when district
  AND a.topic = :topic::text -- when topic
  AND a.kind = :kind::text -- when kind
  AND a.organisation_id = :organisation_id::uuid -- when organisation_id
  AND a.languages @> ARRAY[:language::text] -- when language
  AND a.days @> ARRAY[:day::text] -- when day
  AND a.search @@ websearch_to_tsquery('german', :words::text) -- when words
  AND a.location <@ circle(:here::point, :within_km::float8) -- when here

-- name: activities_near_listed
-- The same around a place, those that are confirmed or the others; the nearest first, as the index gives them.
SELECT a.activity_id, a.location <-> asked.here AS distance
FROM (SELECT :here::point AS here) AS asked
CROSS JOIN activities AS a
WHERE a.is_stale = :is_stale::boolean
  AND a.location <@ circle(asked.here, :within_km::float8) -- when within_km
  AND EXISTS (SELECT FROM organisations AS g WHERE g.organisation_id = a.organisation_id AND g.status = 'verified')
  AND a.district = :district::text -- when district
  AND a.topic = :topic::text -- when topic
  AND a.kind = :kind::text -- when kind
  AND a.organisation_id = :organisation_id::uuid -- when organisation_id
  AND a.languages @> ARRAY[:language::text] -- when language
  AND a.days @> ARRAY[:day::text] -- when day
  AND a.search @@ websearch_to_tsquery('german', :words::text) -- when words

-- name: activities_of_organisation_listed
-- An organisation's own entries; null districts: all of them.
SELECT a.activity_id
FROM activities AS a
WHERE a.organisation_id = :organisation_id
  AND a.district = ANY (:districts::text[]) -- when districts
  AND a.is_stale = :is_stale::boolean -- when is_stale

-- name: activities_to_confirm
-- Lock entries that nobody has confirmed since a day and whose staff was not reminded yet.
SELECT activity_id
FROM activities
WHERE NOT is_stale AND confirmed_on < :before
ORDER BY confirmed_on
LIMIT :at_most
FOR UPDATE SKIP LOCKED;
