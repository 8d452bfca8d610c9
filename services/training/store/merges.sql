-- name: version_of_volunteer$
-- At which version the read model knows a volunteer; null: not at all.
SELECT version FROM volunteers WHERE volunteer_id = :volunteer_id;

-- name: enrolments_of_both
-- Every enrolment of the two, in order.
SELECT * FROM enrolments WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY enrolment_id;

-- name: write_enrolment!
-- An enrolment goes on under another id, or is given up, or taken up again; its course is locked.
UPDATE enrolments
SET version = :version, volunteer_id = :volunteer_id, status = :status, offered_until = :offered_until,
    completed_at = :completed_at, changed_at = :now,
    queue_number = coalesce(queue_number, CASE WHEN :status::text = 'waitlisted' THEN 0 END)
WHERE enrolment_id = :enrolment_id;

-- name: qualifications_of_both
-- Every qualification of the two, locked, in order.
SELECT * FROM qualifications WHERE volunteer_id = ANY (:volunteer_ids::uuid[])
ORDER BY qualification_id
FOR UPDATE;

-- name: write_qualification!
-- A locked qualification goes on under another id, or counts again.
UPDATE qualifications SET version = :version, volunteer_id = :volunteer_id, ended_at = :ended_at
WHERE qualification_id = :qualification_id;

-- name: remember_moves!
-- What moved because of a merge.
INSERT INTO merge_moves (merge_id, survivor_id, merged_id, kind, thing_id, was, completed_at, until)
SELECT :merge_id, :survivor_id, :merged_id, moved.kind, moved.thing_id, moved.was, moved.completed_at, :until
FROM unnest(:kinds::text[], :thing_ids::uuid[], :were::text[], :completed_ats::timestamptz[])
    AS moved (kind, thing_id, was, completed_at)
ON CONFLICT DO NOTHING;

-- name: moves_of
-- What moved because of a merge.
SELECT kind, thing_id, was, completed_at FROM merge_moves WHERE merge_id = :merge_id ORDER BY kind, thing_id;

-- name: forget_moves!
-- The merge was undone.
DELETE FROM merge_moves WHERE merge_id = :merge_id;

-- name: prune_moves$
-- Forget what moved because of merges that can no longer be undone; how many.
WITH old AS (
    SELECT merge_id, kind, thing_id FROM merge_moves WHERE until < :now ORDER BY until LIMIT :rows
), removed AS (
    DELETE FROM merge_moves USING old
    WHERE merge_moves.merge_id = old.merge_id AND merge_moves.kind = old.kind AND merge_moves.thing_id = old.thing_id
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: erase_moves$
-- Forget the merges of a person; how many rows.
WITH removed AS (
    DELETE FROM merge_moves WHERE survivor_id = :volunteer_id OR merged_id = :volunteer_id RETURNING 1
)
SELECT count(*) FROM removed;
