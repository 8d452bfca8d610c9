-- name: insert_plan!
-- A plan that waits to be computed.
INSERT INTO plans (
    plan_id, version, organisation_id, districts, made_by, asked_at_most, status, created_at, forgotten_at, correlation_id
)
VALUES (
    :plan_id, 1, :organisation_id, :districts, :made_by, :asked_at_most, 'queued', :now, :forgotten_at, :correlation_id
);

-- name: count_unfinished$
-- How many of somebody's plans are under way.
SELECT count(*) FROM plans WHERE made_by = :made_by AND status IN ('queued', 'gathering', 'solving');

-- name: plan_by_id^
-- One plan.
SELECT
    plan_id, version, organisation_id, districts, made_by, asked_at_most, status, done, in_all, summary, created_at,
    finished_at, forgotten_at, attempts, correlation_id
FROM plans
WHERE plan_id = :plan_id;

-- name: lock_plan$
-- One change of a plan at a time.
SELECT plan_id FROM plans WHERE plan_id = :plan_id FOR UPDATE;

-- name: plans_of_maker_listed
-- Somebody's own plans.
SELECT
    plan_id, version, organisation_id, districts, made_by, asked_at_most, status, done, in_all, summary, created_at,
    finished_at, forgotten_at, attempts, correlation_id
FROM plans AS p
WHERE p.made_by = :made_by

-- name: raise_version$
-- What is shown of the plan has changed.
UPDATE plans SET version = version + 1 WHERE plan_id = :plan_id RETURNING version;

-- name: delete_plan!
-- With its needs and pairings.
DELETE FROM plans WHERE plan_id = :plan_id;

