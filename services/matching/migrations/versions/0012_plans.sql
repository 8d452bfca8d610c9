-- Plans: computed by a job of the worker, looked at, thinned out, sent as invitations. Forgotten after some days.

CREATE TABLE plans (
    plan_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid,
    districts text[] NOT NULL CHECK (cardinality(districts) BETWEEN 1 AND 60),
    made_by uuid NOT NULL,
    asked_at_most integer NOT NULL CHECK (asked_at_most BETWEEN 1 AND 5),
    status text NOT NULL CHECK (status IN ('queued', 'gathering', 'solving', 'ready', 'failed')),
    done integer NOT NULL DEFAULT 0,
    in_all integer NOT NULL DEFAULT 0,
    summary jsonb,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    forgotten_at timestamptz NOT NULL,
    held_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    correlation_id text NOT NULL
);
COMMENT ON TABLE plans IS 'What was planned for whom: of one organisation in districts, or of everybody there.';
COMMENT ON COLUMN plans.organisation_id IS 'Whose offers; null: those of all organisations in the districts.';
COMMENT ON COLUMN plans.held_until IS 'So long the worker that computes it is believed to live.';
CREATE INDEX plans_to_compute ON plans (created_at) WHERE status IN ('queued', 'gathering', 'solving');
CREATE INDEX plans_by_maker ON plans (made_by, plan_id);
CREATE INDEX plans_by_end ON plans (forgotten_at);

CREATE TABLE plan_needs (
    plan_id uuid NOT NULL REFERENCES plans ON DELETE CASCADE,
    pool_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    shift_id uuid,
    organisation_id uuid NOT NULL,
    district text NOT NULL,
    topic text NOT NULL,
    urgency double precision NOT NULL,
    places_open integer NOT NULL CHECK (places_open > 0),
    filled integer NOT NULL DEFAULT 0 CHECK (filled BETWEEN 0 AND places_open),
    best_alone integer NOT NULL DEFAULT 0,
    reason text,
    facts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (plan_id, pool_id)
);
COMMENT ON TABLE plan_needs IS 'Every offer, or shift of one, with open places: how many the plan fills, and why not more.';
COMMENT ON COLUMN plan_needs.best_alone IS 'How many a coordinator would fill who always takes the best pairing that is left.';
CREATE INDEX plan_needs_unfilled ON plan_needs (plan_id, urgency, pool_id) WHERE filled < places_open;

CREATE TABLE plan_pairings (
    pairing_id uuid PRIMARY KEY,
    plan_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    volunteer_id uuid NOT NULL,
    score double precision NOT NULL,
    parts jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'taken_out', 'to_invite', 'invited', 'refused')),
    refusal text,
    placement_id uuid,
    invited_for uuid,
    UNIQUE (plan_id, pool_id, volunteer_id),
    FOREIGN KEY (plan_id, pool_id) REFERENCES plan_needs ON DELETE CASCADE,
    CHECK ((status = 'refused') = (refusal IS NOT NULL)),
    CHECK ((status IN ('to_invite', 'invited', 'refused')) = (invited_for IS NOT NULL))
);
COMMENT ON TABLE plan_pairings IS 'Proposals only: nobody is placed by a plan, an invitation is what a coordinator sends.';
COMMENT ON COLUMN plan_pairings.refusal IS 'Why no invitation could be sent any more: the code of the problem.';
COMMENT ON COLUMN plan_pairings.invited_for IS 'The coordinator in whose name the invitation goes out.';
CREATE INDEX plan_pairings_by_score ON plan_pairings (plan_id, score, pairing_id);
CREATE INDEX plan_pairings_by_sender ON plan_pairings (invited_for) WHERE invited_for IS NOT NULL;
CREATE INDEX plan_pairings_by_volunteer ON plan_pairings (volunteer_id);
CREATE INDEX plan_pairings_to_invite ON plan_pairings (plan_id, pool_id) WHERE status = 'to_invite';
