-- What the promise needs in every service's schema: outbox, relay, dead letters, reactions, erased persons.

CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    headers text NOT NULL,
    value bytea,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE outbox IS 'Events that wait to be published; the relay removes them after Kafka has committed.';
COMMENT ON COLUMN outbox.value IS 'Null: a tombstone.';

CREATE TABLE relay (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder uuid,
    generation bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    batch uuid,
    positions bigint[] NOT NULL DEFAULT '{}',
    ticked_on date
);
COMMENT ON TABLE relay IS 'Who may publish (a lease with a heartbeat), and which outbox positions are being published.';
INSERT INTO relay DEFAULT VALUES;

CREATE TABLE dead_letters (
    dead_letter_id uuid PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    subject_id uuid,
    reason text NOT NULL,
    attempts integer NOT NULL,
    set_aside_at timestamptz NOT NULL,
    UNIQUE (consumer, topic, partition, "offset")
);
COMMENT ON TABLE dead_letters IS 'Records that could not be consumed: kept 30 days, erased with their subject, played again by redrive.';
COMMENT ON COLUMN dead_letters.headers IS 'List of [name, value in base64 or null], as they came.';
CREATE INDEX dead_letters_by_key ON dead_letters (topic, key);
CREATE INDEX dead_letters_by_consumer ON dead_letters (consumer, dead_letter_id);
CREATE INDEX dead_letters_by_age ON dead_letters (set_aside_at);
CREATE INDEX dead_letters_by_subject ON dead_letters (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE reactions (
    reaction text NOT NULL,
    natural_key text NOT NULL,
    aggregate text NOT NULL,
    subject_id uuid,
    done_at timestamptz NOT NULL,
    PRIMARY KEY (reaction, natural_key)
);
COMMENT ON TABLE reactions IS 'Which reactions have run: once per natural key, remembered as long as the aggregate.';
CREATE INDEX reactions_by_aggregate ON reactions (aggregate);
CREATE INDEX reactions_by_subject ON reactions (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX reactions_by_age ON reactions (done_at);

CREATE TABLE ended_aggregates (
    projection text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (projection, key)
);
COMMENT ON TABLE ended_aggregates IS 'The version at which an aggregate left a read model, so that an older duplicate does not bring it back.';

CREATE TABLE erased_subjects (
    subject_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
COMMENT ON TABLE erased_subjects IS 'Ids only, kept for good: nothing about them comes back by replay, redrive, import or a late duplicate.';
