CREATE TABLE people (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    district text NOT NULL CHECK (district <> ''),
    reach_km integer NOT NULL,
    languages jsonb NOT NULL
);
COMMENT ON TABLE people IS 'Read model of registry.volunteers.';
CREATE INDEX people_by_district ON people (district, reach_km DESC);
CREATE INDEX people_far ON people (volunteer_id) WHERE reach_km > 100;

CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    title text NOT NULL
);
COMMENT ON TABLE offers IS 'Read model of matching.offers, our own topic.';

CREATE TABLE told (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volunteer_id text NOT NULL
);
COMMENT ON TABLE told IS 'Calls of "changed": one row each.';

CREATE TABLE effects (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL,
    version bigint NOT NULL,
    correlation_id text NOT NULL,
    causation_id text
);
COMMENT ON TABLE effects IS 'What the reaction did: one row each time, so that a second time would show.';

CREATE TABLE own_placements (
    placement_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    volunteer_id uuid NOT NULL
);
COMMENT ON TABLE own_placements IS 'Aggregates of our own that concern a person.';

CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE organisations IS 'Read model of registry.organisations, which every service keeps.';
