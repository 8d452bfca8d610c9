-- name: remember_months!
-- A row for every month that is to be computed.
INSERT INTO statistics_months (month)
SELECT generate_series(:first::date, :last::date, interval '1 month')::date
ON CONFLICT (month) DO NOTHING;

-- name: earliest_month$
-- The month of the first publication ever, Berlin time.
SELECT date_trunc('month', min(published_at) AT TIME ZONE 'Europe/Berlin')::date FROM offers WHERE published_at IS NOT NULL;

-- name: next_month$
-- A month that was not computed since then, locked; the oldest first.
SELECT month
FROM statistics_months
WHERE NOT is_final AND month <= :this_month AND (computed_at IS NULL OR computed_at < :before)
ORDER BY month
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: computed!
-- When it was computed, and whether it changes again.
UPDATE statistics_months SET computed_at = :now, is_final = :is_final WHERE month = :month;

-- name: cells_of_month
-- Counts from what there is, for every district and topic and their totals. `begins`, `ends`: the month's instants.
WITH open_offers AS (
    SELECT o.offer_id, o.district, o.topic, o.places,
        EXISTS (SELECT FROM shifts AS s WHERE s.offer_id = o.offer_id)
            OR EXISTS (SELECT FROM shift_series AS e WHERE e.offer_id = o.offer_id AND NOT e.is_over) AS has_shifts
    FROM offers AS o
    WHERE o.published_at < :ends AND (o.closed_at IS NULL OR o.closed_at >= :begins)
),
pools AS (
    SELECT o.district, o.topic, o.places, least(o.places, taken.covered) AS covered
    FROM open_offers AS o
    CROSS JOIN LATERAL (
        SELECT count(*) AS covered
        FROM placements AS p
        WHERE p.pool_id = o.offer_id
          AND p.confirmed_at < :ends
          AND (p.status IN ('confirmed', 'active', 'suspended') OR p.changed_at >= :ends)
    ) AS taken
    WHERE NOT o.has_shifts
    UNION ALL
    SELECT o.district, o.topic, s.places, least(s.places, taken.covered)
    FROM open_offers AS o
    JOIN shifts AS s ON s.offer_id = o.offer_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS covered
        FROM placements AS p
        WHERE p.pool_id = s.shift_id
          AND p.confirmed_at < :ends
          AND (p.status IN ('confirmed', 'active', 'suspended', 'completed') OR p.changed_at >= :ends)
    ) AS taken
    WHERE s.status = 'planned' AND s.starts_at >= :begins AND s.starts_at < :ends
),
needed AS (
    SELECT district, topic, count(*) AS needs, sum(places) AS places, sum(covered) AS covered
    FROM pools
    GROUP BY GROUPING SETS ((district, topic), (district), (topic), ())
),
placed AS (
    SELECT o.district, o.topic, p.volunteer_id,
        CASE WHEN p.confirmed_at >= :begins THEN extract(epoch FROM p.confirmed_at - o.published_at) / 86400 END AS days
    FROM placements AS p
    JOIN offers AS o ON o.offer_id = p.offer_id
    WHERE p.confirmed_at < :ends
      AND (p.status IN ('confirmed', 'active', 'suspended') OR p.changed_at >= :begins)
),
active AS (
    SELECT district, topic, count(days) AS confirmed, count(DISTINCT volunteer_id) AS volunteers_active,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median_days_to_fill
    FROM placed
    GROUP BY GROUPING SETS ((district, topic), (district), (topic), ())
)
SELECT
    coalesce(n.district, a.district) AS district,
    coalesce(n.topic, a.topic) AS topic,
    coalesce(n.needs, 0)::integer AS needs,
    coalesce(n.places, 0)::integer AS places,
    coalesce(n.covered, 0)::integer AS covered,
    coalesce(a.confirmed, 0)::integer AS confirmed,
    a.median_days_to_fill,
    coalesce(a.volunteers_active, 0)::integer AS volunteers_active
FROM needed AS n
FULL JOIN active AS a
    ON coalesce(n.district, '*') = coalesce(a.district, '*') AND coalesce(n.topic, '*') = coalesce(a.topic, '*');

-- name: delete_month!
-- Before it is written anew.
DELETE FROM statistics WHERE month = :month;

-- name: insert_cells!
-- All cells of a month.
INSERT INTO statistics (
    cell, month, district, topic, needs, places, covered, confirmed, median_days_to_fill, volunteers_active, is_hidden
)
SELECT
    each.cell, :month, each.district, each.topic, each.needs, each.places, each.covered, each.confirmed,
    each.median_days_to_fill, each.volunteers_active, each.is_hidden
FROM jsonb_to_recordset(:cells) AS each (
    cell text, district text, topic text, needs integer, places integer, covered integer, confirmed integer,
    median_days_to_fill double precision, volunteers_active integer, is_hidden boolean
);

-- name: statistics_listed
-- The cells that somebody may see; `districts` None: all of them, and the totals of the Land.
SELECT
    s.cell, s.month, s.district, s.topic, s.needs, s.places, s.covered, s.confirmed, s.median_days_to_fill,
    s.volunteers_active, s.is_hidden
FROM statistics AS s
WHERE s.month BETWEEN :first AND :last
  AND s.district = ANY (:districts::text[]) -- when districts
  AND s.district = :district::text -- when district
  AND s.topic = :topic::text -- when topic
  AND (s.topic IS NULL) = :without_topics::boolean -- when without_topics
  AND (s.district IS NULL) = :without_districts::boolean -- when without_districts
