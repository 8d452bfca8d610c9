-- Who there is. The registry owns `members` (of the platform's tables): here it is the source, elsewhere a read model.

CREATE TABLE districts (
    ags text PRIMARY KEY CHECK (ags ~ '^[0-9]{5}$'),
    name text NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180)
);
COMMENT ON TABLE districts IS 'Landkreise and kreisfreie Städte; the coordinates are those of the seat.';

CREATE TABLE places (
    postal_code text PRIMARY KEY CHECK (postal_code ~ '^[0-9]{5}$'),
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    districts text[] NOT NULL,
    exact boolean NOT NULL
);
COMMENT ON COLUMN places.exact IS 'True: the districts come from an import. False: estimated from the seats of the districts.';

CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind text NOT NULL,
    districts text[] NOT NULL,
    status text NOT NULL CHECK (status IN ('registered', 'verified', 'suspended')),
    registered_at timestamptz NOT NULL
);
CREATE INDEX organisations_by_status ON organisations (status, organisation_id);
CREATE INDEX organisations_by_district ON organisations USING gin (districts);

-- Here, at the source, one identity is one subject.
DROP INDEX members_by_identity;
CREATE UNIQUE INDEX members_by_identity ON members (issuer, subject);
CREATE INDEX members_by_organisation ON members USING gin (memberships jsonb_path_ops);
ALTER TABLE members ADD CONSTRAINT members_version_from_one CHECK (version >= 1);

CREATE TABLE member_contacts (
    subject_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL,
    mail text NOT NULL,
    language text NOT NULL
);
COMMENT ON TABLE member_contacts IS 'How members, and those who are invited to become one, are reached.';

CREATE TABLE invitations (
    invitation_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations,
    role text NOT NULL,
    districts text[] NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    redeemed_at timestamptz
);
CREATE INDEX invitations_by_expiry ON invitations (expires_at) WHERE redeemed_at IS NULL;
CREATE INDEX invitations_by_organisation ON invitations (organisation_id);
CREATE INDEX invitations_by_subject ON invitations (subject_id);

CREATE TABLE volunteers (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    status text NOT NULL CHECK (status IN ('unconfirmed', 'confirmed')),
    languages jsonb NOT NULL,
    skills text[] NOT NULL,
    wishes text[] NOT NULL,
    availability jsonb NOT NULL,
    absences jsonb NOT NULL,
    reach_km integer NOT NULL CHECK (reach_km BETWEEN 1 AND 500),
    travel text[] NOT NULL,
    postal_code text NOT NULL REFERENCES places,
    district text NOT NULL REFERENCES districts,
    age_reached integer CHECK (age_reached IN (14, 16, 18)),
    reaches_16_on date,
    reaches_18_on date,
    paused boolean NOT NULL DEFAULT false,
    undertaking_valid boolean NOT NULL DEFAULT false,
    requested_at timestamptz NOT NULL,
    registered_at timestamptz,
    expires_at timestamptz,
    CHECK ((status = 'confirmed') = (registered_at IS NOT NULL)),
    CHECK ((status = 'unconfirmed') = (expires_at IS NOT NULL))
);
COMMENT ON COLUMN volunteers.reaches_16_on IS 'Only while it is to come; the date of birth itself is not stored.';
CREATE INDEX volunteers_unconfirmed ON volunteers (expires_at) WHERE status = 'unconfirmed';
CREATE INDEX volunteers_by_threshold ON volunteers (least(reaches_16_on, reaches_18_on))
    WHERE status = 'confirmed' AND least(reaches_16_on, reaches_18_on) IS NOT NULL;
CREATE INDEX volunteers_by_place ON volunteers (postal_code);
CREATE INDEX volunteers_by_district ON volunteers (district);

CREATE TABLE volunteer_contacts (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL,
    mail text NOT NULL,
    mail_hash bytea NOT NULL,
    language text NOT NULL,
    erasure_requested boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN volunteer_contacts.erasure_requested IS 'Kept for the receipt only; whoever registers anew with this address is a new person.';
CREATE UNIQUE INDEX volunteer_contacts_by_mail ON volunteer_contacts (mail_hash) WHERE NOT erasure_requested;

CREATE TABLE consents (
    consent_id uuid PRIMARY KEY,
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    purpose text NOT NULL,
    text_version text NOT NULL,
    language text NOT NULL,
    channel text NOT NULL,
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
COMMENT ON TABLE consents IS 'A ledger: entries are added and withdrawn, never rewritten.';
CREATE INDEX consents_by_volunteer ON consents (volunteer_id);

CREATE TABLE token_families (
    family_id uuid PRIMARY KEY,
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    signed_in_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
COMMENT ON TABLE token_families IS 'One sign-in on one device, with all the refresh tokens that came from it.';
CREATE INDEX token_families_by_volunteer ON token_families (volunteer_id);
CREATE INDEX token_families_by_expiry ON token_families (expires_at);

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    family_id uuid NOT NULL REFERENCES token_families ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE refresh_tokens IS 'Hashes only. Used ones stay until they expire, so that a second use is noticed.';
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL REFERENCES organisations,
    subject_id uuid,
    district text NOT NULL,
    topic text NOT NULL,
    languages text[] NOT NULL,
    name text NOT NULL,
    mail text,
    phone text
);
CREATE INDEX contacts_by_district ON contacts (district, topic, contact_id);
CREATE INDEX contacts_by_organisation ON contacts (organisation_id);
CREATE INDEX contacts_by_subject ON contacts (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE erasures (
    erasure_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('requested', 'receipt_due', 'completed')),
    answers jsonb NOT NULL DEFAULT '{}',
    requested_at timestamptz NOT NULL,
    completed_at timestamptz,
    CHECK ((status = 'completed') = (completed_at IS NOT NULL))
);
COMMENT ON TABLE erasures IS 'Ids and days only: the receipt of each erasure, by service.';
