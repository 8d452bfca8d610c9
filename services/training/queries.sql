-- name: volunteer_is_known$
-- Whether the read model has heard of the volunteer.
SELECT EXISTS (SELECT FROM volunteers WHERE volunteer_id = :volunteer_id);

-- name: organisation^
-- What the read model says of an organisation.
SELECT organisation_id, status FROM organisations WHERE organisation_id = :organisation_id;

-- name: course^
-- A course.
SELECT * FROM courses WHERE course_id = :course_id;

-- name: lock_course^
-- A course, locked until commit: whoever takes or frees a place, or changes what others build on, comes one by one.
SELECT * FROM courses WHERE course_id = :course_id FOR UPDATE;

-- name: sessions_of
-- The sessions of some courses, in order of time.
SELECT * FROM sessions WHERE course_id = ANY(:course_ids::uuid[]) ORDER BY course_id, starts_at, session_id;

-- name: courses_listed
-- Published courses of verified organisations that begin from an instant on.
SELECT course.*
FROM courses AS course
JOIN organisations AS organisation USING (organisation_id)
WHERE course.status = 'published'
  AND organisation.status = 'verified'
  AND course.starts_at >= :earliest::timestamptz
  AND course.district = :district::text -- when district
  AND course.grants = :grants::text -- when grants
  AND course.organisation_id = :organisation_id::uuid -- when organisation_id

-- name: insert_course!
-- A new course.
INSERT INTO courses (
    course_id, version, organisation_id, title, grants, district, postal_code, languages, places, places_taken,
    last_queue_number, status, starts_at, ends_at
) VALUES (
    :course_id, :version, :organisation_id, :title, :grants, :district, :postal_code, :languages, :places, :places_taken,
    :last_queue_number, :status, :starts_at, :ends_at
);

-- name: update_course!
-- A locked course after a change.
UPDATE courses SET
    version = :version, title = :title, places = :places, places_taken = :places_taken,
    last_queue_number = :last_queue_number, status = :status, starts_at = :starts_at, ends_at = :ends_at
WHERE course_id = :course_id;

-- name: upsert_sessions!
-- The sessions of a course: new ones and moved ones.
INSERT INTO sessions (session_id, course_id, starts_at, ends_at)
SELECT session.session_id, :course_id, session.starts_at, session.ends_at
FROM unnest(:session_ids::uuid[], :starts::timestamptz[], :ends::timestamptz[])
    AS session (session_id, starts_at, ends_at)
