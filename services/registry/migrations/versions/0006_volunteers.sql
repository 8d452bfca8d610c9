-- Volunteers in full: profile, consents, undertakings, characteristics.

-- The ledger of consents: what was decided, not what holds.
DROP TABLE consents;
CREATE TABLE consents (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 60),
    decision text NOT NULL CHECK (decision IN ('given', 'withdrawn')),
    text_version text NOT NULL CHECK (length(text_version) BETWEEN 1 AND 40),
    language text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('web', 'paper', 'phone', 'in_person', 'association')),
    decided_at timestamptz NOT NULL,
    recorded_by uuid,
    organisation_id uuid
);
COMMENT ON TABLE consents IS 'A ledger: entries are added, never rewritten. They go with the person only.';
COMMENT ON COLUMN consents.recorded_by IS 'The member who wrote down what the person said.';
CREATE INDEX consents_by_volunteer ON consents (volunteer_id, position);

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only whose it is may change: when two records turn out to be one person.
    IF (to_jsonb(NEW) - 'volunteer_id') IS DISTINCT FROM (to_jsonb(OLD) - 'volunteer_id') THEN
        RAISE EXCEPTION 'the ledger of consents is not rewritten' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consents_are_not_rewritten BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CREATE TABLE consents_held (
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    purpose text NOT NULL,
    text_version text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (volunteer_id, purpose)
);
COMMENT ON TABLE consents_held IS 'What holds now, as follows from the ledger.';
CREATE INDEX consents_held_by_purpose ON consents_held (purpose, volunteer_id);

ALTER TABLE volunteers ADD COLUMN consents_version bigint NOT NULL DEFAULT 0 CHECK (consents_version >= 0);
COMMENT ON COLUMN volunteers.consents_version IS 'Version of what registry.consents says of the volunteer; 0: nothing yet.';
