-- Read models: what others published.

CREATE TABLE volunteer_contacts (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    mail text NOT NULL,
    language text NOT NULL
);
COMMENT ON TABLE volunteer_contacts IS 'Read model of registry.volunteer-contacts; after an erasure was requested kept until its receipt is sent.';

CREATE TABLE member_contacts (
    subject_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    mail text NOT NULL,
    language text NOT NULL
);
COMMENT ON TABLE member_contacts IS 'Read model of registry.member-contacts.';

CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL
);
COMMENT ON TABLE organisations IS 'Read model of registry.organisations.';

CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    title text NOT NULL,
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    district text NOT NULL,
    weekly jsonb NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE offers IS 'Read model of matching.offers.';
CREATE INDEX offers_by_coordinator ON offers (coordinator_id, offer_id);

CREATE TABLE courses (
    course_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    title text NOT NULL,
    organisation_id uuid NOT NULL,
    first_session timestamptz
);
COMMENT ON TABLE courses IS 'Read model of training.courses.';

-- What notifications owns.

CREATE TABLE deliveries (
    delivery_id uuid PRIMARY KEY,
    natural_key text NOT NULL UNIQUE,
    mail text NOT NULL,
    recipient text NOT NULL CHECK (recipient IN ('volunteer', 'member')),
    subject_id uuid NOT NULL,
    concerns uuid,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'dropped')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason text,
    settled_at timestamptz,
    correlation_id text NOT NULL,
    causation_id text,
    CHECK ((settled_at IS NULL) = (status IN ('pending', 'sending')))
);
COMMENT ON TABLE deliveries IS 'Mails to be sent: ids and facts only; address, name and secret are looked up and made when it is sent.';
COMMENT ON COLUMN deliveries.concerns IS 'The volunteer whom the mail is about when somebody else reads it: erased with them.';
COMMENT ON COLUMN deliveries.due_at IS 'When it is tried next; while it is being sent: when the attempt counts as lost.';
COMMENT ON COLUMN deliveries.reason IS 'Stable code: why it is not sent yet, or never will be.';
COMMENT ON COLUMN deliveries.correlation_id IS 'The journey to which the mail belongs.';
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE settled_at IS NULL;
CREATE INDEX deliveries_by_subject ON deliveries (subject_id, delivery_id DESC);
CREATE INDEX deliveries_concerning ON deliveries (concerns) WHERE concerns IS NOT NULL;
CREATE INDEX deliveries_by_age ON deliveries (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE messages (
    message_id uuid PRIMARY KEY,
    mail text NOT NULL,
    subject_id uuid NOT NULL,
    concerns uuid,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    version bigint NOT NULL DEFAULT 1 CHECK (version >= 1)
);
COMMENT ON TABLE messages IS 'The inbox: the same intents as ids and facts; the text is made when it is read.';
CREATE INDEX messages_by_subject ON messages (subject_id, message_id DESC);
CREATE INDEX messages_concerning ON messages (concerns) WHERE concerns IS NOT NULL;
CREATE INDEX messages_by_age ON messages (created_at);

CREATE TABLE preferences (
    subject_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 2),
    suggestions_by_mail boolean NOT NULL
);
COMMENT ON TABLE preferences IS 'What a person wants to be told by mail; no row: everything, at version 1.';

CREATE TABLE erasures (
    erasure_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    records integer NOT NULL DEFAULT 0 CHECK (records >= 0),
    answered_at timestamptz,
    receipt text CHECK (receipt IN ('sent', 'undeliverable')),
    CHECK ((answered_at IS NULL) = (receipt IS NULL))
);
COMMENT ON TABLE erasures IS 'Erasures under way: nobody is told anything but the receipt. Ids only.';
CREATE INDEX erasures_pending ON erasures (subject_id) WHERE answered_at IS NULL;
CREATE INDEX erasures_by_age ON erasures (answered_at) WHERE answered_at IS NOT NULL;
