-- name: counterpart^
-- The other side of a tandem.
SELECT
    c.counterpart_id, c.version, c.organisation_id, c.district, c.reference, c.languages, c.wishes, c.status,
    c.created_at, c.changed_at, coalesce(g.status = 'verified', false) AS organisation_verified
FROM counterparts AS c
LEFT JOIN organisations AS g ON g.organisation_id = c.organisation_id
WHERE c.counterpart_id = :counterpart_id;

-- name: lock_counterpart$
-- One change at a time.
SELECT counterpart_id FROM counterparts WHERE counterpart_id = :counterpart_id FOR NO KEY UPDATE;

-- name: insert_counterpart$
-- Somebody for whom a volunteer is looked for; null when the organisation has recorded the reference already.
INSERT INTO counterparts (
    counterpart_id, version, organisation_id, district, reference, languages, wishes, status, created_at, changed_at
) VALUES (
    :counterpart_id, 1, :organisation_id, :district, :reference, :languages, :wishes, 'open', :now, :now
)
ON CONFLICT (organisation_id, reference) WHERE status <> 'closed' DO NOTHING
RETURNING counterpart_id;

-- name: save_counterpart!
-- It was changed; the row is locked.
UPDATE counterparts
SET version = :version, languages = :languages, wishes = :wishes, status = :status, changed_at = :changed_at
WHERE counterpart_id = :counterpart_id;

-- name: counterparts_listed
-- What the coordinators of an organisation have recorded for their districts.
SELECT
    c.counterpart_id, c.version, c.organisation_id, c.district, c.reference, c.languages, c.wishes, c.status,
    c.created_at, c.changed_at
FROM counterparts AS c
WHERE c.organisation_id = :organisation_id
  AND c.district = ANY (:districts::text[])
  AND c.status = :status::text -- when status
  AND :language::text = ANY (c.languages) -- when language

-- name: fitting_volunteers
-- Who holds a place with an offer of the organisation in the district, with languages, wishes and tandems so far.
SELECT
    p.placement_id, p.volunteer_id, p.offer_id, o.title AS offer_title, p.status AS placement_status,
    coalesce(v.undertaking_valid, false) AS undertaking_valid,
    ARRAY (SELECT spoken ->> 'language' FROM jsonb_array_elements(v.languages) AS told (spoken)) AS languages,
    coalesce(w.wishes, '{}') AS wishes,
    (SELECT count(*) FROM tandems AS t WHERE t.volunteer_id = p.volunteer_id AND t.status <> 'ended') AS tandems
FROM offers AS o
JOIN placements AS p ON p.offer_id = o.offer_id AND p.status IN ('requested', 'confirmed', 'active')
JOIN volunteers AS v ON v.volunteer_id = p.volunteer_id AND NOT v.paused
LEFT JOIN tandem_wishes AS w ON w.volunteer_id = p.volunteer_id
WHERE o.organisation_id = :organisation_id AND o.district = :district AND o.status <> 'draft' AND p.shift_id IS NULL
  AND NOT EXISTS (SELECT FROM person_rights AS r WHERE r.subject_id = p.volunteer_id AND r.restricted)
ORDER BY p.placement_id DESC
LIMIT :at_most;

-- name: forget_closed_counterparts$
-- Those that were closed long ago; how many.
WITH old AS (
    SELECT counterpart_id FROM counterparts WHERE status = 'closed' AND changed_at < :before
    ORDER BY changed_at LIMIT :rows
), removed AS (
    DELETE FROM counterparts WHERE counterpart_id IN (SELECT counterpart_id FROM old) RETURNING 1
)
SELECT count(*) FROM removed;
