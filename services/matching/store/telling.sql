-- name: check_volunteers!
-- Something about these volunteers changed: look whether an offer now fits.
INSERT INTO suggestion_checks (volunteer_id, due_at, correlation_id)
SELECT changed.volunteer_id, :due_at::timestamptz, :correlation_id::text
FROM unnest(:volunteer_ids::uuid[]) AS changed (volunteer_id)
WHERE NOT EXISTS (
    SELECT FROM suggestion_checks AS c WHERE c.volunteer_id = changed.volunteer_id AND c.due_at = :due_at
);

-- name: check_offers!
-- Something about these offers changed: look whom they now fit.
INSERT INTO suggestion_checks (offer_id, due_at, correlation_id)
SELECT changed.offer_id, :due_at::timestamptz, :correlation_id::text
FROM unnest(:offer_ids::uuid[]) AS changed (offer_id);

-- name: check_offers_of_organisations!
-- These organisations changed: their offers may be visible from now on.
INSERT INTO suggestion_checks (offer_id, due_at, correlation_id)
SELECT o.offer_id, :due_at::timestamptz, :correlation_id::text
FROM offers AS o
JOIN organisations AS g ON g.organisation_id = o.organisation_id AND g.status = 'verified'
WHERE o.organisation_id = ANY (:organisation_ids::uuid[]) AND o.status = 'published';

-- name: next_check^
-- Lock the check that has been due longest and that nobody works on.
SELECT check_id, volunteer_id, offer_id, after_postal_code, after_volunteer_id, correlation_id
FROM suggestion_checks
WHERE due_at <= :now
ORDER BY due_at, check_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: delete_check!
-- It is done.
DELETE FROM suggestion_checks WHERE check_id = :check_id;

-- name: put_off_check!
-- It failed: others first.
UPDATE suggestion_checks SET due_at = :due_at WHERE check_id = :check_id;

-- name: delete_checks_of_volunteer!
-- One look at a volunteer answers every check of them that is free to take.
DELETE FROM suggestion_checks
WHERE check_id IN (
    SELECT check_id FROM suggestion_checks WHERE volunteer_id = :volunteer_id FOR UPDATE SKIP LOCKED
);

-- name: continue_check!
-- The next step goes on after this volunteer.
UPDATE suggestion_checks
SET after_postal_code = :after_postal_code, after_volunteer_id = :after_volunteer_id
WHERE check_id = :check_id;

-- name: volunteers_to_weigh
-- The next volunteers around an offer, in a fixed order that a cursor can follow.
SELECT v.volunteer_id, v.postal_code
FROM volunteers AS v
WHERE v.postal_code = ANY (
    ARRAY (
        SELECT p.postal_code
        FROM places AS p
        WHERE p.latitude BETWEEN :south AND :north
          AND p.longitude BETWEEN :west AND :east
          AND p.postal_code >= :after_postal_code
    )
)
  AND NOT v.paused
  AND (v.postal_code, v.volunteer_id) > (:after_postal_code::text, :after_volunteer_id::uuid)
ORDER BY v.postal_code, v.volunteer_id
LIMIT :at_most;

-- name: tellable
-- Lock those of the volunteers whom nobody else works on, with how many they were told of since, and the first time.
SELECT
    v.volunteer_id,
    (
        SELECT count(*) FROM told_suggestions AS t
        WHERE t.volunteer_id = v.volunteer_id AND t.told_at > :since::timestamptz
    ) AS told,
    (
        SELECT min(t.told_at) FROM told_suggestions AS t
        WHERE t.volunteer_id = v.volunteer_id AND t.told_at > :since::timestamptz
    ) AS first_told_at
FROM volunteers AS v
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[])
ORDER BY v.volunteer_id
FOR NO KEY UPDATE SKIP LOCKED;

-- name: told_or_placed
-- Which of these pairs are settled already: told once, or a placement was asked for at some time.
SELECT pair.volunteer_id, pair.offer_id
FROM unnest(:volunteer_ids::uuid[], :offer_ids::uuid[]) AS pair (volunteer_id, offer_id)
WHERE EXISTS (
    SELECT FROM told_suggestions AS t WHERE t.volunteer_id = pair.volunteer_id AND t.offer_id = pair.offer_id
)
   OR EXISTS (
    SELECT FROM placements AS p WHERE p.volunteer_id = pair.volunteer_id AND p.offer_id = pair.offer_id
);

-- name: remember_told
-- From now on these pairs count as told; answers those that were not told before.
INSERT INTO told_suggestions (volunteer_id, offer_id, told_at)
SELECT pair.volunteer_id, pair.offer_id, :now::timestamptz
FROM unnest(:volunteer_ids::uuid[], :offer_ids::uuid[]) AS pair (volunteer_id, offer_id)
ON CONFLICT (volunteer_id, offer_id) DO NOTHING
RETURNING volunteer_id, offer_id;

-- name: forget_told_of_offer!
-- The offer is closed: nobody will be told of it again.
DELETE FROM told_suggestions
WHERE (volunteer_id, offer_id) IN (
    SELECT volunteer_id, offer_id FROM told_suggestions WHERE offer_id = :offer_id LIMIT :at_most
);
