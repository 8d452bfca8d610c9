-- Tandems: lasting placements with one person or family, of whom nothing personal is kept.

CREATE TABLE counterparts (
    counterpart_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL,
    district text NOT NULL CHECK (district ~ '^[0-9]{5}$'),
    reference text NOT NULL CHECK (reference ~ '^[A-Z0-9-]{1,20}$'),
    languages text[] NOT NULL,
    wishes text[] NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'paired', 'closed')),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE counterparts IS 'The other side of a tandem: a reference in the organisation''s own file, languages and wishes; no personal data.';
COMMENT ON COLUMN counterparts.reference IS 'Shown to the organisation''s coordinators only: neither to the volunteer nor in an event.';
CREATE UNIQUE INDEX counterparts_once ON counterparts (organisation_id, reference) WHERE status <> 'closed';
CREATE INDEX counterparts_by_organisation ON counterparts (organisation_id, counterpart_id);
CREATE INDEX counterparts_closed ON counterparts (changed_at) WHERE status = 'closed';

CREATE TABLE tandem_wishes (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    wishes text[] NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE tandem_wishes IS 'What a volunteer wishes to do in a tandem.';

CREATE TABLE tandems (
    tandem_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    counterpart_id uuid REFERENCES counterparts ON DELETE SET NULL,
    placement_id uuid NOT NULL REFERENCES placements,
    offer_id uuid NOT NULL REFERENCES offers,
    organisation_id uuid NOT NULL,
    volunteer_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'trial', 'agreed', 'ended')),
    trial_days integer NOT NULL CHECK (trial_days BETWEEN 1 AND 366),
    check_in_days integer NOT NULL CHECK (check_in_days BETWEEN 1 AND 366),
    trial_until date,
    agreed_by_volunteer_at timestamptz,
    agreed_by_coordinator_at timestamptz,
    agreed_on date,
    ended_at timestamptz,
    end_reason text CHECK (
        end_reason IN (
            'goal_reached', 'declined', 'proposal_withdrawn', 'volunteer_stopped', 'other_side_stopped', 'moved_away',
            'no_time', 'does_not_fit', 'placement_over', 'other'
        )
    ),
    trial_end_told_on date,
    proposed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (status <> 'proposed' OR trial_until IS NULL),
    CHECK (status NOT IN ('trial', 'agreed') OR trial_until IS NOT NULL),
    CHECK ((status = 'agreed') <= (num_nonnulls(agreed_by_volunteer_at, agreed_by_coordinator_at, agreed_on) = 3)),
    CHECK ((status = 'ended') = (end_reason IS NOT NULL)),
    CHECK ((status = 'ended') = (ended_at IS NOT NULL))
);
COMMENT ON TABLE tandems IS 'A volunteer and the other side, within a placement.';
COMMENT ON COLUMN tandems.trial_end_told_on IS 'The end of the trial of which both were told; a prolonged one is told of again.';
CREATE UNIQUE INDEX tandems_live_once ON tandems (counterpart_id) WHERE status <> 'ended';
CREATE INDEX tandems_by_volunteer ON tandems (volunteer_id, tandem_id DESC);
CREATE INDEX tandems_by_organisation ON tandems (organisation_id, tandem_id DESC);
CREATE INDEX tandems_by_offer ON tandems (offer_id, tandem_id DESC);
CREATE INDEX tandems_by_placement ON tandems (placement_id, tandem_id);
CREATE INDEX tandems_in_trial ON tandems (trial_until, tandem_id) WHERE status = 'trial';

CREATE TABLE tandem_check_ins (
    check_in_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    tandem_id uuid NOT NULL REFERENCES tandems ON DELETE CASCADE,
    number integer NOT NULL CHECK (number >= 1),
    due_on date NOT NULL,
    status text NOT NULL CHECK (status IN ('due', 'done', 'skipped')),
    outcome text CHECK (
        outcome IN ('going_well', 'needs_support', 'talk_arranged', 'not_reached', 'on_holiday', 'other', 'tandem_ended')
    ),
    is_told boolean NOT NULL DEFAULT false,
    settled_at timestamptz,
    UNIQUE (tandem_id, number),
    CHECK ((status = 'due') = (outcome IS NULL)),
    CHECK ((status = 'due') = (settled_at IS NULL))
);
COMMENT ON TABLE tandem_check_ins IS 'When the coordinator asks how a tandem goes, and what came of it; one at a time is due.';
CREATE INDEX tandem_check_ins_to_tell ON tandem_check_ins (due_on, check_in_id) WHERE status = 'due' AND NOT is_told;
CREATE INDEX tandem_check_ins_due ON tandem_check_ins (due_on, check_in_id) WHERE status = 'due';

CREATE TABLE tandem_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placement_id uuid NOT NULL,
    noted_at timestamptz NOT NULL
);
COMMENT ON TABLE tandem_checks IS 'Placements that are over: their tandems end, worked off by a timer.';

CREATE FUNCTION note_tandems_of_placement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tandem_checks (placement_id, noted_at)
    SELECT NEW.placement_id, NEW.changed_at
    WHERE EXISTS (SELECT FROM tandems AS t WHERE t.placement_id = NEW.placement_id AND t.status <> 'ended');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION note_tandems_of_placement IS 'Whoever makes a tandem holds the offer''s row, as whoever ends the placement does: so none is missed.';
CREATE TRIGGER placements_over_end_tandems AFTER UPDATE ON placements
    FOR EACH ROW WHEN (
        NEW.status IN ('completed', 'declined', 'withdrawn', 'expired', 'ended') AND OLD.status <> NEW.status
    ) EXECUTE FUNCTION note_tandems_of_placement();

ALTER TABLE merge_moves
    DROP CONSTRAINT merge_moves_kind_check,
    ADD CONSTRAINT merge_moves_kind_check CHECK (kind IN ('placement', 'given_up', 'told', 'tandem', 'tandem_wishes'));
