-- name: candidates_by_ids
-- Volunteers with everything that a decision about an offer looks at; in no particular order.
SELECT
    v.volunteer_id, v.languages, v.skills, v.wishes, v.availability, v.absences, v.reach_km, v.travel, v.postal_code,
    v.district, v.age_reached,
    -- Whose data may only be stored is asked for nothing, as if they had paused (Art. 18 DSGVO).
    v.paused OR EXISTS (SELECT FROM person_rights AS r WHERE r.subject_id = v.volunteer_id AND r.restricted) AS paused,
    v.undertaking_valid, v.registered_at,
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
                'starts_at', s.starts_at, 'ends_at', s.ends_at, 'confirmed_at', pl.confirmed_at
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

-- name: volunteers_settled_with
-- Who need not be asked for an offer: those who have a placement with it, and those who did not want it or were declined.
SELECT p.volunteer_id, min(
    CASE WHEN p.status IN ('declined', 'withdrawn', 'expired') THEN 'declined' ELSE 'already_asked' END
) AS restraint
FROM placements AS p
WHERE p.offer_id = :offer_id
  AND p.status IN (
      'requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended', 'declined', 'withdrawn',
      'expired'
  )
GROUP BY p.volunteer_id;

-- name: volunteers_settled_with_shift
-- The same for one shift: those who have to do with it, or with one of the offer's that takes place at the same time.
SELECT p.volunteer_id, min(
    CASE WHEN p.status IN ('declined', 'withdrawn', 'expired') THEN 'declined' ELSE 'already_asked' END
) AS restraint
FROM placements AS p
LEFT JOIN shifts AS s ON s.shift_id = p.shift_id
WHERE p.offer_id = :offer_id
  AND (
      p.pool_id = :shift_id
      AND p.status IN (
          'requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended', 'declined', 'withdrawn',
          'expired'
      )
      OR s.starts_at < :ends_at::timestamptz AND s.ends_at > :starts_at::timestamptz
      AND p.status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended')
  )
GROUP BY p.volunteer_id;

-- name: offers_of_volunteer
-- The offers with which a volunteer has a placement that is not over.
SELECT DISTINCT p.offer_id
FROM placements AS p
WHERE p.volunteer_id = :volunteer_id
  AND p.status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended');

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
