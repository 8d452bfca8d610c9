-- Shifts: dated or recurring parts of an offer with places of their own.

CREATE TABLE shift_series (
    series_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    offer_id uuid NOT NULL REFERENCES offers,
    rule text NOT NULL CHECK (length(rule) BETWEEN 1 AND 200),
    starts_on date NOT NULL,
    start_time text NOT NULL CHECK (start_time ~ '^[0-9]{2}:[0-9]{2}$'),
    end_time text NOT NULL CHECK (end_time ~ '^[0-9]{2}:[0-9]{2}$'),
    except_on date[] NOT NULL,
    places integer NOT NULL CHECK (places BETWEEN 1 AND 1000),
    minimum_staffing integer NOT NULL CHECK (minimum_staffing BETWEEN 0 AND places),
    generated_until date NOT NULL,
    is_over boolean NOT NULL DEFAULT false,
    last_day date,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE shift_series IS 'When shifts of an offer recur: an iCalendar RRULE in wall time, Europe/Berlin.';
COMMENT ON COLUMN shift_series.except_on IS 'Days on which the rule would give a shift, and none takes place (EXDATE).';
COMMENT ON COLUMN shift_series.generated_until IS 'Up to this day the rule was looked at; a timer goes on.';
COMMENT ON COLUMN shift_series.is_over IS 'The rule gives nothing any more.';
COMMENT ON COLUMN shift_series.last_day IS 'Ended by somebody: none after this day.';
CREATE INDEX shift_series_by_offer ON shift_series (offer_id, series_id);
CREATE INDEX shift_series_to_generate ON shift_series (generated_until) WHERE NOT is_over;

CREATE TABLE shifts (
    shift_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    offer_id uuid NOT NULL REFERENCES offers,
    organisation_id uuid NOT NULL,
    series_id uuid REFERENCES shift_series,
    local_start text NOT NULL CHECK (local_start ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$'),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    places integer NOT NULL CHECK (places BETWEEN 1 AND 1000),
    minimum_staffing integer NOT NULL CHECK (minimum_staffing BETWEEN 0 AND places),
    places_taken integer NOT NULL DEFAULT 0,
    waiting integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    last_queue_number bigint NOT NULL DEFAULT 0,
    status text NOT NULL CHECK (status IN ('planned', 'cancelled')),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 200),
    moved_from timestamptz,
    told_version bigint,
    told_after uuid,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (ends_at > starts_at),
    UNIQUE (series_id, local_start),
    CONSTRAINT shifts_are_never_overbooked CHECK (places_taken BETWEEN 0 AND places)
);
COMMENT ON COLUMN shifts.local_start IS 'Wall time in Europe/Berlin as the rule gave it: the key of its recurrence, which moving does not change.';
COMMENT ON COLUMN shifts.places_taken IS 'Placements of the shift that hold a place.';
COMMENT ON COLUMN shifts.note IS 'Why it was moved or cancelled.';
COMMENT ON COLUMN shifts.moved_from IS 'When it began before it was moved.';
COMMENT ON COLUMN shifts.told_version IS 'Moved or cancelled at this version, and not everybody has been told; told_after: how far.';
CREATE INDEX shifts_by_offer ON shifts (offer_id, starts_at, shift_id);
CREATE INDEX shifts_planned_by_offer ON shifts (offer_id, starts_at, shift_id) WHERE status = 'planned';
CREATE INDEX shifts_planned_by_organisation ON shifts (organisation_id, starts_at, shift_id)
    WHERE status = 'planned' AND minimum_staffing > 0;
CREATE INDEX shifts_whose_list_may_move ON shifts (shift_id)
    WHERE status = 'planned' AND waiting > 0 AND places_taken < places;
CREATE INDEX shifts_to_tell ON shifts (shift_id) WHERE told_version IS NOT NULL;
