-- Read models: each follows one topic by version and can be replayed at any time. No foreign keys: there is no order
-- across topics.

CREATE TABLE places (
    postal_code text PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    districts text[] NOT NULL
);
COMMENT ON TABLE places IS 'Read model of registry.places: where a postal code lies (WGS 84, degrees).';
CREATE INDEX places_by_position ON places (latitude, longitude) INCLUDE (postal_code);

CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE organisations IS 'Read model of registry.organisations: who may publish and see somebody.';

CREATE TABLE volunteers (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    languages jsonb NOT NULL,
    wishes text[] NOT NULL,
    availability jsonb NOT NULL,
    absences jsonb NOT NULL,
    reach_km integer NOT NULL,
    postal_code text NOT NULL,
    district text NOT NULL,
    age_reached integer,
    paused boolean NOT NULL,
    registered_at timestamptz NOT NULL,
    postings text[] NOT NULL
);
COMMENT ON COLUMN volunteers.postings IS 'language@postal_code for each language spoken, *@postal_code: what one index finds at once.';
COMMENT ON TABLE volunteers IS 'Read model of registry.volunteers: what an offer can be weighed against; nothing that says who it is.';
CREATE INDEX volunteers_by_postal_code ON volunteers (postal_code, volunteer_id) WHERE NOT paused;
CREATE INDEX volunteers_by_posting ON volunteers USING gin (postings) WITH (fastupdate = off) WHERE NOT paused;

CREATE TABLE qualifications (
    qualification_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    volunteer_id uuid NOT NULL,
    qualification text NOT NULL,
    granted_on date NOT NULL,
    valid_until date
);
COMMENT ON TABLE qualifications IS 'Read model of training.qualifications; those that ended are gone from it.';
CREATE INDEX qualifications_by_volunteer ON qualifications (volunteer_id, qualification);

CREATE TABLE courses (
    course_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    organisation_id uuid NOT NULL,
    title text NOT NULL,
    grants text,
    district text NOT NULL,
    postal_code text NOT NULL,
    starts_at timestamptz NOT NULL,
    first_ends_at timestamptz NOT NULL
);
COMMENT ON COLUMN courses.first_ends_at IS 'The end of the first session: until then nothing of the course is missed.';
COMMENT ON TABLE courses IS 'Read model of training.courses: which course would help; those that were cancelled are gone from it.';
CREATE INDEX courses_by_grant ON courses (grants, starts_at) WHERE grants IS NOT NULL;
