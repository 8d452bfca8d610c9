-- name: upsert_districts$
-- Write districts; those that are the same already are left alone. How many are new or changed.
WITH written AS (
    INSERT INTO districts AS d (ags, name, seat, latitude, longitude, attribution)
    SELECT ags, name, seat, latitude, longitude, attribution
    FROM unnest(:ags::text[], :names::text[], :seats::text[], :latitudes::float8[], :longitudes::float8[],
        :attributions::text[]) AS incoming (ags, name, seat, latitude, longitude, attribution)
    ORDER BY ags
    ON CONFLICT (ags) DO UPDATE
    SET name = excluded.name, seat = excluded.seat, latitude = excluded.latitude, longitude = excluded.longitude,
        attribution = excluded.attribution
    WHERE (d.name, d.seat, d.latitude, d.longitude, d.attribution) IS DISTINCT FROM
        (excluded.name, excluded.seat, excluded.latitude, excluded.longitude, excluded.attribution)
    RETURNING 1
)
SELECT count(*) FROM written;

-- name: add_missing_districts$
-- Write districts that are not there; those that are keep what they have. How many are new.
WITH written AS (
    INSERT INTO districts (ags, name, seat, latitude, longitude, attribution)
    SELECT ags, name, seat, latitude, longitude, attribution
    FROM unnest(:ags::text[], :names::text[], :seats::text[], :latitudes::float8[], :longitudes::float8[],
        :attributions::text[]) AS incoming (ags, name, seat, latitude, longitude, attribution)
    ORDER BY ags
    ON CONFLICT (ags) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM written;

-- name: all_districts
-- Every district; there are about 400 in Germany.
SELECT ags, name, seat, latitude, longitude, attribution, sort_name FROM districts ORDER BY ags LIMIT 1000;

-- name: districts_listed
-- Districts, of one Land or all.
SELECT d.ags, d.name, d.seat, d.latitude, d.longitude, d.attribution, d.sort_name
FROM districts AS d
WHERE true
  AND starts_with(d.ags, :land::text) -- when land
  AND to_tsvector('simple', d.sort_name) @@ to_tsquery('simple', folded(:words::text)) -- when words

-- name: known_districts$
-- Which of these keys are districts.
SELECT coalesce(array_agg(ags ORDER BY ags), '{}') FROM districts WHERE ags = ANY (:ags::text[]);

-- name: place_by_postal_code^
-- A place with the names of its districts, the likeliest first.
SELECT p.postal_code, p.version, p.name, p.latitude, p.longitude, p.exact, p.attribution,
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
    SELECT postal_code, name, latitude, longitude, string_to_array(districts, ',') AS districts, exact, attribution
    FROM unnest(:postal_codes::text[], :names::text[], :latitudes::float8[], :longitudes::float8[],
        :districts::text[], :exact::boolean[], :attributions::text[])
        AS i (postal_code, name, latitude, longitude, districts, exact, attribution)
)
INSERT INTO places AS p (postal_code, version, name, latitude, longitude, districts, exact, attribution)
SELECT postal_code, 1, name, latitude, longitude, districts, exact, attribution FROM incoming ORDER BY postal_code
ON CONFLICT (postal_code) DO UPDATE
SET version = p.version + 1, name = excluded.name, latitude = excluded.latitude, longitude = excluded.longitude,
    districts = excluded.districts, exact = excluded.exact, attribution = excluded.attribution
WHERE p.exact <= excluded.exact
  AND (p.name, p.latitude, p.longitude, p.districts, p.exact, p.attribution) IS DISTINCT FROM (
      excluded.name, excluded.latitude, excluded.longitude, excluded.districts, excluded.exact, excluded.attribution)
RETURNING p.postal_code, p.version, p.name, p.latitude, p.longitude, p.districts;
