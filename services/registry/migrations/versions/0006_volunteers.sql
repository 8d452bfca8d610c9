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

-- An address belongs to one volunteer only once they have proved it: until then each registration stands on its own.
ALTER TABLE volunteer_contacts
    ALTER COLUMN mail DROP NOT NULL,
    ALTER COLUMN mail_hash DROP NOT NULL,
    ADD COLUMN phone text CHECK (length(phone) BETWEEN 3 AND 40),
    ADD COLUMN claimed boolean NOT NULL DEFAULT true,
    ADD COLUMN through uuid,
    ADD CHECK ((mail IS NULL) = (mail_hash IS NULL)),
    ADD CHECK (mail IS NOT NULL OR through IS NOT NULL OR erasure_requested);
COMMENT ON COLUMN volunteer_contacts.claimed IS 'False: somebody typed this address, and nobody has confirmed it yet.';
COMMENT ON COLUMN volunteer_contacts.through IS 'The member through whom somebody without mail is reached.';
DROP INDEX volunteer_contacts_by_mail;
CREATE UNIQUE INDEX volunteer_contacts_by_mail ON volunteer_contacts (mail_hash) WHERE claimed AND NOT erasure_requested;
CREATE INDEX volunteer_contacts_unclaimed ON volunteer_contacts (mail_hash, volunteer_id) WHERE NOT claimed;
CREATE INDEX volunteer_contacts_through ON volunteer_contacts (through, volunteer_id) WHERE through IS NOT NULL;

CREATE TABLE address_changes (
    volunteer_id uuid PRIMARY KEY REFERENCES volunteers ON DELETE CASCADE,
    change_id uuid NOT NULL,
    mail text NOT NULL,
    mail_hash bytea NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE address_changes IS 'A new address that its owner has yet to confirm.';
CREATE INDEX address_changes_by_expiry ON address_changes (expires_at);

ALTER TABLE volunteers
    DROP CONSTRAINT volunteers_status_check,
    DROP CONSTRAINT volunteers_check,
    DROP CONSTRAINT volunteers_check1,
    ADD CHECK (status IN ('unconfirmed', 'awaiting_guardian', 'confirmed')),
    ADD CHECK ((status = 'confirmed') = (registered_at IS NOT NULL)),
    ADD CHECK ((status = 'confirmed') = (expires_at IS NULL)),
    ADD COLUMN guardian_awaited boolean NOT NULL DEFAULT false,
    ADD COLUMN skills_free text[] NOT NULL DEFAULT '{}' CHECK (cardinality(skills_free) <= 10),
    ADD COLUMN paused_until date,
    ADD COLUMN undertaking_version text,
    ADD COLUMN registered_by uuid REFERENCES organisations,
    ADD CHECK (status <> 'awaiting_guardian' OR guardian_awaited),
    ADD CHECK (paused OR paused_until IS NULL),
    ADD CHECK (NOT undertaking_valid OR undertaking_version IS NOT NULL);
COMMENT ON COLUMN volunteers.status IS 'unconfirmed: the address is not proved. awaiting_guardian: it is, but the guardian has yet to agree. confirmed: announced.';
COMMENT ON COLUMN volunteers.guardian_awaited IS 'Under 16 without a guardian''s consent: not announced, or announced as paused.';
COMMENT ON COLUMN volunteers.skills_free IS 'In the person''s own words; leaves the registry only in their own export.';
COMMENT ON COLUMN volunteers.registered_by IS 'The organisation whose coordinator registered them.';
DROP INDEX volunteers_unconfirmed;
CREATE INDEX volunteers_unconfirmed ON volunteers (expires_at) WHERE status <> 'confirmed';
DROP INDEX volunteers_by_threshold;
CREATE INDEX volunteers_by_threshold ON volunteers (least(reaches_16_on, reaches_18_on))
    WHERE status <> 'unconfirmed' AND least(reaches_16_on, reaches_18_on) IS NOT NULL;
CREATE INDEX volunteers_returning ON volunteers (paused_until) WHERE paused_until IS NOT NULL;
CREATE INDEX volunteers_by_undertaking ON volunteers (undertaking_version, volunteer_id) WHERE undertaking_valid;
CREATE INDEX volunteers_by_registrar ON volunteers (registered_by, volunteer_id) WHERE registered_by IS NOT NULL;

CREATE TABLE undertakings (
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    text_version text NOT NULL CHECK (length(text_version) BETWEEN 1 AND 40),
    language text NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (volunteer_id, text_version)
);
COMMENT ON TABLE undertakings IS 'Signed undertakings of confidentiality (Datengeheimnis).';

-- A characteristic cannot be without its consent: it goes in the same statement that ends the consent.
CREATE TABLE characteristics (
    volunteer_id uuid NOT NULL,
    characteristic text NOT NULL CHECK (characteristic IN ('migration_experience', 'age_band')),
    value text NOT NULL CHECK (length(value) BETWEEN 1 AND 20),
    told_at timestamptz NOT NULL,
    PRIMARY KEY (volunteer_id, characteristic),
    FOREIGN KEY (volunteer_id, characteristic) REFERENCES consents_held (volunteer_id, purpose) ON DELETE CASCADE
);
COMMENT ON TABLE characteristics IS 'Optional, special categories among them (Art. 9 DSGVO): only the person sees them; in no event and no list.';
CREATE INDEX characteristics_by_value ON characteristics (characteristic, value, volunteer_id);