ON CONFLICT (session_id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at;

-- name: remove_other_sessions!
-- The sessions that a course has no longer.
DELETE FROM sessions WHERE course_id = :course_id AND session_id <> ALL(:session_ids::uuid[]);

-- name: set_attendance_version!
-- A list of attendance was recorded for a session.
UPDATE sessions SET attendance_version = :attendance_version WHERE session_id = :session_id;

-- name: enrolment^
-- An enrolment.
SELECT * FROM enrolments WHERE enrolment_id = :enrolment_id;

-- name: enrolments_of_course
-- Those among some enrolments that belong to a course.
SELECT * FROM enrolments
WHERE course_id = :course_id AND enrolment_id = ANY(:enrolment_ids::uuid[])
ORDER BY enrolment_id;

-- name: recorded_enrolments
-- The enrolments of a course that have any attendance recorded and hold a place.
SELECT * FROM enrolments AS enrolment
WHERE course_id = :course_id AND status IN ('enrolled', 'attended', 'absent')
  AND EXISTS (SELECT FROM attendance WHERE attendance.enrolment_id = enrolment.enrolment_id)
ORDER BY enrolment_id;

-- name: undecided_enrolments
-- The enrolments of a course that are enrolled, waiting or offered a place.
SELECT * FROM enrolments
WHERE course_id = :course_id AND status IN ('enrolled', 'waitlisted', 'offered')
ORDER BY enrolment_id;

-- name: waiting_enrolments
-- The enrolments of a course that wait or are offered a place.
SELECT * FROM enrolments
WHERE course_id = :course_id AND status IN ('waitlisted', 'offered')
ORDER BY enrolment_id;

-- name: overdue_enrolments
-- The enrolments of a course that were offered a place until now.
SELECT * FROM enrolments
WHERE course_id = :course_id AND status = 'offered' AND offered_until <= :now
ORDER BY enrolment_id;

-- name: next_waiting
-- Those who wait for a course, in order; whoever's data is only to be stored keeps their place in it meanwhile.
SELECT * FROM enrolments AS e
WHERE course_id = :course_id AND status = 'waitlisted'
  AND NOT EXISTS (SELECT FROM person_rights AS r WHERE r.subject_id = e.volunteer_id AND r.restricted)
ORDER BY queue_number
LIMIT :at_most;

-- name: count_waiting$
-- How many wait for a course.
SELECT count(*) FROM enrolments WHERE course_id = :course_id AND status = 'waitlisted';

-- name: is_enrolled$
-- Whether a volunteer is enrolled in a course, waits for it, or has been through it.
SELECT EXISTS (
    SELECT FROM enrolments WHERE course_id = :course_id AND volunteer_id = :volunteer_id AND status <> 'cancelled'
);

-- name: enrolments_listed
-- The enrolments of a volunteer, or of a course, with its title and the position in the waiting list.
SELECT enrolment.*, course.title,
    CASE WHEN enrolment.status = 'waitlisted' THEN (
        SELECT count(*) FROM enrolments AS earlier
        WHERE earlier.course_id = enrolment.course_id AND earlier.status = 'waitlisted'
          AND earlier.queue_number <= enrolment.queue_number
    ) END AS waiting_position
FROM enrolments AS enrolment
JOIN courses AS course USING (course_id)
WHERE true
  AND enrolment.volunteer_id = :volunteer_id::uuid -- when volunteer_id
  AND enrolment.course_id = :course_id::uuid -- when course_id
  AND enrolment.status = :status::text -- when status

-- name: shown_enrolment^
-- One enrolment with course and position in the waiting list.
SELECT enrolment.*, course.title, course.organisation_id, course.district,
    CASE WHEN enrolment.status = 'waitlisted' THEN (
        SELECT count(*) FROM enrolments AS earlier
        WHERE earlier.course_id = enrolment.course_id AND earlier.status = 'waitlisted'
          AND earlier.queue_number <= enrolment.queue_number
    ) END AS waiting_position
FROM enrolments AS enrolment
JOIN courses AS course USING (course_id)
WHERE enrolment.enrolment_id = :enrolment_id;

-- name: insert_enrolment!
-- A new enrolment.
INSERT INTO enrolments (
    enrolment_id, version, course_id, volunteer_id, status, queue_number, offered_until, completed_at, enrolled_at,
    changed_at
) VALUES (
    :enrolment_id, :version, :course_id, :volunteer_id, :status, :queue_number, :offered_until, :completed_at, :now, :now
);

-- name: update_enrolments!
-- Enrolments after a step, all at once; their course is locked.
UPDATE enrolments AS enrolment SET
    version = changed.version, status = changed.status, offered_until = changed.offered_until,
    completed_at = changed.completed_at, changed_at = :now
FROM unnest(
    :enrolment_ids::uuid[], :versions::bigint[], :statuses::text[], :offered_untils::timestamptz[],
    :completed_ats::timestamptz[]
) AS changed (enrolment_id, version, status, offered_until, completed_at)
WHERE enrolment.enrolment_id = changed.enrolment_id;

-- name: courses_with_overdue_offers
-- Courses in which the deadline of a place that was offered has passed, the longest overdue first.
SELECT course_id FROM enrolments
WHERE status = 'offered' AND offered_until <= :now
GROUP BY course_id
ORDER BY min(offered_until)
LIMIT :at_most;

-- name: courses_to_close
-- Courses that are over and whose waiting list was not closed yet.
SELECT course_id FROM courses
WHERE ends_at <= :now AND NOT waiting_list_closed
ORDER BY ends_at
LIMIT :at_most;

-- name: close_waiting_list!
-- Nobody waits for this course any more.
UPDATE courses SET waiting_list_closed = true WHERE course_id = :course_id;

-- name: attendance_of_session
-- Who was recorded for a session, as far as they hold a place.
SELECT mark.enrolment_id, mark.attended
FROM attendance AS mark
JOIN enrolments AS enrolment USING (enrolment_id)
WHERE mark.session_id = :session_id AND enrolment.status IN ('enrolled', 'attended', 'absent')
ORDER BY mark.enrolment_id;

-- name: marks_of_enrolments
-- All attendance of some enrolments.
SELECT enrolment_id, session_id, attended FROM attendance WHERE enrolment_id = ANY(:enrolment_ids::uuid[]);

-- name: record_attendance!
-- Who came to a session and who did not; what was recorded before is corrected.
INSERT INTO attendance (session_id, enrolment_id, attended, recorded_at)
SELECT :session_id, mark.enrolment_id, mark.attended, :now
FROM unnest(:enrolment_ids::uuid[], :attended::boolean[]) AS mark (enrolment_id, attended)
ON CONFLICT (session_id, enrolment_id) DO UPDATE SET attended = excluded.attended, recorded_at = excluded.recorded_at
WHERE attendance.attended <> excluded.attended;

-- name: lock_qualification_holders
-- Until commit nobody else decides about the qualifications of these volunteers; always in the same order.
SELECT pg_advisory_xact_lock(20, holder.hash)
FROM (
    SELECT DISTINCT hashtext(volunteer_id::text) AS hash
    FROM unnest(:volunteer_ids::uuid[]) AS volunteer_id
    ORDER BY hash
) AS holder;

-- name: live_qualifications
-- The qualifications of one kind that some volunteers hold, locked.
SELECT * FROM qualifications
WHERE volunteer_id = ANY(:volunteer_ids::uuid[]) AND qualification = :qualification AND ended_at IS NULL
ORDER BY qualification_id
FOR UPDATE;

-- name: proofs
-- The completed courses of some volunteers that grant a qualification, with the day of the last session (its begin).
SELECT enrolment.volunteer_id, enrolment.course_id,
    (SELECT max(session.starts_at) FROM sessions AS session WHERE session.course_id = course.course_id) AS completed_on
FROM enrolments AS enrolment
JOIN courses AS course USING (course_id)
WHERE enrolment.volunteer_id = ANY(:volunteer_ids::uuid[])
  AND enrolment.status = 'attended'
  AND course.grants = :qualification;

-- name: save_qualification!
-- A qualification, new or after a change.
INSERT INTO qualifications (
    qualification_id, version, volunteer_id, qualification, course_id, granted_on, valid_until, ended_at
) VALUES (
    :qualification_id, :version, :volunteer_id, :qualification, :course_id, :granted_on, :valid_until, :ended_at
)
ON CONFLICT (qualification_id) DO UPDATE SET
    version = excluded.version, course_id = excluded.course_id, granted_on = excluded.granted_on,
    valid_until = excluded.valid_until, ended_at = excluded.ended_at;

-- name: expired_qualifications
-- Qualifications whose last valid day has passed, locked; others that are being changed are left for the next step.
SELECT * FROM qualifications
WHERE valid_until < :today AND ended_at IS NULL
ORDER BY valid_until
LIMIT :at_most
FOR UPDATE SKIP LOCKED;

-- name: qualifications_listed
-- A volunteer's qualifications.
SELECT * FROM qualifications AS held
WHERE held.volunteer_id = :volunteer_id::uuid
  AND held.qualification = :qualification::text -- when qualification
  AND (held.ended_at IS NOT NULL) = :ended::boolean -- when ended

-- name: is_known_volunteer$
-- Whether the read model of volunteers knows a person.
SELECT EXISTS (SELECT FROM volunteers WHERE volunteer_id = :volunteer_id);

-- name: record_of_member^
-- How a member signs in, and what they are in which organisation, as far as it is known here.
SELECT issuer, subject, memberships FROM members WHERE subject_id = :subject_id;

-- name: record_of_moves
-- What went on under one id when two entries were found to be the same person.
SELECT kind, thing_id, was, completed_at, until FROM merge_moves
WHERE survivor_id = :volunteer_id OR merged_id = :volunteer_id
ORDER BY until, kind, thing_id LIMIT 10000;

-- name: record_of_enrolments
-- Everything stored of a volunteer's enrolments.
SELECT enrolment.*, course.title AS course_title
FROM enrolments AS enrolment
JOIN courses AS course USING (course_id)
WHERE enrolment.volunteer_id = :volunteer_id
ORDER BY enrolment.enrolment_id;

-- name: record_of_attendance
-- Everything stored of a volunteer's attendance.
SELECT enrolment.course_id, mark.session_id, session.starts_at, session.ends_at, mark.attended, mark.recorded_at
FROM attendance AS mark
JOIN enrolments AS enrolment USING (enrolment_id)
JOIN sessions AS session USING (session_id)
WHERE enrolment.volunteer_id = :volunteer_id
ORDER BY session.starts_at, mark.session_id;

-- name: record_of_qualifications
-- Everything stored of a volunteer's qualifications.
SELECT * FROM qualifications WHERE volunteer_id = :volunteer_id ORDER BY qualification_id;

-- name: courses_of_volunteer
-- The courses in which a volunteer is or was enrolled, in the order in which they are locked.
SELECT DISTINCT course_id FROM enrolments WHERE volunteer_id = :volunteer_id ORDER BY course_id;

-- name: erase_attendance$
-- Remove a volunteer's attendance; how many rows.
WITH gone AS (
    DELETE FROM attendance USING enrolments
    WHERE enrolments.enrolment_id = attendance.enrolment_id AND enrolments.volunteer_id = :volunteer_id
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: erase_enrolments
-- Remove a volunteer's enrolments.
DELETE FROM enrolments WHERE volunteer_id = :volunteer_id RETURNING *;

-- name: erase_qualifications
-- Remove a volunteer's qualifications.
DELETE FROM qualifications WHERE volunteer_id = :volunteer_id RETURNING *;

-- name: erase_volunteer$
-- Remove a volunteer from the read model; how many rows.
WITH gone AS (DELETE FROM volunteers WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM gone;
