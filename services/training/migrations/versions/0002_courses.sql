CREATE TABLE volunteers (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL
);
COMMENT ON TABLE volunteers IS 'Read model of registry.volunteers: who there is, nothing else.';

CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE organisations IS 'Read model of registry.organisations: whether it is verified.';

CREATE TABLE courses (
    course_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    grants text CHECK (grants ~ '^[a-z][a-z0-9_]{0,59}$'),
    district text NOT NULL CHECK (district ~ '^[0-9]{5}$'),
    postal_code text NOT NULL CHECK (postal_code ~ '^[0-9]{5}$'),
    languages text[] NOT NULL CHECK (cardinality(languages) BETWEEN 1 AND 20),
    places integer NOT NULL CHECK (places BETWEEN 1 AND 1000),
    places_taken integer NOT NULL DEFAULT 0,
    last_queue_number bigint NOT NULL DEFAULT 0,
    status text NOT NULL CHECK (status IN ('published', 'cancelled')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    waiting_list_closed boolean NOT NULL DEFAULT false,
    CHECK (places_taken BETWEEN 0 AND places),
    CHECK (ends_at > starts_at)
);
COMMENT ON COLUMN courses.places_taken IS 'Enrolments that are enrolled, offered, attended or absent; changed under the lock of this row.';
COMMENT ON COLUMN courses.starts_at IS 'Begin of the first session.';
COMMENT ON COLUMN courses.ends_at IS 'End of the last session.';
COMMENT ON COLUMN courses.waiting_list_closed IS 'The course is over and nobody waits for it any more.';
CREATE INDEX courses_by_start ON courses (starts_at, course_id) WHERE status = 'published';
CREATE INDEX courses_by_district ON courses (district, starts_at, course_id) WHERE status = 'published';
CREATE INDEX courses_by_qualification ON courses (grants, starts_at, course_id) WHERE status = 'published';
CREATE INDEX courses_to_close ON courses (ends_at) WHERE NOT waiting_list_closed;

CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    course_id uuid NOT NULL REFERENCES courses ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    attendance_version integer NOT NULL DEFAULT 0 CHECK (attendance_version >= 0),
    CHECK (ends_at > starts_at)
);
CREATE INDEX sessions_by_course ON sessions (course_id, starts_at);

CREATE TABLE enrolments (
    enrolment_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    course_id uuid NOT NULL REFERENCES courses,
    volunteer_id uuid NOT NULL,
    status text NOT NULL
        CHECK (status IN ('enrolled', 'waitlisted', 'offered', 'cancelled', 'attended', 'absent')),
    queue_number bigint,
    offered_until timestamptz,
    completed_at timestamptz,
    enrolled_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (status <> 'waitlisted' OR queue_number IS NOT NULL),
    CHECK ((status = 'offered') = (offered_until IS NOT NULL)),
    CHECK ((status = 'attended') = (completed_at IS NOT NULL))
);
COMMENT ON COLUMN enrolments.queue_number IS 'Order in the waiting list, taken under the lock of the course.';
CREATE UNIQUE INDEX enrolments_once ON enrolments (course_id, volunteer_id) WHERE status <> 'cancelled';
CREATE INDEX enrolments_by_course ON enrolments (course_id, enrolment_id);
CREATE INDEX enrolments_by_volunteer ON enrolments (volunteer_id, enrolment_id);
CREATE INDEX enrolments_waiting ON enrolments (course_id, queue_number) WHERE status = 'waitlisted';
CREATE INDEX enrolments_offered ON enrolments (offered_until) WHERE status = 'offered';

CREATE TABLE attendance (
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    enrolment_id uuid NOT NULL REFERENCES enrolments ON DELETE CASCADE,
    attended boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, enrolment_id)
);
CREATE INDEX attendance_by_enrolment ON attendance (enrolment_id);

CREATE TABLE qualifications (
    qualification_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    volunteer_id uuid NOT NULL,
    qualification text NOT NULL CHECK (qualification ~ '^[a-z][a-z0-9_]{0,59}$'),
    course_id uuid NOT NULL REFERENCES courses,
    granted_on date NOT NULL,
    valid_until date,
    ended_at timestamptz,
    CHECK (valid_until >= granted_on)
);
COMMENT ON COLUMN qualifications.valid_until IS 'The last day on which it counts; null: for good.';
CREATE UNIQUE INDEX qualifications_once ON qualifications (volunteer_id, qualification) WHERE ended_at IS NULL;
CREATE INDEX qualifications_by_volunteer ON qualifications (volunteer_id, qualification_id);
CREATE INDEX qualifications_by_expiry ON qualifications (valid_until) WHERE ended_at IS NULL;
CREATE INDEX qualifications_by_course ON qualifications (course_id);
