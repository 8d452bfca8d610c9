-- Offers with their places, placements with their order, and who was told of what.

CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    description text NOT NULL CHECK (length(description) <= 4000),
    topic text NOT NULL,
    district text NOT NULL CHECK (district ~ '^[0-9]{5}$'),
    postal_code text NOT NULL CHECK (postal_code ~ '^[0-9]{5}$'),
    weekly jsonb NOT NULL,
    starts_on date,
    ends_on date,
    languages_required text[] NOT NULL,
    languages_welcome text[] NOT NULL,
    qualifications text[] NOT NULL,
    minimum_age integer CHECK (minimum_age IN (14, 16, 18)),
    places integer NOT NULL CHECK (places BETWEEN 1 AND 1000),
    places_taken integer NOT NULL DEFAULT 0,
    waiting integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    last_queue_number bigint NOT NULL DEFAULT 0,
    urgency integer NOT NULL CHECK (urgency BETWEEN 1 AND 5),
    status text NOT NULL CHECK (status IN ('published', 'closed')),
    is_settled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (ends_on >= starts_on),
    CONSTRAINT offers_are_never_overbooked CHECK (places_taken BETWEEN 0 AND places)
);
COMMENT ON COLUMN offers.places_taken IS 'Placements that hold a place: requested, offered, confirmed.';
COMMENT ON COLUMN offers.waiting IS 'Placements on the waiting list.';
COMMENT ON COLUMN offers.last_queue_number IS 'The number of the latest request; taken under the lock of this row, so in order.';
COMMENT ON COLUMN offers.is_settled IS 'Closed, and nobody undecided is left.';
CREATE INDEX offers_published ON offers (offer_id DESC) WHERE status = 'published';
CREATE INDEX offers_published_by_district ON offers (district, offer_id DESC) WHERE status = 'published';
CREATE INDEX offers_published_by_topic ON offers (topic, offer_id DESC) WHERE status = 'published';
CREATE INDEX offers_published_by_postal_code ON offers (postal_code) WHERE status = 'published';
CREATE INDEX offers_published_by_urgency ON offers (urgency, offer_id) WHERE status = 'published';
CREATE INDEX offers_by_organisation ON offers (organisation_id, offer_id DESC);
CREATE INDEX offers_by_coordinator ON offers (coordinator_id, offer_id);
CREATE INDEX offers_that_end ON offers (ends_on) WHERE status = 'published' AND ends_on IS NOT NULL;
CREATE INDEX offers_whose_list_may_move ON offers (offer_id)
    WHERE status = 'published' AND waiting > 0 AND places_taken < places;
CREATE INDEX offers_to_settle ON offers (offer_id) WHERE status = 'closed' AND NOT is_settled;

CREATE TABLE placements (
    placement_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    offer_id uuid NOT NULL REFERENCES offers,
    organisation_id uuid NOT NULL,
    volunteer_id uuid NOT NULL,
    status text NOT NULL CHECK (
        status IN ('requested', 'waitlisted', 'offered', 'confirmed', 'declined', 'withdrawn', 'expired', 'ended')
    ),
    queue_number bigint NOT NULL,
    requested_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    offered_until timestamptz,
    confirmed_at timestamptz,
    UNIQUE (offer_id, queue_number),
    CHECK ((status = 'offered') = (offered_until IS NOT NULL)),
    CHECK (status NOT IN ('confirmed', 'ended') OR confirmed_at IS NOT NULL)
);
COMMENT ON COLUMN placements.queue_number IS 'Its turn among the requests for the offer, lower is earlier.';
CREATE UNIQUE INDEX placements_live_once ON placements (offer_id, volunteer_id)
    WHERE status IN ('requested', 'waitlisted', 'offered', 'confirmed');
CREATE INDEX placements_waiting ON placements (offer_id, queue_number) WHERE status = 'waitlisted';
CREATE INDEX placements_undecided ON placements (offer_id, queue_number)
    WHERE status IN ('requested', 'waitlisted', 'offered');
CREATE INDEX placements_with_deadline ON placements (offered_until) WHERE status = 'offered';
CREATE INDEX placements_by_volunteer ON placements (volunteer_id, placement_id DESC);
CREATE INDEX placements_by_organisation ON placements (organisation_id, placement_id DESC);
CREATE INDEX placements_by_offer ON placements (offer_id, placement_id DESC);

CREATE TABLE told_suggestions (
    volunteer_id uuid NOT NULL,
    offer_id uuid NOT NULL REFERENCES offers,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (volunteer_id, offer_id)
);
COMMENT ON TABLE told_suggestions IS 'Who was told of which offer: once, and kept until the offer is closed.';
CREATE INDEX told_suggestions_by_time ON told_suggestions (volunteer_id, told_at);
CREATE INDEX told_suggestions_by_offer ON told_suggestions (offer_id);

CREATE TABLE suggestion_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volunteer_id uuid,
    offer_id uuid,
    after_postal_code text NOT NULL DEFAULT '',
    after_volunteer_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    due_at timestamptz NOT NULL,
    correlation_id text NOT NULL,
    CHECK (num_nonnulls(volunteer_id, offer_id) = 1)
);
COMMENT ON TABLE suggestion_checks IS 'Changes after which somebody may have to be told; a timer works them off in bounded steps.';
COMMENT ON COLUMN suggestion_checks.correlation_id IS 'The journey that the change belongs to.';
COMMENT ON COLUMN suggestion_checks.after_postal_code IS 'How far the volunteers around a new offer were looked at.';
CREATE INDEX suggestion_checks_by_time ON suggestion_checks (due_at, check_id);
CREATE INDEX suggestion_checks_by_volunteer ON suggestion_checks (volunteer_id, due_at) WHERE volunteer_id IS NOT NULL;
