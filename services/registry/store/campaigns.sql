-- name: add_campaign!
-- A new campaign, not submitted yet.
INSERT INTO campaigns (campaign_id, version, organisation_id, created_by, created_at, districts, languages, age_bands,
    own_migration_experience, starts_on, ends_on, texts, status)
VALUES (:campaign_id, 1, :organisation_id, :created_by, :now, :districts, :languages, :age_bands,
    :own_migration_experience, :starts_on, :ends_on, :texts, 'draft');

-- name: campaign_by_id^
-- One campaign.
SELECT * FROM campaigns WHERE campaign_id = :campaign_id;

-- name: campaign_for_update^
-- One campaign, locked until commit.
SELECT * FROM campaigns WHERE campaign_id = :campaign_id FOR UPDATE;

-- name: save_campaign!
-- A locked campaign has changed.
UPDATE campaigns
SET version = :version, districts = :districts, languages = :languages, age_bands = :age_bands,
    own_migration_experience = :own_migration_experience, starts_on = :starts_on, ends_on = :ends_on, texts = :texts,
    status = :status, submitted_by = :submitted_by, decided_by = :decided_by, decided_at = :decided_at,
    after_district = :after_district, after_volunteer_id = :after_volunteer_id, shown = :shown, shown_at = :shown_at
WHERE campaign_id = :campaign_id;

-- name: campaigns_listed
-- The campaigns that a member of the staff may see: of their organisations, or all.
SELECT c.* FROM campaigns AS c
WHERE true
  AND c.organisation_id = ANY (:organisation_ids::uuid[]) -- when organisation_ids
  AND c.status = :status::text -- when status
  AND c.status <> ALL (:hidden::text[]) -- when hidden
  AND c.organisation_id = :organisation_id::uuid -- when organisation_id

-- name: count_under_way$
-- How many campaigns of an organisation are under way.
SELECT count(*) FROM campaigns
WHERE organisation_id = :organisation_id AND status IN ('submitted', 'approved', 'calling', 'called');

-- name: campaign_to_open^
-- An approved campaign of a verified organisation whose period has begun, locked; what another works on is left to it.
SELECT c.* FROM campaigns AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE c.status = 'approved' AND c.starts_on <= :today AND c.ends_on >= :today
ORDER BY c.campaign_id
LIMIT 1
FOR UPDATE OF c SKIP LOCKED;

-- name: campaign_to_end^
-- A campaign whose period is over, locked.
SELECT * FROM campaigns
WHERE status IN ('submitted', 'approved', 'calling', 'called') AND ends_on < :today
ORDER BY ends_on
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: campaign_to_show^
-- A campaign whose counts were not renewed since, locked.
SELECT * FROM campaigns
WHERE status IN ('calling', 'called') AND shown_at < :since
ORDER BY shown_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: one_caller_at_a_time$
-- Only one process calls at any time, so that nobody's month is filled by two campaigns at once.
SELECT pg_try_advisory_xact_lock(hashtextextended(concat(current_schema(), ' campaign-calls'), 0));

-- name: campaign_to_call^
-- A campaign of a verified organisation that has volunteers left to look at, locked.
SELECT c.* FROM campaigns AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE c.status = 'calling'
ORDER BY c.campaign_id
LIMIT 1
FOR UPDATE OF c SKIP LOCKED;

-- name: volunteers_of_district_after
-- The next volunteers of a district, whoever they are.
SELECT volunteer_id FROM volunteers
WHERE district = :district AND volunteer_id > :after
ORDER BY volunteer_id
LIMIT :rows;

-- name: lock_subjects
-- Hold off the erasure of these persons until commit, in one order.
WITH person AS MATERIALIZED (
    SELECT id FROM unnest(:volunteer_ids::uuid[]) AS person (id) ORDER BY id
)
SELECT pg_advisory_xact_lock_shared(hashtextextended(concat(current_schema(), ' ', person.id), 0)) FROM person;

