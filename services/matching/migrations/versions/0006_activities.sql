-- Activities: the public directory of what there is.

CREATE TABLE activities (
    activity_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    kind text NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    description text NOT NULL CHECK (length(description) <= 4000),
    translations jsonb NOT NULL,
    topic text NOT NULL,
    district text NOT NULL CHECK (district ~ '^[0-9]{5}$'),
    postal_code text NOT NULL CHECK (postal_code ~ '^[0-9]{5}$'),
    venue text NOT NULL CHECK (length(venue) <= 200),
    weekly jsonb NOT NULL,
    days text[] NOT NULL,
    times text NOT NULL CHECK (length(times) <= 200),
    languages text[] NOT NULL,
    contact_id uuid,
    website text NOT NULL CHECK (length(website) <= 500),
    confirmed_on date NOT NULL,
    is_stale boolean NOT NULL DEFAULT false,
    location point NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('german'::regconfig, title), 'A')
        || setweight(to_tsvector('german'::regconfig, description), 'B')
        || setweight(to_tsvector('german'::regconfig, venue), 'C')
    ) STORED
);
COMMENT ON TABLE activities IS 'What there is already, for everybody to find: language cafés, workshops, homework help, groups.';
COMMENT ON COLUMN activities.coordinator_id IS 'The member of the organisation who keeps the entry.';
COMMENT ON COLUMN activities.times IS 'When it takes place, in words, where weekly times do not say it.';
COMMENT ON COLUMN activities.is_stale IS 'Not confirmed in time; somebody was reminded, once.';
COMMENT ON COLUMN activities.location IS 'Kilometres east and north of the middle of Germany: an index answers "nearest first".';
CREATE INDEX activities_by_time ON activities ((NOT is_stale), activity_id);
CREATE INDEX activities_by_district ON activities (district, (NOT is_stale), activity_id);
CREATE INDEX activities_by_topic ON activities (topic, (NOT is_stale), activity_id);
CREATE INDEX activities_by_kind ON activities (kind, (NOT is_stale), activity_id);
CREATE INDEX activities_by_organisation ON activities (organisation_id, activity_id);
CREATE INDEX activities_by_coordinator ON activities (coordinator_id, activity_id);
CREATE INDEX activities_by_location ON activities USING gist (location);
-- The nearest of the one kind, and of the other, without passing over all of the other kind.
CREATE INDEX activities_fresh_by_location ON activities USING gist (location) WHERE NOT is_stale;
CREATE INDEX activities_stale_by_location ON activities USING gist (location) WHERE is_stale;
CREATE INDEX activities_by_words ON activities USING gin (search) WITH (fastupdate = off);
CREATE INDEX activities_by_features ON activities USING gin (languages, days) WITH (fastupdate = off);
CREATE INDEX activities_to_confirm ON activities (confirmed_on) WHERE NOT is_stale;
