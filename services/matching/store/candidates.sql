-- name: candidates_by_ids
-- Volunteers with everything that a decision about an offer looks at; in no particular order.
SELECT
    v.volunteer_id, v.languages, v.skills, v.wishes, v.availability, v.absences, v.reach_km, v.travel, v.postal_code,
    v.district, v.age_reached, v.paused, v.undertaking_valid, v.registered_at,
    p.latitude, p.longitude,
    ARRAY (
        SELECT q.qualification
        FROM qualifications AS q
        WHERE q.volunteer_id = v.volunteer_id AND (q.valid_until IS NULL OR q.valid_until >= :today)
    ) AS qualifications,
    ARRAY (
        SELECT jsonb_build_array(c.organisation_id, c.legal_basis, c.kind_of_activity)
        FROM clearances AS c
        WHERE c.volunteer_id = v.volunteer_id AND c.valid_until >= :today
    ) AS clearances,
    ARRAY (SELECT a.asked_at FROM asks AS a WHERE a.volunteer_id = v.volunteer_id ORDER BY a.asked_at) AS asked_at,
    ARRAY (
        SELECT jsonb_build_array(d.topic, d.declined_at) FROM declined_topics AS d WHERE d.volunteer_id = v.volunteer_id
    ) AS declined,
    coalesce(had.commitments, '[]') AS commitments,
    coalesce(had.confirmed_placements, 0) AS confirmed_placements,
    had.last_confirmed_at
FROM volunteers AS v
LEFT JOIN places AS p ON p.postal_code = v.postal_code
LEFT JOIN LATERAL (
    SELECT
        jsonb_agg(
            jsonb_build_object(
                'offer_id', o.offer_id, 'weekly', o.weekly, 'starts_on', o.starts_on, 'ends_on', o.ends_on,
                'starts_at', s.starts_at, 'ends_at', s.ends_at
            )
        ) FILTER (WHERE pl.status IN ('confirmed', 'active', 'suspended')) AS commitments,
        count(*) FILTER (
            WHERE pl.status IN ('confirmed', 'active', 'suspended', 'completed', 'ended')
        ) AS confirmed_placements,
        max(pl.confirmed_at) AS last_confirmed_at
    FROM placements AS pl
    JOIN offers AS o ON o.offer_id = pl.offer_id
    LEFT JOIN shifts AS s ON s.shift_id = pl.shift_id
    WHERE pl.volunteer_id = v.volunteer_id AND pl.confirmed_at IS NOT NULL
) AS had ON true
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[]);

-- name: lock_volunteer$
-- One decision about a volunteer at a time: two confirmations must not overlap unseen.
SELECT volunteer_id FROM volunteers WHERE volunteer_id = :volunteer_id FOR NO KEY UPDATE;

-- name: offer_ids_around
-- Offers in a volunteer's district or within the box of their reach, the nearest first.
WITH found AS (
    SELECT o.offer_id
    FROM offers AS o
    WHERE o.status = 'published' AND o.district = :district
    UNION
    SELECT o.offer_id
    FROM places AS p
    JOIN offers AS o ON o.postal_code = p.postal_code
    WHERE p.latitude BETWEEN :south AND :north
      AND p.longitude BETWEEN :west AND :east
      AND o.status = 'published'
)
SELECT o.offer_id
FROM found
JOIN offers AS o ON o.offer_id = found.offer_id
JOIN organisations AS g ON g.organisation_id = o.organisation_id AND g.status = 'verified'
LEFT JOIN places AS p ON p.postal_code = o.postal_code
WHERE (o.ends_on IS NULL OR o.ends_on >= :today)
  AND NOT EXISTS (
      SELECT
      FROM placements AS pl
      WHERE pl.offer_id = o.offer_id
        AND pl.volunteer_id = :volunteer_id
        AND pl.status IN ('requested', 'waitlisted', 'offered', 'confirmed')
  )
ORDER BY
    (p.latitude - :latitude::float8) ^ 2 + ((p.longitude - :longitude::float8) * :shrink::float8) ^ 2 NULLS LAST,
    o.offer_id
LIMIT :at_most;

-- name: volunteer_ids_around
-- Volunteers around an offer who speak one of the languages, the nearest first, without those who plainly miss a hard
-- requirement or have a placement. At most 20,000 are looked at, however dense the district.
SELECT near.volunteer_id
FROM (
    SELECT place.km, v.volunteer_id, v.district, v.reach_km, v.age_reached
    FROM (
        SELECT
            p.postal_code,
            :km_per_degree::float8 * sqrt(
                (p.latitude - :latitude::float8) ^ 2 + ((p.longitude - :longitude::float8) * :shrink::float8) ^ 2
            ) AS km
        FROM places AS p
        WHERE p.latitude BETWEEN :south AND :north AND p.longitude BETWEEN :west AND :east
        ORDER BY km
        LIMIT 20000
    ) AS place
    CROSS JOIN LATERAL (
        SELECT v.volunteer_id, v.district, v.reach_km, v.age_reached
        FROM volunteers AS v
        WHERE NOT v.paused
          AND v.postings && ARRAY (
              SELECT spoken.language || '@' || place.postal_code
              FROM unnest(:languages::text[]) AS spoken (language)
          )
    ) AS v
    ORDER BY place.km
    LIMIT 20000
) AS near
WHERE (near.district = :district OR near.km <= near.reach_km * 1.02::float8 + 1)
  AND (:minimum_age::integer IS NULL OR near.age_reached >= :minimum_age)
  AND NOT EXISTS (
      SELECT FROM unnest(:qualifications::text[]) AS needed (qualification)
      WHERE NOT EXISTS (
          SELECT
          FROM qualifications AS q
          WHERE q.volunteer_id = near.volunteer_id
            AND q.qualification = needed.qualification
            AND (q.valid_until IS NULL OR q.valid_until >= :today)
      )
  )
  AND NOT EXISTS (
      SELECT
      FROM placements AS pl
      WHERE pl.offer_id = :offer_id
        AND pl.volunteer_id = near.volunteer_id
        AND pl.status IN ('requested', 'waitlisted', 'offered', 'confirmed')
  )
ORDER BY near.km
LIMIT :at_most;

-- name: next_courses
-- For each qualification the next course that grants it and of which nothing is missed yet, one in the volunteer's own district first.
SELECT c.course_id, c.title, c.grants, c.starts_at, c.district, c.postal_code, c.place_name
FROM unnest(:qualifications::text[]) AS needed (qualification)
CROSS JOIN LATERAL (
    SELECT c.course_id, c.title, c.grants, c.starts_at, c.district, c.postal_code, coalesce(p.name, '') AS place_name
    FROM courses AS c
    JOIN organisations AS g ON g.organisation_id = c.organisation_id AND g.status = 'verified'
    LEFT JOIN places AS p ON p.postal_code = c.postal_code
    WHERE c.grants = needed.qualification AND c.first_ends_at > :now
    ORDER BY c.district <> :district, c.starts_at, c.course_id
    LIMIT 1
) AS c;