-- name: aims
-- Those of some volunteers who are of the target group now and want to be called, with their calls since an instant.
SELECT v.volunteer_id, calls.calls, calls.first_called_at
FROM volunteers AS v
JOIN consents_held AS wants ON wants.volunteer_id = v.volunteer_id AND wants.purpose = 'campaigns'
CROSS JOIN LATERAL (
    SELECT count(*) AS calls, min(c.called_at) AS first_called_at
    FROM campaign_calls AS c
    WHERE c.volunteer_id = v.volunteer_id AND c.called_at > :since::timestamptz
) AS calls
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[])
  AND v.status = 'confirmed'
  AND NOT v.paused AND NOT v.restricted
  AND v.district = ANY (:districts::text[])
  AND (cardinality(:languages::text[]) = 0 OR EXISTS (
      SELECT FROM jsonb_array_elements(v.languages) AS spoken
      WHERE spoken ->> 'language' = ANY (:languages::text[])))
  -- A characteristic is there only while the consent to it holds.
  AND (NOT :own_migration_experience::boolean OR EXISTS (
      SELECT FROM characteristics AS c
      WHERE c.volunteer_id = v.volunteer_id AND c.characteristic = 'migration_experience' AND c.value = 'yes'))
  AND (cardinality(:age_bands::text[]) = 0 OR EXISTS (
      SELECT FROM characteristics AS c
      WHERE c.volunteer_id = v.volunteer_id AND c.characteristic = 'age_band' AND c.value = ANY (:age_bands::text[])))
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = v.volunteer_id)
ORDER BY v.volunteer_id;

-- name: add_calls
-- Calls, now (called_at) or later; whom this campaign has called before is left out.
INSERT INTO campaign_calls (campaign_id, volunteer_id, due_at, called_at)
SELECT :campaign_id, call.volunteer_id, call.due_at, CASE WHEN call.due_at <= :now::timestamptz THEN :now::timestamptz END
FROM unnest(:volunteer_ids::uuid[], :due_ats::timestamptz[]) AS call (volunteer_id, due_at)
ON CONFLICT (campaign_id, volunteer_id) DO NOTHING
RETURNING volunteer_id, called_at;

-- name: campaign_with_calls_due^
-- A campaign that has calls which were put off until now, locked.
SELECT c.* FROM campaigns AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
WHERE c.status IN ('calling', 'called')
  AND EXISTS (
      SELECT FROM campaign_calls AS call
      WHERE call.campaign_id = c.campaign_id AND call.called_at IS NULL AND call.due_at <= :now)
ORDER BY c.campaign_id
LIMIT 1
FOR UPDATE OF c SKIP LOCKED;

-- name: calls_due
-- Volunteers whose call was put off until now.
SELECT volunteer_id FROM campaign_calls
WHERE campaign_id = :campaign_id AND called_at IS NULL AND due_at <= :now
ORDER BY due_at
LIMIT :rows;

-- name: put_off_calls
-- Calls that were put off are made now, or put off again.
UPDATE campaign_calls AS c
SET due_at = call.due_at, called_at = CASE WHEN call.due_at <= :now::timestamptz THEN :now::timestamptz END
FROM unnest(:volunteer_ids::uuid[], :due_ats::timestamptz[]) AS call (volunteer_id, due_at)
WHERE c.campaign_id = :campaign_id AND c.volunteer_id = call.volunteer_id AND c.called_at IS NULL
RETURNING c.volunteer_id, c.called_at;

-- name: drop_waiting_calls!
-- They will not be called: not of the target group any more, or the campaign is over.
DELETE FROM campaign_calls
WHERE campaign_id = :campaign_id AND called_at IS NULL
  AND (:volunteer_ids::uuid[] IS NULL OR volunteer_id = ANY (:volunteer_ids::uuid[]));

-- name: make_noise_seed!
-- The secret of the noise, once.
INSERT INTO campaign_noise (seed) VALUES ((random() * 9007199254740991)::bigint) ON CONFLICT DO NOTHING;

-- name: count_called!
-- So many more were called; with the sum of their noise keys.
UPDATE campaigns
SET called = called + cardinality(:volunteer_ids::uuid[]),
    called_key = called_key + coalesce((
        SELECT sum(hashtextextended(id::text, noise.seed) & 4294967295)
        FROM unnest(:volunteer_ids::uuid[]) AS id, campaign_noise AS noise), 0)::bigint
WHERE campaign_id = :campaign_id;

-- name: count_answer!
-- One answer more, or one fewer (`step` -1), with the noise key of whoever gave it.
UPDATE campaigns
SET interested = interested + CASE WHEN :answer::text = 'interested' THEN :step::integer ELSE 0 END,
    interested_key = interested_key + CASE WHEN :answer::text = 'interested' THEN :step::integer * noise.key ELSE 0 END,
    not_interested = not_interested + CASE WHEN :answer::text = 'not_interested' THEN :step::integer ELSE 0 END,
    not_interested_key = not_interested_key
        + CASE WHEN :answer::text = 'not_interested' THEN :step::integer * noise.key ELSE 0 END
