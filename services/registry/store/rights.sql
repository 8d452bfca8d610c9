-- name: hold_rights!
-- Whoever works out what others have to heed of a person does so after the other: until commit.
SELECT pg_advisory_xact_lock(hashtextextended(concat(current_schema(), ' rights of ', :subject_id::uuid), 0));

-- name: rights_asked^
-- Whether a person's data is restricted, and until when an open request is to be answered for which it is handed out.
SELECT EXISTS (SELECT FROM restrictions WHERE subject_id = :subject_id) AS restricted,
    (SELECT max(due_on) FROM person_requests
     WHERE subject_id = :subject_id AND closed_at IS NULL AND kind = ANY (:kinds::text[])) AS due_on;

-- name: save_rights$
-- What others have to heed; the new version, null when nothing has changed.
INSERT INTO person_rights AS r (subject_id, version, restricted, export_until)
SELECT :subject_id, 1, :restricted, :export_until::date
WHERE :restricted::boolean OR :export_until::date IS NOT NULL
    OR EXISTS (SELECT FROM person_rights WHERE subject_id = :subject_id)
ON CONFLICT (subject_id) DO UPDATE
SET version = r.version + 1, restricted = excluded.restricted, export_until = excluded.export_until
WHERE (r.restricted, r.export_until) IS DISTINCT FROM (excluded.restricted, excluded.export_until)
RETURNING version;

-- name: rights_are_known$
-- Whether anything was published of a person.
SELECT EXISTS (SELECT FROM person_rights WHERE subject_id = :subject_id);
