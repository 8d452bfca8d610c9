-- name: acquire_lease$
-- Take the relay's lease when it is free, over or mine; the new generation, or null. A relay that starts over is another
-- generation, too: a statement of its former self that comes late must find nothing.
UPDATE relay
SET holder = :holder,
    generation = generation + 1,
    lease_until = clock_timestamp() + :seconds::float8 * interval '1 second'
WHERE lease_until < clock_timestamp() OR holder = :holder
RETURNING generation;

-- name: extend_lease$
-- Heartbeat; null when somebody else took over.
UPDATE relay SET lease_until = clock_timestamp() + :seconds::float8 * interval '1 second'
WHERE holder = :holder AND generation = :generation
RETURNING generation;

-- name: release_lease!
-- A clean stop: the successor need not wait.
UPDATE relay SET holder = NULL, lease_until = '-infinity'
WHERE holder = :holder AND generation = :generation;

-- name: settle_batch^
-- The last batch leaves the outbox when Kafka has committed it; none when the lease is lost. One statement, so that a
-- relay that freezes at any point holds no lock.
WITH lease AS (
    SELECT batch, positions, ticked_on FROM relay
    WHERE holder = :holder AND generation = :generation
    FOR UPDATE
), removed AS (
    DELETE FROM outbox USING lease WHERE lease.batch = :committed::uuid AND outbox.position = ANY (lease.positions)
), settled AS (
    UPDATE relay SET batch = NULL, positions = '{}' FROM lease WHERE lease.batch = :committed::uuid
)
SELECT ticked_on FROM lease;

-- name: next_events
-- The oldest waiting events, in order. Not "position > last": positions commit out of order.
SELECT position, topic, key, headers, value FROM outbox ORDER BY position LIMIT :limit;

-- name: events_after
-- What waits behind the batch that is under way, whether or not the batch before it is removed already; nothing when somebody
-- has committed late within them: then it is read again once they are gone.
SELECT position, topic, key, headers, value FROM outbox
WHERE position > :last
  AND (SELECT count(*) FROM outbox WHERE position <= :last)
      = :under_way + (SELECT CASE WHEN batch = :before::uuid THEN cardinality(positions) ELSE 0 END FROM relay)
ORDER BY position LIMIT :limit;

-- name: begin_batch$
-- Remember what is about to be published, under a name of its own, and remove the batch before it when Kafka has committed
-- that; null when the lease is lost.
WITH lease AS (
    SELECT batch, positions FROM relay
    WHERE holder = :holder AND generation = :generation
    FOR UPDATE
), removed AS (
    DELETE FROM outbox USING lease WHERE lease.batch = :committed::uuid AND outbox.position = ANY (lease.positions)
)
UPDATE relay SET batch = :batch, positions = :new_positions::bigint[] FROM lease RETURNING generation;

-- name: remember_tick!
-- Today's tick records are in the log.
UPDATE relay SET ticked_on = :today WHERE holder = :holder AND generation = :generation;

-- name: outbox_state^
-- How many events wait and for how many seconds the oldest has waited.
SELECT count(*) AS waiting,
    coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8 AS oldest_seconds
FROM (SELECT recorded_at FROM outbox ORDER BY position LIMIT 10000) AS waiting;

-- name: erased_among
-- Which of these subjects were erased here.
SELECT subject_id FROM erased_subjects WHERE subject_id = ANY (:subjects::uuid[]);

-- name: begin_reaction$
-- 1 when this reaction has not run for this natural key; null when it has.
INSERT INTO reactions (reaction, natural_key, aggregate, subject_id, done_at)
VALUES (:reaction, :natural_key, :aggregate, :subject_id, :now)
ON CONFLICT DO NOTHING
RETURNING 1;

-- name: begin_reactions
-- Those of these natural keys for which this reaction has not run; in one statement, however many.
INSERT INTO reactions (reaction, natural_key, aggregate, subject_id, done_at)
SELECT :reaction, begun.natural_key, begun.aggregate, begun.subject_id, :now
FROM unnest(:natural_keys::text[], :aggregates::text[], :subject_ids::uuid[])
    AS begun (natural_key, aggregate, subject_id)
ON CONFLICT DO NOTHING
RETURNING natural_key;

-- name: forget_reactions!
-- The aggregates are gone: so is the memory of what was done for them.
DELETE FROM reactions WHERE aggregate = ANY (:aggregates::text[]);

-- name: set_aside!
-- Keep a record that cannot be consumed; the same record only once.
INSERT INTO dead_letters
    (dead_letter_id, consumer, topic, partition, "offset", key, headers, value, subject_id, reason, attempts, set_aside_at)