FROM (SELECT hashtextextended(:volunteer_id::uuid::text, seed) & 4294967295 AS key FROM campaign_noise) AS noise
WHERE campaign_id = :campaign_id;

-- name: call_for_update^
-- A call that was made, locked until commit.
SELECT campaign_id, volunteer_id, version, called_at, answer, answered_at FROM campaign_calls
WHERE campaign_id = :campaign_id AND volunteer_id = :volunteer_id AND called_at IS NOT NULL
FOR UPDATE;

-- name: save_answer!
-- The answer of a locked call.
UPDATE campaign_calls SET version = version + 1, answer = :answer, answered_at = :now
WHERE campaign_id = :campaign_id AND volunteer_id = :volunteer_id;

-- name: calls_of_volunteer_listed
-- What a volunteer was called for, as they see it.
SELECT c.campaign_id, c.version, o.name AS organisation, k.texts, k.ends_on, c.called_at, c.answer, c.answered_at
FROM campaign_calls AS c
JOIN campaigns AS k ON k.campaign_id = c.campaign_id
JOIN organisations AS o ON o.organisation_id = k.organisation_id
WHERE c.volunteer_id = :volunteer_id AND c.called_at IS NOT NULL

-- name: language_of_volunteer$
-- In which language a volunteer reads.
SELECT language FROM volunteer_contacts WHERE volunteer_id = :volunteer_id;

-- name: call_of_volunteer^
-- One call as its volunteer sees it.
SELECT c.campaign_id, c.version, o.name AS organisation, k.texts, k.ends_on, c.called_at, c.answer, c.answered_at
FROM campaign_calls AS c
JOIN campaigns AS k ON k.campaign_id = c.campaign_id
JOIN organisations AS o ON o.organisation_id = k.organisation_id
WHERE c.volunteer_id = :volunteer_id AND c.campaign_id = :campaign_id AND c.called_at IS NOT NULL;

-- name: remove_calls_of_volunteer$
-- Forget what a volunteer was called for; how many rows. The counts stay: they are of nobody.
WITH removed AS (DELETE FROM campaign_calls WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: drop_waiting_calls_of_volunteer!
-- A volunteer wants no calls any more.
DELETE FROM campaign_calls WHERE volunteer_id = :volunteer_id AND called_at IS NULL;

-- name: move_calls
-- Calls go on under another id, as far as that was not called for the same.
UPDATE campaign_calls AS c SET volunteer_id = :to_id
WHERE c.volunteer_id = :from_id
  AND (:only::uuid[] IS NULL OR c.campaign_id = ANY (:only::uuid[]))
  AND NOT EXISTS (
      SELECT FROM campaign_calls AS other WHERE other.campaign_id = c.campaign_id AND other.volunteer_id = :to_id)
RETURNING campaign_id;

-- name: prune_calls$
-- Forget who was called for campaigns that have been over for long; how many rows.
WITH old AS (
    SELECT c.campaign_id, c.volunteer_id
    FROM campaigns AS k
    JOIN campaign_calls AS c ON c.campaign_id = k.campaign_id
    WHERE k.ends_on < :before
    LIMIT :rows
), removed AS (
    DELETE FROM campaign_calls USING old
    WHERE campaign_calls.campaign_id = old.campaign_id AND campaign_calls.volunteer_id = old.volunteer_id
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: forget_campaigns
-- Campaigns that nobody reads of any more.
DELETE FROM campaigns
WHERE campaign_id IN (
    SELECT campaign_id FROM campaigns AS k
    WHERE k.ends_on < :before
      AND NOT EXISTS (SELECT FROM campaign_calls AS c WHERE c.campaign_id = k.campaign_id)
    ORDER BY k.ends_on LIMIT :rows
)
RETURNING campaign_id;

-- name: forget_calls_by!
-- A characteristic is told no more: calls of campaigns that chose by it would tell of it all the same.
DELETE FROM campaign_calls AS c USING campaigns AS k
WHERE c.volunteer_id = :volunteer_id AND k.campaign_id = c.campaign_id
  AND CASE :purpose::text WHEN 'migration_experience' THEN k.own_migration_experience ELSE cardinality(k.age_bands) > 0 END;
