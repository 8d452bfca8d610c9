-- name: begin_import^
-- An upload begins; or begins again, when the one before under the same key never arrived whole.
INSERT INTO imports AS i (import_id, organisation_id, source, kind, format, dry_run, status, requested_by,
    idempotency_key, upload, correlation_id, requested_at, received_at)
VALUES (:import_id, :organisation_id, :source, :kind, :format, :dry_run, 'receiving', :requested_by, :idempotency_key,
    :upload, :correlation_id, :now, :now)
ON CONFLICT (requested_by, idempotency_key) DO UPDATE
SET received_at = excluded.received_at, upload = CASE WHEN i.status = 'receiving' THEN excluded.upload ELSE i.upload END, rows = CASE WHEN i.status = 'receiving' THEN 0 ELSE i.rows END
RETURNING import_id, status, upload, body_hash,
    (source, kind, format, dry_run, organisation_id) = (:source, :kind, :format, :dry_run::boolean, :organisation_id) AS is_same;

-- name: count_open_imports$
-- How many imports of an organisation are under way: not those of which nothing has arrived for long.
SELECT count(*) FROM imports
WHERE organisation_id = :organisation_id
  AND (status = 'waiting' OR (status = 'receiving' AND received_at > :silent_since));

-- name: forget_lines!
-- What an upload that never arrived whole has left.
DELETE FROM import_lines WHERE import_id = :import_id;

-- name: hold_upload$
-- Whether this upload still is the one under way; it stays so until commit.
WITH held AS (
    UPDATE imports SET received_at = :now
    WHERE import_id = :import_id AND upload = :upload AND status = 'receiving'
    RETURNING 1
)
SELECT EXISTS (SELECT FROM held);

-- name: set_columns!
-- The heading of a CSV file.
UPDATE imports SET columns = :columns WHERE import_id = :import_id;

-- name: finish_upload$
-- The file is there, whole: rows wait to be worked through.
UPDATE imports SET status = 'waiting', rows = :rows, body_hash = :body_hash
WHERE import_id = :import_id AND upload = :upload AND status = 'receiving'
RETURNING import_id;

-- name: abandon_upload!
-- The file was refused as a whole.
DELETE FROM imports WHERE import_id = :import_id AND upload = :upload AND status = 'receiving';

-- name: next_import^
-- The import of which least is done, so that a small one never waits for a large one; locked until commit, others take others.
SELECT import_id, organisation_id, source, kind, columns, dry_run, requested_by, correlation_id, rows, done
FROM imports WHERE status = 'waiting'
ORDER BY done, requested_at, import_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: take_lines
-- The next rows; they are gone when their results are written.
WITH taken AS (
    DELETE FROM import_lines
    WHERE import_id = :import_id AND number > :done AND number <= :done + :rows
    RETURNING number, coalesce(line, number) AS line, content
)
SELECT number, line, content FROM taken ORDER BY number;

-- name: next_lines
-- The next rows, of an import that looks rows up again.
SELECT number, coalesce(line, number) AS line, content FROM import_lines
WHERE import_id = :import_id AND number > :done AND number <= :done::integer + :rows::integer
ORDER BY number;

-- name: told_lines
-- The first row of each of these external ids.
SELECT DISTINCT ON (digest) number, coalesce(line, number) AS line, content FROM import_lines
WHERE import_id = :import_id AND digest = ANY (:digests::bytea[])
ORDER BY digest, number
LIMIT :rows;

-- name: take_told_lines
-- The same; they are gone when their results are written.
WITH first AS (
    SELECT DISTINCT ON (digest) number FROM import_lines
    WHERE import_id = :import_id AND digest = ANY (:digests::bytea[])
    ORDER BY digest, number
    LIMIT :rows
)
DELETE FROM import_lines AS l USING first AS f WHERE l.import_id = :import_id AND l.number = f.number
RETURNING l.number, coalesce(l.line, l.number) AS line, l.content;

-- name: known_digests
-- Which of these were in an earlier part of the same file: each is looked up, however fresh the table's statistics are.
SELECT r.digest
FROM unnest(:digests::bytea[]) AS asked (digest)
CROSS JOIN LATERAL (
    SELECT digest FROM import_results WHERE import_id = :import_id AND digest = asked.digest LIMIT 1
) AS r;

-- name: add_results!
-- What became of rows.
INSERT INTO import_results (import_id, number, line, external_id, outcome, faults, digest)
SELECT :import_id, r.number, r.line, r.external_id, r.outcome, r.faults, decode(r.digest, 'hex')
FROM jsonb_to_recordset(:rows::jsonb)
    AS r (number integer, line integer, external_id text, outcome text, faults jsonb, digest text)
ORDER BY r.number;

-- name: advance_import!
-- So far rows were worked through.
UPDATE imports
SET done = :done, created = created + :created, updated = updated + :updated, unchanged = unchanged + :unchanged,
    refused = refused + :refused, suppressed = suppressed + :suppressed,
    status = CASE WHEN :done >= rows THEN 'completed' ELSE status END,
    completed_at = CASE WHEN :done >= rows THEN :now::timestamptz END
WHERE import_id = :import_id;

-- name: stop_import!
-- It cannot go on.
UPDATE imports SET status = 'stopped', stopped_because = :code, completed_at = :now WHERE import_id = :import_id;

-- name: import_by_id^
-- One import.
SELECT import_id, organisation_id, source, kind, format, dry_run, status, stopped_because, rows, done, created, updated,
    unchanged, refused, suppressed, requested_at, completed_at
FROM imports WHERE import_id = :import_id;

-- name: imports_listed
-- The imports of an organisation.
SELECT import_id, organisation_id, source, kind, format, dry_run, status, stopped_because, rows, done, created, updated,
    unchanged, refused, suppressed, requested_at, completed_at
FROM imports
WHERE organisation_id = :organisation_id
  AND kind = :kind::text -- when kind
  AND status = :status::text -- when status

-- name: results_listed
-- The report of an import.
SELECT number, coalesce(line, number) AS line, external_id, outcome, coalesce(faults, '[]') AS faults
FROM import_results
WHERE import_id = :import_id
  AND outcome = :outcome::text -- when outcome

-- name: abandoned_import^
-- An import that is to be forgotten: its time is over, or its upload never arrived whole. Locked until commit.
SELECT import_id FROM imports
WHERE (status IN ('completed', 'stopped') AND requested_at < :before)
   OR (status = 'receiving' AND requested_at < :abandoned_before)
ORDER BY requested_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: forget_results$
-- A part of an old report; how many rows went.
WITH removed AS (
    DELETE FROM import_results WHERE (import_id, number) IN (
        SELECT import_id, number FROM import_results WHERE import_id = :import_id ORDER BY number LIMIT :rows)
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: forget_import!
-- An old import whose report is gone.
DELETE FROM imports WHERE import_id = :import_id;

-- name: imported_since$
-- How many volunteers an organisation's imports have brought since then; of a dry run what it would itself bring counts, too.
SELECT coalesce(sum(created), 0)::bigint FROM imports
WHERE organisation_id = :organisation_id AND kind = 'volunteers' AND requested_at > :since
    AND (NOT dry_run OR import_id = :rehearsal);
