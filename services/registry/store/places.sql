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