-- name: claim_plan^
-- The next plan that nobody computes, or whose worker is gone; the attempt's number is the fence of whoever took it.
UPDATE plans
SET status = 'gathering', version = version + 1, attempts = attempts + 1, done = 0, in_all = 0, held_until = :held_until
WHERE plan_id = (
    SELECT plan_id
    FROM plans
    WHERE status IN ('queued', 'gathering', 'solving') AND (held_until IS NULL OR held_until < :now)
    ORDER BY created_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING
    plan_id, version, organisation_id, districts, made_by, asked_at_most, status, done, in_all, summary, created_at,
    finished_at, forgotten_at, attempts, correlation_id;

-- name: progress$
-- How far it is; nothing when somebody else computes it now, or it was thrown away.
UPDATE plans
SET status = :status, done = :done, in_all = :in_all, held_until = :held_until, version = version + 1
WHERE plan_id = :plan_id AND attempts = :attempt AND status IN ('gathering', 'solving')
RETURNING plan_id;

-- name: let_go!
-- Whoever computed it stops: the next one need not wait until the hold is over.
UPDATE plans SET held_until = NULL WHERE plan_id = :plan_id AND attempts = :attempt;

-- name: finish$
-- Ready, or failed.
UPDATE plans
SET status = :status, summary = :summary, finished_at = :now, held_until = NULL, version = version + 1
WHERE plan_id = :plan_id AND attempts = :attempt AND status IN ('gathering', 'solving')
RETURNING plan_id;

-- name: forget_needs!
-- What an attempt before this one has left.
DELETE FROM plan_needs WHERE plan_id = :plan_id;

-- name: open_needs
-- Offers without shifts, and shifts to come, that have places which nobody holds and nobody waits for; the most urgent first.
WITH open_offers AS (
    SELECT o.offer_id, o.places - o.places_taken AS places_open, o.effective_urgency, o.waiting,
        EXISTS (SELECT FROM shifts AS s WHERE s.offer_id = o.offer_id)
            OR EXISTS (SELECT FROM shift_series AS e WHERE e.offer_id = o.offer_id AND NOT e.is_over) AS has_shifts
    FROM offers AS o
    JOIN organisations AS g ON g.organisation_id = o.organisation_id AND g.status = 'verified'
    WHERE o.district = ANY (:districts::text[])
      AND (:organisation_id::uuid IS NULL OR o.organisation_id = :organisation_id)
      AND o.status IN ('published', 'filled')
      AND (o.ends_on IS NULL OR o.ends_on >= :today)
)
SELECT o.offer_id, NULL::uuid AS shift_id, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at,
    o.places_open, o.effective_urgency
FROM open_offers AS o
WHERE NOT o.has_shifts AND o.waiting = 0 AND o.places_open > 0
UNION ALL
SELECT o.offer_id, s.shift_id, s.starts_at, s.ends_at, s.places - s.places_taken, o.effective_urgency
FROM open_offers AS o
JOIN shifts AS s ON s.offer_id = o.offer_id
WHERE o.has_shifts
  AND s.status = 'planned'
  AND s.starts_at > :now
  AND s.starts_at < :until
  AND s.waiting = 0
  AND s.places > s.places_taken
ORDER BY effective_urgency DESC, starts_at NULLS FIRST, offer_id
LIMIT :at_most;

-- name: asked_already
-- Who has, or was told or asked about, or has turned down, one of these offers or its shifts: they are not asked again.
SELECT pl.pool_id, pl.volunteer_id
FROM placements AS pl
WHERE pl.offer_id = ANY (:offer_ids::uuid[])
  AND pl.status <> 'completed';

-- name: insert_needs!
-- What the plan makes of every open need.
INSERT INTO plan_needs (
    plan_id, pool_id, offer_id, shift_id, organisation_id, district, topic, urgency, places_open, filled, best_alone,
    reason, facts
)
SELECT
    :plan_id, each.pool_id, each.offer_id, each.shift_id, each.organisation_id, each.district, each.topic, each.urgency,
    each.places_open, each.filled, each.best_alone, each.reason, each.facts
FROM jsonb_to_recordset(:needs) AS each (
    pool_id uuid, offer_id uuid, shift_id uuid, organisation_id uuid, district text, topic text,
    urgency double precision, places_open integer, filled integer, best_alone integer, reason text, facts jsonb
);

-- name: insert_pairings!
-- Proposals about people who are known here.
INSERT INTO plan_pairings (pairing_id, plan_id, pool_id, volunteer_id, score, parts, status)
SELECT each.pairing_id, :plan_id, each.pool_id, each.volunteer_id, each.score, each.parts, 'proposed'
FROM jsonb_to_recordset(:pairings) AS each (
    pairing_id uuid, pool_id uuid, volunteer_id uuid, score double precision, parts jsonb
)
JOIN volunteers AS v ON v.volunteer_id = each.volunteer_id;

-- name: pairings_listed
-- Proposals for the offers of a coordinator's (organisation, district) pairs.
SELECT
    pp.pairing_id, pp.pool_id, pp.volunteer_id, pp.score, pp.parts, pp.status, pp.refusal, pp.placement_id, n.offer_id, n.shift_id,
    n.organisation_id, n.district, o.title AS offer_title
FROM plan_pairings AS pp
JOIN plan_needs AS n ON n.plan_id = pp.plan_id AND n.pool_id = pp.pool_id
JOIN offers AS o ON o.offer_id = n.offer_id
WHERE pp.plan_id = :plan_id
  AND EXISTS (
      SELECT FROM unnest(:organisation_ids::uuid[], :districts::text[]) AS scope (organisation_id, district)
      WHERE scope.organisation_id = n.organisation_id AND scope.district = n.district
  )
  AND pp.status = :status::text -- when status
  AND n.offer_id = :offer_id::uuid -- when offer_id

-- name: lock_pairing^
-- One proposal, locked.
SELECT
    pp.pairing_id, pp.pool_id, pp.volunteer_id, pp.score, pp.parts, pp.status, pp.refusal, pp.placement_id, n.offer_id, n.shift_id,
    n.organisation_id, n.district, o.title AS offer_title
FROM plan_pairings AS pp
JOIN plan_needs AS n ON n.plan_id = pp.plan_id AND n.pool_id = pp.pool_id
JOIN offers AS o ON o.offer_id = n.offer_id
WHERE pp.plan_id = :plan_id AND pp.pairing_id = :pairing_id
FOR UPDATE OF pp;

-- name: move_pairing!
-- What became of a proposal.
UPDATE plan_pairings
SET status = :status, refusal = :refusal, placement_id = :placement_id
WHERE pairing_id = :pairing_id;

-- name: send_pairings
-- What is still proposed for the offers of a coordinator's (organisation, district) pairs is to be sent in their name.
UPDATE plan_pairings AS pp
SET status = 'to_invite', invited_for = :invited_for
FROM plan_needs AS n
WHERE pp.plan_id = :plan_id
  AND pp.status = 'proposed'
  AND n.plan_id = pp.plan_id
  AND n.pool_id = pp.pool_id
  AND EXISTS (
      SELECT FROM unnest(:organisation_ids::uuid[], :districts::text[]) AS scope (organisation_id, district)
      WHERE scope.organisation_id = n.organisation_id AND scope.district = n.district
  )
RETURNING pp.pairing_id;

-- name: next_to_invite
-- Invitations for one offer or shift, of one coordinator, that are to go out.
WITH next AS (
    SELECT plan_id, pool_id, invited_for FROM plan_pairings WHERE status = 'to_invite' ORDER BY plan_id, pool_id LIMIT 1
)
SELECT pp.pairing_id, pp.plan_id, pp.volunteer_id, pp.invited_for, n.offer_id, n.shift_id
FROM next
JOIN plan_pairings AS pp
    ON pp.plan_id = next.plan_id AND pp.pool_id = next.pool_id AND pp.invited_for = next.invited_for
JOIN plan_needs AS n ON n.plan_id = pp.plan_id AND n.pool_id = pp.pool_id
WHERE pp.status = 'to_invite'
ORDER BY pp.volunteer_id
LIMIT :at_most;

-- name: lock_to_invite
-- Those of them that nobody else has sent meanwhile, locked.
SELECT pp.pairing_id, pp.plan_id, pp.volunteer_id, pp.invited_for, n.offer_id, n.shift_id
FROM plan_pairings AS pp
JOIN plan_needs AS n ON n.plan_id = pp.plan_id AND n.pool_id = pp.pool_id
WHERE pp.pairing_id = ANY (:pairing_ids::uuid[]) AND pp.status = 'to_invite'
ORDER BY pp.volunteer_id
FOR UPDATE OF pp;

-- name: needs_listed
-- What a plan makes of the open needs.
SELECT
    n.pool_id, n.offer_id, n.shift_id, n.organisation_id, n.district, n.topic, n.urgency, n.places_open, n.filled,
    n.best_alone, n.reason, n.facts, o.title AS offer_title
FROM plan_needs AS n
JOIN offers AS o ON o.offer_id = n.offer_id
WHERE n.plan_id = :plan_id
  AND n.filled < n.places_open -- when unfilled
  AND n.topic = :topic::text -- when topic

-- name: funnel^
-- How many volunteers around an offer are left after each condition; at most so many are looked at, whichever they are.
WITH around AS (
    SELECT v.volunteer_id, v.languages, v.age_reached, v.paused, v.undertaking_valid
    FROM places AS p
    JOIN volunteers AS v ON v.postal_code = p.postal_code
    WHERE p.latitude BETWEEN :south AND :north
      AND p.longitude BETWEEN :west AND :east
      AND (
          v.district = :district
          OR :km_per_degree::float8 * sqrt(
              (p.latitude - :latitude::float8) ^ 2 + ((p.longitude - :longitude::float8) * :shrink::float8) ^ 2
          ) <= v.reach_km
      )
      AND NOT v.paused
    LIMIT :at_most
),
conditions AS (
    SELECT
        cardinality(:languages::text[]) = 0 OR EXISTS (
            SELECT
            FROM jsonb_to_recordset(around.languages) AS spoken (language text, level text)
            JOIN unnest(:languages::text[], :levels::text[]) AS needed (language, level)
                ON needed.language = spoken.language
            WHERE array_position(:all_levels::text[], spoken.level) >= array_position(:all_levels::text[], needed.level)
        ) AS speaks,
        :clearance_basis::text IS NULL OR EXISTS (
            SELECT
            FROM clearances AS c
            WHERE c.volunteer_id = around.volunteer_id
              AND c.organisation_id = :organisation_id
              AND c.legal_basis = :clearance_basis
              AND c.kind_of_activity = :clearance_activity
              AND c.valid_until >= :today
        ) AS is_cleared,
        NOT EXISTS (
            SELECT FROM unnest(:qualifications::text[]) AS needed (qualification)
            WHERE NOT EXISTS (
                SELECT
                FROM qualifications AS q
                WHERE q.volunteer_id = around.volunteer_id
                  AND q.qualification = needed.qualification
                  AND (q.valid_until IS NULL OR q.valid_until >= :today)
            )
        ) AS is_qualified,
        :minimum_age::integer IS NULL OR around.age_reached >= :minimum_age AS is_of_age
    FROM around
)
SELECT
    count(*) AS near,
    count(*) FILTER (WHERE speaks) AS speaking,
    count(*) FILTER (WHERE speaks AND is_cleared) AS cleared,
    count(*) FILTER (WHERE speaks AND is_cleared AND is_qualified) AS qualified,
    count(*) FILTER (WHERE speaks AND is_cleared AND is_qualified AND is_of_age) AS of_age
FROM conditions;

-- name: forget_plans
-- Plans whose time is over.
DELETE FROM plans
WHERE plan_id IN (SELECT plan_id FROM plans WHERE forgotten_at <= :now ORDER BY forgotten_at LIMIT :at_most)
RETURNING plan_id;