VALUES (:dead_letter_id, :consumer, :topic, :partition, :offset, :key, :headers, :value, :subject_id, :reason,
    :attempts, :set_aside_at)
ON CONFLICT (consumer, topic, partition, "offset") DO NOTHING;

-- name: drop_buried!
-- The aggregates were deleted for good: what lies aside of them is not played again.
DELETE FROM dead_letters WHERE topic = :topic AND key = ANY (:keys::bytea[]);

-- name: dead_letter_counts
-- Dead letters of a consumer by topic and reason.
SELECT topic, reason, count(*) AS dead_letters FROM dead_letters WHERE consumer = :consumer GROUP BY topic, reason;

-- name: dead_letter_count$
-- How many dead letters a consumer has, counted up to a limit.
SELECT count(*) FROM (SELECT FROM dead_letters WHERE consumer = :consumer LIMIT :limit) AS counted;

-- name: dead_letters_after
-- A page of dead letters of a consumer in the order of their ids, for redrive.
SELECT dead_letter_id, consumer, topic, partition, "offset", key, headers, value, subject_id, reason, attempts
FROM dead_letters
WHERE consumer = :consumer AND dead_letter_id > :after AND (:reason::text IS NULL OR reason = :reason)
ORDER BY dead_letter_id
LIMIT :limit;

-- name: dead_letter^
-- Whom a dead letter is about, and whence it came.
SELECT topic, subject_id FROM dead_letters WHERE dead_letter_id = :dead_letter_id;

-- name: lock_dead_letter^
-- One dead letter, locked; none when somebody else redrove it meanwhile.
SELECT dead_letter_id, consumer, topic, partition, "offset", key, headers, value, subject_id, reason, attempts
FROM dead_letters WHERE dead_letter_id = :dead_letter_id
FOR UPDATE SKIP LOCKED;

-- name: remove_dead_letter!
-- It was consumed after all.
DELETE FROM dead_letters WHERE dead_letter_id = :dead_letter_id;

-- name: fail_dead_letter!
-- It failed again.
UPDATE dead_letters SET attempts = attempts + 1, reason = :reason WHERE dead_letter_id = :dead_letter_id;

-- name: prune_dead_letters$
-- Remove dead letters older than they may be kept; how many.
WITH old AS (
    SELECT dead_letter_id FROM dead_letters WHERE set_aside_at < :before ORDER BY set_aside_at LIMIT 1000
), removed AS (DELETE FROM dead_letters USING old WHERE dead_letters.dead_letter_id = old.dead_letter_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: prune_notice_reactions$
-- Remove the memory of reactions to notices that are no longer in any log; how many.
WITH old AS (
    SELECT reaction, natural_key FROM reactions
    WHERE done_at < :before AND split_part(aggregate, ' ', 1) = ANY (:topics::text[])
    ORDER BY done_at LIMIT 1000
), removed AS (
    DELETE FROM reactions USING old
    WHERE reactions.reaction = old.reaction AND reactions.natural_key = old.natural_key
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: forget_person$
-- Nothing of the person stays in the tables of the promise but the id itself; how many rows went.
WITH letters AS (DELETE FROM dead_letters WHERE subject_id = :subject_id RETURNING 1),
    done AS (DELETE FROM reactions WHERE subject_id = :subject_id AND NOT reaction = ANY (:kept::text[]) RETURNING 1),
    answers AS (DELETE FROM idempotency_keys WHERE subject_id = :subject_id RETURNING 1),
    rights AS (DELETE FROM person_rights WHERE subject_id = :subject_id RETURNING 1)
SELECT (SELECT count(*) FROM letters) + (SELECT count(*) FROM done) + (SELECT count(*) FROM answers)
    + (SELECT count(*) FROM rights);

-- name: ended_versions
-- At which version these aggregates left the read model.
SELECT key, version FROM ended_aggregates WHERE projection = :projection AND key = ANY (:keys::text[]);

-- name: remember_ended!
-- These aggregates leave the read model at these versions.
INSERT INTO ended_aggregates (projection, key, version)
SELECT :projection, ended.key, ended.version FROM unnest(:keys::text[], :versions::bigint[]) AS ended (key, version)
ON CONFLICT (projection, key) DO UPDATE SET version = greatest(ended_aggregates.version, excluded.version);

-- name: forget_ended!
-- Tombstones: nothing of these aggregates is in the log any more.
DELETE FROM ended_aggregates WHERE projection = :projection AND key = ANY (:keys::text[]);

-- name: remember_erased_subjects!
-- Persons whose erasure was announced.
INSERT INTO erased_subjects (subject_id, erased_at)
SELECT erased.subject_id, :now FROM unnest(:subjects::uuid[]) AS erased (subject_id)
ON CONFLICT (subject_id) DO NOTHING;
