-- name: add_to_outbox!
-- Events of one transaction, in the order in which they were published.
INSERT INTO outbox (topic, key, headers, value)
SELECT record.topic, record.key, record.headers, record.value
FROM unnest(:topics::text[], :keys::text[], :headers::text[], :values::bytea[])
    WITH ORDINALITY AS record (topic, key, headers, value, position)
ORDER BY record.position;

-- name: nudge_relay!
-- Wake the relay of this schema; never inside a transaction that writes (NOTIFY takes an instance-wide lock at commit).
-- Nobody waits for the disk: a notification does not outlive the server anyway.
SELECT set_config('synchronous_commit', 'off', true), pg_notify('outbox_' || current_schema(), '');

-- name: lock_subject$
-- Hold off an erasure of the subject until commit. Of this schema only: services that share a database do not wait for each other.
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(concat(current_schema(), ' ', :subject_id::uuid), 0)))
SELECT 1 FROM locked;

-- name: lock_subject_if_free$
-- The same without waiting; false while the subject is being erased or merged.
SELECT pg_try_advisory_xact_lock_shared(hashtextextended(concat(current_schema(), ' ', :subject_id::uuid), 0));

-- name: lock_subjects$
-- Hold off erasures of these subjects until commit, in the order given: always the same, so nobody waits in a circle.
WITH locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(hashtextextended(concat(current_schema(), ' ', subject_id), 0))
    FROM unnest(:subject_ids::uuid[]) AS asked (subject_id)
)
SELECT count(*) FROM locked;

-- name: erased_among_subjects
-- Which of these subjects were erased here.
SELECT subject_id FROM erased_subjects WHERE subject_id = ANY (:subject_ids::uuid[]);

-- name: lock_subject_for_erasure$
-- Wait for every command about the subject and hold off new ones until commit.
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(concat(current_schema(), ' ', :subject_id::uuid), 0)))
SELECT 1 FROM locked;

-- name: lock_subjects_for_erasure$
-- The same for these subjects, in the order given: always the same, so nobody waits in a circle.
WITH locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtextextended(concat(current_schema(), ' ', subject_id), 0))
    FROM unnest(:subject_ids::uuid[]) AS asked (subject_id)
)
SELECT count(*) FROM locked;

-- name: is_erased$
-- Whether the subject was erased here.
SELECT EXISTS (SELECT FROM erased_subjects WHERE subject_id = :subject_id::uuid);

-- name: remember_erased!
-- From now on nothing about the subject is accepted.
INSERT INTO erased_subjects (subject_id, erased_at) VALUES (:subject_id, :erased_at)
ON CONFLICT (subject_id) DO NOTHING;
