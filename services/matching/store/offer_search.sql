-- name: published_offers_listed
-- The public list: published, not over, of verified organisations. What nobody has confirmed for long sinks.
SELECT o.offer_id, o.is_stale, o.effective_urgency - CASE WHEN o.is_stale THEN 10 ELSE 0 END AS urgency
FROM offers AS o
WHERE o.status IN ('published', 'filled')
  AND (o.ends_on IS NULL OR o.ends_on >= :today)
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
  )
  AND o.district = :district::text -- when district
  AND o.topic = :topic::text -- when topic
  AND o.organisation_id = :organisation_id::uuid -- when organisation_id
  AND (o.languages_required || o.languages_welcome) @> ARRAY[:language::text] -- when language
  AND (o.days || o.shift_days) @> ARRAY[:day::text] -- when day
  AND o.search @@ websearch_to_tsquery('german', :words::text) -- when words
  AND o.location <@ circle(:here::point, :within_km::float8) -- when here

-- name: offers_near_listed
-- The same around a place, those that are confirmed or the others; the nearest first, as the index gives them.
SELECT o.offer_id, o.location <-> asked.here AS distance
FROM (SELECT :here::point AS here) AS asked
CROSS JOIN offers AS o
WHERE o.status IN ('published', 'filled')
  AND o.is_stale = :is_stale::boolean
  AND o.location <@ circle(asked.here, :within_km::float8) -- when within_km
  AND (o.ends_on IS NULL OR o.ends_on >= :today)
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
  )
  AND o.district = :district::text -- when district
  AND o.topic = :topic::text -- when topic
  AND o.organisation_id = :organisation_id::uuid -- when organisation_id
  AND (o.languages_required || o.languages_welcome) @> ARRAY[:language::text] -- when language
  AND (o.days || o.shift_days) @> ARRAY[:day::text] -- when day
  AND o.search @@ websearch_to_tsquery('german', :words::text) -- when words

-- name: similar_offers
-- Open offers around a place of the same topic or with one of the words, the nearest first.
SELECT o.offer_id, o.location <-> :here::point AS distance_km, o.topic = :topic AS same_topic
FROM offers AS o
WHERE o.status IN ('published', 'filled')
  AND o.offer_id <> :offer_id
  AND o.location <@ circle(:here::point, :within_km::float8)
  AND (o.topic = :topic OR o.search @@ to_tsquery('german', :words::text))
  AND (o.ends_on IS NULL OR o.ends_on >= :today)
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
  )
ORDER BY o.location <-> :here::point
LIMIT :at_most;

-- name: coverage_of_district
-- By topic: open offers of a district with their places (those of planned shifts where there are any), and activities.
WITH needs AS (
    SELECT
        o.topic, o.organisation_id, o.effective_urgency,
        coalesce(s.places, o.places)::bigint AS places,
        coalesce(s.places_free, o.places - o.places_taken)::bigint AS places_free
    FROM offers AS o
    LEFT JOIN LATERAL (
        SELECT sum(s.places) AS places, sum(s.places - s.places_taken) AS places_free
        FROM shifts AS s
        WHERE s.offer_id = o.offer_id AND s.status = 'planned' AND s.starts_at > :now
    ) AS s ON true
    WHERE o.district = :district
      AND o.status IN ('published', 'filled')
      AND (o.ends_on IS NULL OR o.ends_on >= :today)
      AND EXISTS (
          SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
      )
), done AS (
    SELECT a.topic, a.organisation_id
    FROM activities AS a
    WHERE a.district = :district
      AND EXISTS (
          SELECT FROM organisations AS g WHERE g.organisation_id = a.organisation_id AND g.status = 'verified'
      )
), topics AS (
    SELECT topic, organisation_id FROM needs
    UNION
    SELECT topic, organisation_id FROM done
)
SELECT
    t.topic,
    coalesce(n.offers, 0) AS offers,
    coalesce(n.places, 0) AS places,
    coalesce(n.places_free, 0) AS places_free,
    coalesce(n.urgency, 0) AS urgency,
    coalesce(d.activities, 0) AS activities,
    t.organisations
FROM (SELECT topic, count(*) AS organisations FROM topics GROUP BY topic) AS t
LEFT JOIN (
    SELECT
        topic, count(*) AS offers, sum(places)::bigint AS places, sum(places_free)::bigint AS places_free,
        max(effective_urgency) FILTER (WHERE places_free > 0) AS urgency
    FROM needs
    GROUP BY topic
) AS n ON n.topic = t.topic
LEFT JOIN (SELECT topic, count(*) AS activities FROM done GROUP BY topic) AS d ON d.topic = t.topic
ORDER BY t.topic
LIMIT 1000;

-- name: doubled_in_district
-- By topic: organisations that do the same within a short way of each other, as an offer or as an activity.
WITH does AS (
    SELECT o.topic, o.organisation_id, o.postal_code, o.location
    FROM offers AS o
    WHERE o.district = :district
      AND o.status IN ('published', 'filled')
      AND (o.ends_on IS NULL OR o.ends_on >= :today)
    UNION ALL
    SELECT a.topic, a.organisation_id, a.postal_code, a.location
    FROM activities AS a
    WHERE a.district = :district
), verified AS (
    SELECT DISTINCT ON (does.topic, does.organisation_id, does.postal_code)
        does.topic, does.organisation_id, does.location
    FROM does
    JOIN organisations AS g ON g.organisation_id = does.organisation_id AND g.status = 'verified'
)
SELECT one.topic, array_agg(DISTINCT one.organisation_id ORDER BY one.organisation_id) AS organisation_ids
FROM verified AS one
JOIN verified AS other ON other.topic = one.topic
    AND other.organisation_id <> one.organisation_id
    AND (one.location <-> other.location) <= :within_km::float8
GROUP BY one.topic
ORDER BY one.topic
LIMIT 1000;
