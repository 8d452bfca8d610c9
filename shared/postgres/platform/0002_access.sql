-- What requests need in every service's schema: repeated commands, rate limits, used links, members and their roles.

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    headers jsonb NOT NULL DEFAULT '{}',
    body bytea,
    secret boolean NOT NULL DEFAULT false,
    subject_id uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
COMMENT ON TABLE idempotency_keys IS 'Answers to commands, for 24 hours: a repeated POST is answered again and does nothing.';
COMMENT ON COLUMN idempotency_keys.caller IS 'Hash of issuer and subject, or "anonymous".';
COMMENT ON COLUMN idempotency_keys.secret IS 'The answer carried tokens: it is made anew, never stored.';
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_by_subject ON idempotency_keys (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE rate_limits (
    name text NOT NULL,
    subject bytea NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    used integer NOT NULL,
    PRIMARY KEY (name, subject, window_start)
);
COMMENT ON TABLE rate_limits IS 'How often something was done in a window of time; the subject is a keyed hash, never an address.';
CREATE INDEX rate_limits_by_end ON rate_limits (window_end);

CREATE TABLE rate_limit_salts (
    day date PRIMARY KEY,
    salt bytea NOT NULL
);
COMMENT ON TABLE rate_limit_salts IS 'The key of the hashes of one day; once it is pruned nobody can tell what they were made of.';

CREATE TABLE burned_links (
    jti uuid PRIMARY KEY,
    burned_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    idempotency_key_hash bytea
);
COMMENT ON TABLE burned_links IS 'Mailed links that were used; forgotten when they have expired.';
CREATE INDEX burned_links_by_expiry ON burned_links (expires_at);

CREATE TABLE members (
    subject_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    memberships jsonb NOT NULL
);
COMMENT ON TABLE members IS 'Read model of registry.members: how staff sign in and what they are in which organisation.';
COMMENT ON COLUMN members.memberships IS 'List of {organisation_id, role, districts}.';
-- Not unique: there is no order across keys, so a successor may arrive before the predecessor is withdrawn.
CREATE INDEX members_by_identity ON members (issuer, subject);
