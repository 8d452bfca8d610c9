-- name: add_person_request!
-- Somebody asks about their data.
INSERT INTO person_requests (request_id, version, subject_id, kind, addressed_to, legal_profile, received_on, due_on,
    identity_established, recorded_by, ground, told, reference, status, registered_at)
VALUES (:request_id, 1, :subject_id, :kind, :addressed_to, :legal_profile, :received_on, :due_on,
    :identity_established, :recorded_by, :ground, :told, :reference, :status, :registered_at);

-- name: person_request_by_id^
-- One request.
SELECT * FROM person_requests WHERE request_id = :request_id;

-- name: person_request_for_update^
-- One request, locked until commit.
SELECT * FROM person_requests WHERE request_id = :request_id FOR UPDATE;

-- name: save_person_request!
-- A request has moved on.
UPDATE person_requests
SET version = :version, status = :status, due_on = :due_on, extension_reason = :extension_reason,
    outcome_reason = :outcome_reason, closed_at = :closed_at, reminded_for = :reminded_for
WHERE request_id = :request_id;

-- name: add_person_request_step!
-- Something happened with a request.
INSERT INTO person_request_steps (step_id, request_id, taken_at, step, taken_by, actor_id, reason)
VALUES (:step_id, :request_id, :taken_at, :step, :taken_by, :actor_id, :reason);

-- name: person_request_steps
-- The history of a request.
SELECT taken_at, step, taken_by, actor_id, reason FROM person_request_steps
WHERE request_id = :request_id
ORDER BY step_id
LIMIT 200;

-- name: person_requests_of
-- What a person asked, latest first.
SELECT * FROM person_requests WHERE subject_id = :subject_id ORDER BY request_id DESC LIMIT :rows;

-- name: person_request_steps_of
-- The histories of what a person asked.
SELECT s.request_id, s.taken_at, s.step, s.taken_by, s.reason
FROM person_request_steps AS s
JOIN person_requests AS r ON r.request_id = s.request_id
WHERE r.subject_id = :subject_id
ORDER BY s.step_id
LIMIT :rows;

-- name: hold_count_of_person_requests!
-- Whoever asks counts what the person has asked after the other.
SELECT pg_advisory_xact_lock(hashtextextended(concat(current_schema(), ' requests of ', :subject_id::uuid), 0));

-- name: person_requests_open_count$
-- How many requests of a person wait for an answer.
SELECT count(*) FROM person_requests WHERE subject_id = :subject_id AND closed_at IS NULL;

-- name: has_open_person_request$
-- Whether a person waits for the answer to a request of one of these kinds.
SELECT EXISTS (
    SELECT FROM person_requests WHERE subject_id = :subject_id AND closed_at IS NULL AND kind = ANY (:kinds::text[])
);

-- name: person_requests_to_remind
-- Open requests whose reminder is due, locked; whoever else is at it takes others.
SELECT * FROM person_requests
WHERE closed_at IS NULL
  AND due_on <= greatest(:soon::date, :today::date)
  AND ((due_on <= :soon AND reminded_for IS NULL) OR (due_on < :today AND reminded_for = 'soon'))
ORDER BY due_on, request_id
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: privacy_officers
-- Who is told of requests.
SELECT subject_id FROM members
WHERE memberships @> '[{"role": "privacy_officer"}]'
ORDER BY subject_id
LIMIT 100;

-- name: remove_person_requests_of$
-- Forget what a person asked, and their restriction; how many rows went.
WITH steps AS (
    SELECT count(*) AS rows FROM person_request_steps
    WHERE request_id IN (SELECT request_id FROM person_requests WHERE subject_id = :subject_id)
), restricted AS (DELETE FROM restrictions WHERE subject_id = :subject_id RETURNING 1
), removed AS (DELETE FROM person_requests WHERE subject_id = :subject_id RETURNING 1)
SELECT (SELECT rows FROM steps) + (SELECT count(*) FROM restricted) + (SELECT count(*) FROM removed);

-- name: forget_closed_person_requests$
-- Forget requests that were closed so long ago; how many went.
WITH old AS (
    SELECT request_id FROM person_requests WHERE closed_at < :closed_before ORDER BY closed_at LIMIT :rows
), removed AS (DELETE FROM person_requests WHERE request_id IN (SELECT request_id FROM old) RETURNING 1)
SELECT count(*) FROM removed;

-- name: retain_record!
-- Lock what law obliges to keep of somebody who is erased.
INSERT INTO retained_records (record_id, erasure_id, kind, ground, kept_until, content, locked_at)
VALUES (:record_id, :erasure_id, :kind, :ground, :kept_until, :content, :locked_at);

-- name: retained_records_of
-- What stays locked after an erasure.
SELECT record_id, kind, ground, kept_until, content, locked_at FROM retained_records
WHERE erasure_id = :erasure_id
ORDER BY record_id
LIMIT 1000;

-- name: forget_retained_records$
-- Forget locked records whose day has passed; how many went.
SELECT forgotten FROM forget_retained_records(:at_most);

-- name: person_requests_listed
-- The requests of persons, for the privacy officer.
SELECT r.request_id, r.version, r.subject_id, r.kind, r.addressed_to, r.legal_profile, r.received_on, r.due_on,
    r.extension_reason, r.identity_established, r.ground, r.reference, r.status, r.outcome_reason, r.registered_at, r.closed_at
FROM person_requests AS r
WHERE true
  AND r.status = :status -- when status
  AND r.kind = :kind -- when kind
  AND r.subject_id = :subject_id -- when subject_id
  AND r.addressed_to = :addressed_to -- when addressed_to
  AND r.closed_at IS NULL AND r.due_on < :due_before::date -- when due_before
