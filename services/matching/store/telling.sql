-- name: check_volunteers!
-- Something about these volunteers changed, or will have: look then whether an offer fits.
INSERT INTO suggestion_checks (volunteer_id, due_at, correlation_id)
SELECT changed.volunteer_id, changed.due_at, :correlation_id::text
FROM unnest(:volunteer_ids::uuid[], :due_at::timestamptz[]) AS changed (volunteer_id, due_at)
WHERE NOT EXISTS (
    SELECT FROM suggestion_checks AS c WHERE c.volunteer_id = changed.volunteer_id AND c.due_at = changed.due_at
);

-- name: check_offers!
-- Something about these offers changed: look whom they now fit.
INSERT INTO suggestion_checks (offer_id, due_at, correlation_id, urgency)
SELECT o.offer_id, :due_at::timestamptz, :correlation_id::text, o.effective_urgency
FROM offers AS o
WHERE o.offer_id = ANY (:offer_ids::uuid[]);

-- name: check_offers_of_organisations!
-- These organisations changed: their offers may be visible from now on.
INSERT INTO suggestion_checks (offer_id, due_at, correlation_id, urgency)
SELECT o.offer_id, :due_at::timestamptz, :correlation_id::text, o.effective_urgency
FROM offers AS o
JOIN organisations AS g ON g.organisation_id = o.organisation_id AND g.status = 'verified'
WHERE o.organisation_id = ANY (:organisation_ids::uuid[]) AND o.status = 'published';

-- name: next_check^
-- Lock the most urgent check that is due and that nobody works on; of equal ones the one that has been due longest.
SELECT check_id, volunteer_id, offer_id, passed_over, correlation_id
FROM suggestion_checks
WHERE due_at <= :now
ORDER BY urgency DESC, due_at, check_id
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
-- The next step passes over these volunteers as well.
UPDATE suggestion_checks SET passed_over = passed_over || :passed_over::uuid[] WHERE check_id = :check_id;

-- name: may_be_told$
-- Whether a volunteer consents to being told of suggestions.
SELECT EXISTS (
    SELECT FROM consents AS c WHERE c.volunteer_id = :volunteer_id AND 'suggestions_by_mail' = ANY (c.purposes)
);

-- name: told_of
-- Who was told of an offer.
SELECT volunteer_id FROM told_suggestions WHERE offer_id = :offer_id;

-- name: offers_settled_with
-- The offers of which a volunteer was told, and those with which they ever asked for a placement.
SELECT t.offer_id FROM told_suggestions AS t WHERE t.volunteer_id = :volunteer_id
UNION
SELECT p.offer_id FROM placements AS p WHERE p.volunteer_id = :volunteer_id;

-- name: lock_tellable
-- Lock those of the volunteers whom nobody else works on.
SELECT v.volunteer_id
FROM volunteers AS v
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[])
ORDER BY v.volunteer_id
FOR NO KEY UPDATE SKIP LOCKED;

-- name: asked_since
-- When these volunteers were asked since; they are locked.
SELECT a.volunteer_id, a.asked_at
FROM asks AS a
WHERE a.volunteer_id = ANY (:volunteer_ids::uuid[]) AND a.asked_at > :since
ORDER BY a.volunteer_id, a.asked_at;

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
-- From now on these pairs count as told, and the volunteers as asked; answers those that were not told before.
WITH told AS (
    INSERT INTO told_suggestions (volunteer_id, offer_id, told_at)
    SELECT pair.volunteer_id, pair.offer_id, :now::timestamptz
    FROM unnest(:volunteer_ids::uuid[], :offer_ids::uuid[]) AS pair (volunteer_id, offer_id)
    ON CONFLICT (volunteer_id, offer_id) DO NOTHING
    RETURNING volunteer_id, offer_id
), asked AS (
    INSERT INTO asks (volunteer_id, offer_id, kind, asked_at)
    SELECT volunteer_id, offer_id, 'told', :now::timestamptz FROM told
    ON CONFLICT DO NOTHING
)
SELECT volunteer_id, offer_id FROM told;

-- name: forget_asks$
-- Forget when somebody was asked when it no longer counts; how many.
WITH old AS (
    SELECT volunteer_id, asked_at, offer_id, kind FROM asks WHERE asked_at < :before ORDER BY asked_at LIMIT :at_most
), removed AS (
    DELETE FROM asks AS a USING old
    WHERE a.volunteer_id = old.volunteer_id AND a.asked_at = old.asked_at AND a.offer_id = old.offer_id
      AND a.kind = old.kind
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: forget_declined_topics$
-- Forget that somebody declined a topic when it no longer counts; how many.
WITH old AS (
    SELECT volunteer_id, topic FROM declined_topics WHERE declined_at < :before ORDER BY declined_at LIMIT :at_most
), removed AS (
    DELETE FROM declined_topics AS d USING old WHERE d.volunteer_id = old.volunteer_id AND d.topic = old.topic
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: forget_told_of_offer!
-- The offer is closed: nobody will be told of it again.
DELETE FROM told_suggestions
WHERE (volunteer_id, offer_id) IN (
    SELECT volunteer_id, offer_id FROM told_suggestions WHERE offer_id = :offer_id LIMIT :at_most
);
