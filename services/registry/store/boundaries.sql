-- name: add_boundary$
-- A boundary is proposed; null when the two have one for this already.
INSERT INTO boundaries (boundary_id, version, district, kind_of_activity, one_organisation_id, other_organisation_id,
    status, agreed_revision, open_revision, counts_until, ended_on)
VALUES (:boundary_id, :version, :district, :kind_of_activity, :one_organisation_id, :other_organisation_id,
    :status, :agreed_revision, :open_revision, :counts_until, :ended_on)
ON CONFLICT (district, kind_of_activity, least(one_organisation_id, other_organisation_id),
    greatest(one_organisation_id, other_organisation_id)) WHERE status <> 'ended' DO NOTHING
RETURNING boundary_id;

-- name: save_boundary!
-- Its state has changed.
UPDATE boundaries
SET version = :version, status = :status, agreed_revision = :agreed_revision, open_revision = :open_revision,
    counts_until = :counts_until, ended_on = :ended_on
WHERE boundary_id = :boundary_id;

-- name: save_revision!
-- A revision is new, or what became of it.
INSERT INTO boundary_revisions (boundary_id, revision, outcome, responsible_organisation_id, tasks, valid_until,
    proposing_organisation_id, member_id, proposed_at, proposed_version)
VALUES (:boundary_id, :revision, :outcome, :responsible_organisation_id, :tasks, :valid_until,
    :proposing_organisation_id, :member_id, :proposed_at, :proposed_version)
ON CONFLICT (boundary_id, revision) DO UPDATE SET outcome = excluded.outcome;

-- name: save_agreement!
-- A side has agreed.
INSERT INTO boundary_agreements (boundary_id, revision, organisation_id, member_id, agreed_at)
VALUES (:boundary_id, :revision, :organisation_id, :member_id, :agreed_at)
ON CONFLICT (boundary_id, revision, organisation_id) DO NOTHING;

-- name: agreements_of_boundaries
-- Who agreed to which revision of some boundaries.
SELECT boundary_id, revision, organisation_id, member_id, agreed_at
FROM boundary_agreements
WHERE boundary_id = ANY (:boundary_ids::uuid[]);

-- name: forget_member$
-- Somebody is no member any more: what was proposed, said and agreed stays with the organisation; how many rows.
WITH proposed AS (UPDATE boundary_revisions SET member_id = NULL WHERE member_id = :member_id RETURNING 1),
    agreed AS (UPDATE boundary_agreements SET member_id = NULL WHERE member_id = :member_id RETURNING 1),
    said AS (UPDATE boundary_comments SET member_id = NULL WHERE member_id = :member_id RETURNING 1)
SELECT (SELECT count(*) FROM proposed) + (SELECT count(*) FROM agreed) + (SELECT count(*) FROM said);

-- name: close_other_revisions!
-- What was open is not agreed, what was agreed is replaced: all but those that go on.
UPDATE boundary_revisions
SET outcome = CASE outcome WHEN 'open' THEN 'not_agreed' ELSE 'replaced' END
WHERE boundary_id = :boundary_id AND outcome IN ('open', 'agreed') AND revision <> ALL (:going_on::integer[]);

-- name: boundary_for_update^
-- One boundary, locked until commit.
SELECT * FROM boundaries WHERE boundary_id = :boundary_id FOR UPDATE;

-- name: boundary_by_id^
-- One boundary.
SELECT * FROM boundaries WHERE boundary_id = :boundary_id;

-- name: current_revisions
-- What counts now and what is talked about, of several boundaries.
SELECT r.*
FROM boundaries AS b
JOIN boundary_revisions AS r
    ON r.boundary_id = b.boundary_id AND r.revision IN (b.agreed_revision, b.open_revision)
WHERE b.boundary_id = ANY (:boundary_ids::uuid[]);

-- name: revisions_of_boundary
-- The history of a boundary, latest first.
SELECT * FROM boundary_revisions WHERE boundary_id = :boundary_id ORDER BY revision DESC LIMIT 1000;

-- name: add_comment!
-- Somebody comments.
INSERT INTO boundary_comments (comment_id, boundary_id, revision, organisation_id, member_id, text, written_at)
VALUES (:comment_id, :boundary_id, :revision, :organisation_id, :member_id, :text, :written_at);

-- name: count_comments$
-- How many comments there are about a revision.
SELECT count(*) FROM boundary_comments WHERE boundary_id = :boundary_id AND revision = :revision;

-- name: comments_listed
-- The comments on a boundary.
SELECT c.comment_id, c.revision, c.organisation_id, c.member_id, c.text, c.written_at
FROM boundary_comments AS c
WHERE c.boundary_id = :boundary_id

-- name: boundaries_listed
-- Boundaries that count, for everybody; in any state those of one's own organisations, of one's own organisations in one's
-- own districts (in pairs), and of one's own districts.
SELECT b.*
FROM boundaries AS b
WHERE true
  AND (b.status = 'agreed' OR b.one_organisation_id = ANY (:own::uuid[]) OR b.other_organisation_id = ANY (:own::uuid[])
    OR b.district = ANY (:districts::text[])
    OR (b.one_organisation_id, b.district) IN (SELECT * FROM unnest(:near::uuid[], :near_districts::text[]))
    OR (b.other_organisation_id, b.district) IN (SELECT * FROM unnest(:near::uuid[], :near_districts::text[])))
  AND b.district = :district::text -- when district
  AND b.kind_of_activity = :kind_of_activity::text -- when kind_of_activity
  AND (b.one_organisation_id = :organisation_id::uuid OR b.other_organisation_id = :organisation_id::uuid) -- when organisation_id
  AND b.status = :status::text -- when status

-- name: boundaries_to_end
-- Boundaries whose last day has passed, locked; whoever else is at it takes others.
SELECT * FROM boundaries
WHERE status <> 'ended' AND counts_until < :today
ORDER BY counts_until
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: forget_comments$
-- Forget what was said about boundaries that ended long ago; how many comments went.
WITH old AS (
    SELECT c.comment_id
    FROM boundary_comments AS c
    JOIN boundaries AS b ON b.boundary_id = c.boundary_id
    WHERE b.ended_on < :before
    ORDER BY c.comment_id
    LIMIT :rows
), removed AS (DELETE FROM boundary_comments WHERE comment_id IN (SELECT comment_id FROM old) RETURNING 1)
SELECT count(*) FROM removed;

-- name: kinds_in_district
-- The kinds of activity of open offers, and of boundaries that have not ended.
SELECT topic AS kind FROM offers WHERE district = :district AND status <> 'closed'
UNION
SELECT kind_of_activity FROM boundaries WHERE district = :district AND status <> 'ended';

-- name: in_force
-- Who is responsible for what, as agreed and in force on a day.
SELECT b.boundary_id, b.kind_of_activity, r.responsible_organisation_id AS responsible_id
FROM boundaries AS b
JOIN boundary_revisions AS r ON r.boundary_id = b.boundary_id AND r.revision = b.agreed_revision
WHERE b.district = :district AND b.status = 'agreed' AND r.valid_until >= :today;

-- name: serving
-- Which of these organisations are verified and serve a district.
SELECT organisation_id FROM organisations
WHERE organisation_id = ANY (:organisation_ids::uuid[]) AND status = 'verified' AND districts @> ARRAY[:district::text];
