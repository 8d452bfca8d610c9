-- name: add_erasure!
-- Somebody is to be erased everywhere.
INSERT INTO erasures (erasure_id, subject_id, status, answers, requested_at, with_receipt)
VALUES (:erasure_id, :subject_id, :status, :answers, :requested_at, :with_receipt);

-- name: erasure_by_id^
-- One erasure.
SELECT erasure_id, subject_id, status, answers, requested_at, completed_at, with_receipt
FROM erasures WHERE erasure_id = :erasure_id;

-- name: erasure_of_subject^
-- The erasure of a subject.
SELECT erasure_id, subject_id, status, answers, requested_at, completed_at, with_receipt
FROM erasures WHERE subject_id = :subject_id;

-- name: erasure_for_update^
-- One erasure, locked until commit.
SELECT erasure_id, subject_id, status, answers, requested_at, completed_at, with_receipt
FROM erasures WHERE erasure_id = :erasure_id
FOR UPDATE;

-- name: save_erasure!
-- A service has answered.
UPDATE erasures SET status = :status, answers = :answers, completed_at = :completed_at
WHERE erasure_id = :erasure_id;
