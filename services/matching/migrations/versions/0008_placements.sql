-- Placements in all their states: invited, begun, suspended, completed; of shifts and of groups.

ALTER TABLE placements
    ADD COLUMN shift_id uuid REFERENCES shifts,
    ADD COLUMN group_id uuid,
    ADD COLUMN joint_id uuid,
    ADD COLUMN invited_by uuid,
    ADD COLUMN volunteer_acted boolean NOT NULL DEFAULT true,
    ADD COLUMN started_at timestamptz,
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspended_because text CHECK (
        suspended_because IN (
            'clearance_ended', 'qualification_ended', 'undertaking_ended', 'volunteer_asked', 'organisation_asked'
        )
    ),
    ADD COLUMN completed_at timestamptz,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN end_reason text CHECK (
        end_reason IN (
            'volunteer_stopped', 'no_time', 'moved_away', 'need_over', 'does_not_fit', 'did_not_come',
            'requirement_missing', 'other'
        )
    ),
    ADD COLUMN override_reason text CHECK (length(override_reason) BETWEEN 1 AND 200),
    ADD COLUMN override_by uuid,
    ADD COLUMN override_at timestamptz,
    ADD COLUMN due_at timestamptz;

ALTER TABLE placements ADD COLUMN pool_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(shift_id, offer_id)) STORED;

ALTER TABLE placements
    DROP CONSTRAINT placements_status_check,
    ADD CONSTRAINT placements_status_check CHECK (
        status IN (
            'requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended', 'completed', 'declined',
            'withdrawn', 'expired', 'ended'
        )
    ),
    DROP CONSTRAINT placements_offer_id_queue_number_key,
    ADD CONSTRAINT placements_pool_id_queue_number_key UNIQUE (pool_id, queue_number),
    DROP CONSTRAINT placements_check,
    ADD CONSTRAINT placements_deadline_check CHECK (
        (status IN ('offered', 'invited')) = (offered_until IS NOT NULL)
    ),
    DROP CONSTRAINT placements_check1,
    ADD CONSTRAINT placements_confirmed_check CHECK (
        status NOT IN ('confirmed', 'active', 'suspended', 'completed', 'ended') OR confirmed_at IS NOT NULL
    ),
    ADD CONSTRAINT placements_started_check CHECK (status NOT IN ('active', 'completed') OR started_at IS NOT NULL),
    ADD CONSTRAINT placements_completed_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    ADD CONSTRAINT placements_suspended_check CHECK ((status = 'suspended') = (suspended_because IS NOT NULL)),
    ADD CONSTRAINT placements_joint_check CHECK ((group_id IS NULL) = (joint_id IS NULL)),
    ADD CONSTRAINT placements_override_check CHECK (num_nonnulls(override_reason, override_at) IN (0, 2));

COMMENT ON COLUMN placements.pool_id IS 'Whose places it takes: the shift''s, or the offer''s when it has none.';
COMMENT ON COLUMN placements.queue_number IS 'Its turn among the requests for the same places, lower is earlier.';
COMMENT ON COLUMN placements.joint_id IS 'The request of a group, together or not at all: the same for all of its placements.';
COMMENT ON COLUMN placements.offered_until IS 'The deadline of an offered place, or of an invitation.';
COMMENT ON COLUMN placements.volunteer_acted IS 'False while an invitation was not accepted.';
COMMENT ON COLUMN placements.override_reason IS 'Why a coordinator placed somebody in spite of an overlap; the volunteer reads it.';
COMMENT ON COLUMN placements.due_at IS 'When something happens to it by itself: a deadline, its beginning, its end. A timer looks.';

DROP INDEX placements_live_once;
CREATE UNIQUE INDEX placements_live_once ON placements (pool_id, volunteer_id)
    WHERE status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended');
DROP INDEX placements_waiting;
CREATE INDEX placements_waiting ON placements (pool_id, queue_number) WHERE status = 'waitlisted';
DROP INDEX placements_undecided;
CREATE INDEX placements_undecided ON placements (pool_id, queue_number)
    WHERE status IN ('requested', 'invited', 'waitlisted', 'offered');
CREATE INDEX placements_secured ON placements (pool_id, placement_id)
    WHERE status IN ('confirmed', 'active', 'suspended');
DROP INDEX placements_with_deadline;
CREATE INDEX placements_due ON placements (due_at, placement_id) WHERE due_at IS NOT NULL;
CREATE INDEX placements_by_pool ON placements (pool_id, placement_id DESC);
CREATE INDEX placements_by_shift ON placements (shift_id, placement_id DESC) WHERE shift_id IS NOT NULL;
CREATE INDEX placements_by_joint ON placements (joint_id, queue_number) WHERE joint_id IS NOT NULL;
CREATE INDEX placements_of_volunteer_and_offer ON placements (volunteer_id, offer_id);
CREATE INDEX placements_by_inviter ON placements (invited_by) WHERE invited_by IS NOT NULL;
CREATE INDEX placements_by_overrider ON placements (override_by) WHERE override_by IS NOT NULL;

UPDATE placements SET due_at = offered_until WHERE status = 'offered';

ALTER TABLE offers ADD COLUMN next_together integer NOT NULL DEFAULT 1 CHECK (next_together >= 1);
COMMENT ON COLUMN offers.next_together IS 'How many places the first who wait need: a group gets its places together or not at all.';
DROP INDEX offers_whose_list_may_move;
CREATE INDEX offers_whose_list_may_move ON offers (offer_id)
    WHERE status IN ('published', 'filled') AND waiting > 0 AND places_taken + next_together <= places;
ALTER TABLE shifts ADD COLUMN next_together integer NOT NULL DEFAULT 1 CHECK (next_together >= 1);
COMMENT ON COLUMN shifts.next_together IS 'As of an offer: how many places the first who wait need.';
DROP INDEX shifts_whose_list_may_move;
CREATE INDEX shifts_whose_list_may_move ON shifts (shift_id)
    WHERE status = 'planned' AND waiting > 0 AND places_taken + next_together <= places;

CREATE TABLE replacement_searches (
    placement_id uuid PRIMARY KEY REFERENCES placements ON DELETE CASCADE,
    correlation_id text NOT NULL,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE replacement_searches IS 'Placements whose volunteer dropped out: others are looked for, worked off by a timer.';
COMMENT ON COLUMN replacement_searches.correlation_id IS 'The journey that the change belongs to.';
CREATE INDEX replacement_searches_by_time ON replacement_searches (asked_at, placement_id);
