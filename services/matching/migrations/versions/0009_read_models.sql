-- Read models of what the registry tells of clearances, groups, boundaries, contacts and consents; each follows one topic
-- by version and can be replayed at any time.

CREATE TABLE clearances (
    clearance_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    volunteer_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    legal_basis text NOT NULL,
    kind_of_activity text NOT NULL,
    valid_until date NOT NULL
);
COMMENT ON TABLE clearances IS 'Read model of registry.clearances: counts for that organisation, basis and kind of activity only (§ 30a(3) BZRG); those that ended are gone from it.';
COMMENT ON COLUMN clearances.valid_until IS 'The last day on which it counts.';
CREATE INDEX clearances_by_volunteer ON clearances (volunteer_id, organisation_id, legal_basis, kind_of_activity) INCLUDE (valid_until);
CREATE INDEX clearances_by_purpose ON clearances (organisation_id, legal_basis, kind_of_activity, volunteer_id) INCLUDE (valid_until);

CREATE TABLE groups (
    group_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    speaker_id uuid NOT NULL,
    member_ids uuid[] NOT NULL
);
COMMENT ON TABLE groups IS 'Read model of registry.groups; those that were dissolved are gone from it.';
COMMENT ON COLUMN groups.member_ids IS 'The speaker among them, in the order of the ids.';
CREATE INDEX groups_by_member ON groups USING gin (member_ids);
CREATE INDEX groups_by_speaker ON groups (speaker_id);

CREATE TABLE boundaries (
    boundary_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    district text NOT NULL,
    kind_of_activity text NOT NULL,
    organisation_ids uuid[] NOT NULL,
    status text NOT NULL,
    agreed jsonb
);
COMMENT ON TABLE boundaries IS 'Read model of registry.boundaries; one that ended stays, because offers refer to it.';
COMMENT ON COLUMN boundaries.agreed IS 'What counts, or counted last; null when it was never agreed.';

CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    organisation_id uuid NOT NULL,
    subject_id uuid,
    district text NOT NULL,
    topic text NOT NULL,
    is_stale boolean NOT NULL
);
COMMENT ON TABLE contacts IS 'Read model of registry.contacts: whom an offer may name; those that were withdrawn are gone from it.';
CREATE INDEX contacts_by_organisation ON contacts (organisation_id, contact_id);
CREATE INDEX contacts_by_subject ON contacts (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE consents (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    purposes text[] NOT NULL
);
COMMENT ON TABLE consents IS 'Read model of registry.consents: the purposes that hold.';

ALTER TABLE volunteers
    ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
    ADD COLUMN travel text[] NOT NULL DEFAULT '{}',
    ADD COLUMN undertaking_valid boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN volunteers.undertaking_valid IS 'Has signed the confidentiality undertaking in force, without which nobody sees data of others.';

CREATE TABLE requirement_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volunteer_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    correlation_id text
);
COMMENT ON TABLE requirement_checks IS 'Volunteers whose placements may have to be suspended or may go on: something changed, or its last day is over. Worked off by a timer.';
COMMENT ON COLUMN requirement_checks.correlation_id IS 'The journey that the change belongs to; null: none.';
CREATE INDEX requirement_checks_by_time ON requirement_checks (due_at, check_id);
CREATE INDEX requirement_checks_by_volunteer ON requirement_checks (volunteer_id, due_at);

-- Noted by themselves, whoever writes placements and offers: so no use case can forget it.

CREATE FUNCTION note_requirements_of_placement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO requirement_checks (volunteer_id, due_at) VALUES (NEW.volunteer_id, NEW.changed_at);
    RETURN NULL;
END $$;
CREATE TRIGGER placements_confirmed_have_requirements AFTER UPDATE ON placements
    FOR EACH ROW WHEN (
        NEW.status IN ('confirmed', 'active', 'suspended')
        AND (OLD.status, OLD.volunteer_id) IS DISTINCT FROM (NEW.status, NEW.volunteer_id)
    ) EXECUTE FUNCTION note_requirements_of_placement();
CREATE TRIGGER placements_made_confirmed_have_requirements AFTER INSERT ON placements
    FOR EACH ROW WHEN (NEW.status IN ('confirmed', 'active', 'suspended'))
    EXECUTE FUNCTION note_requirements_of_placement();

CREATE FUNCTION note_requirements_of_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO requirement_checks (volunteer_id, due_at)
    SELECT DISTINCT p.volunteer_id, NEW.changed_at FROM placements AS p
    WHERE p.offer_id = NEW.offer_id AND p.status IN ('confirmed', 'active', 'suspended');
    RETURN NULL;
END $$;
CREATE TRIGGER offers_changed_have_requirements AFTER UPDATE ON offers
    FOR EACH ROW WHEN (
        (OLD.qualifications, OLD.clearance_basis, OLD.clearance_activity)
        IS DISTINCT FROM (NEW.qualifications, NEW.clearance_basis, NEW.clearance_activity)
    ) EXECUTE FUNCTION note_requirements_of_offer();

CREATE TABLE ended_boundaries (
    boundary_id uuid PRIMARY KEY,
    after_offer_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    is_told boolean NOT NULL DEFAULT false,
    noted_at timestamptz NOT NULL
);
COMMENT ON TABLE ended_boundaries IS 'Task boundaries that ended: whoever answers for an offer that refers to one is told, once, in steps.';
CREATE INDEX ended_boundaries_to_tell ON ended_boundaries (noted_at, boundary_id) WHERE NOT is_told;
CREATE INDEX offers_by_boundary ON offers (boundary_id, offer_id) WHERE boundary_id IS NOT NULL;
