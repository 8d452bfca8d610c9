-- name: claim_idempotency_key^
-- Begin a command under this key; waits for another transaction with the same key. No row: it was used in the last 24 hours.
INSERT INTO idempotency_keys AS k (caller, key, fingerprint, created_at)
VALUES (:caller, :key, :fingerprint, :now)
ON CONFLICT (caller, key) DO UPDATE
SET fingerprint = excluded.fingerprint, subject_id = NULL, created_at = excluded.created_at,
    status = NULL, headers = '{}', body = NULL, secret = false, granted = NULL
WHERE k.created_at <= :before
RETURNING k.key AS claimed;

-- name: stored_answer^
-- What was answered under this key.
SELECT fingerprint, status, headers, body, secret, granted
FROM idempotency_keys
WHERE caller = :caller AND key = :key;

-- name: store_answer!
-- Keep the answer for whoever repeats the command; none that concerns somebody whom the command itself has erased.
MERGE INTO idempotency_keys AS k
USING (SELECT EXISTS (SELECT FROM erased_subjects WHERE subject_id = :subject_id) AS erased) AS concerned
ON k.caller = :caller AND k.key = :key
WHEN MATCHED AND concerned.erased THEN DELETE
WHEN MATCHED THEN UPDATE
SET status = :status, headers = :answer_headers, body = :body, secret = :secret, subject_id = :subject_id,
    granted = :granted;

-- name: prune_idempotency_keys!
-- Forget answers after 24 hours.
DELETE FROM idempotency_keys
WHERE (caller, key) IN (
    SELECT caller, key FROM idempotency_keys WHERE created_at <= :before ORDER BY created_at LIMIT :at_most
);

-- name: take_from_limit$
-- Count one more use in this window and say how many there are now.
INSERT INTO rate_limits AS r (name, subject, window_start, window_end, used)
VALUES (:name, :subject, :window_start, :window_end, 1)
ON CONFLICT (name, subject, window_start) DO UPDATE SET used = r.used + 1
RETURNING used;

-- name: add_salt!
-- The first process of the day decides on the key of its hashes.
INSERT INTO rate_limit_salts (day, salt) VALUES (:day, :salt) ON CONFLICT (day) DO NOTHING;

-- name: salt_of_day$
-- The key of the hashes of this day.
SELECT salt FROM rate_limit_salts WHERE day = :day;

-- name: prune_rate_limits!
-- Forget windows that are over.
DELETE FROM rate_limits
WHERE (name, subject, window_start) IN (
    SELECT name, subject, window_start FROM rate_limits WHERE window_end <= :now ORDER BY window_end LIMIT :at_most
);

-- name: prune_salts!
-- Forget the keys of past days: their hashes can no longer be guessed.
DELETE FROM rate_limit_salts WHERE day < :before;

-- name: database_answers$
-- Is the database there?
SELECT 1;
