-- Duplicates and merges, groups, campaigns.

-- Duplicates: keys are computed on write, so that nobody is ever compared with everybody.

CREATE TABLE duplicate_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volunteer_id uuid NOT NULL
);
COMMENT ON TABLE duplicate_checks IS 'Volunteers whose name or address was written; a timer computes their keys in bounded steps.';
CREATE INDEX duplicate_checks_by_volunteer ON duplicate_checks (volunteer_id);

-- By trigger, because many write addresses (registration, import, a coordinator, an undone merge) and none may forget it.
-- A plain insert: it waits for nobody, and a check that is being worked off is followed by another.
CREATE FUNCTION check_for_duplicates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO duplicate_checks (volunteer_id) SELECT volunteer_id FROM written WHERE NOT erasure_requested;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_added AFTER INSERT ON volunteer_contacts
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_for_duplicates();
CREATE TRIGGER contact_changed AFTER UPDATE ON volunteer_contacts
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_for_duplicates();
-- Nobody is looked at before they have confirmed.
CREATE FUNCTION check_confirmed_for_duplicates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO duplicate_checks (volunteer_id) VALUES (NEW.volunteer_id);
    RETURN NULL;
END $$;
CREATE TRIGGER volunteer_confirmed AFTER UPDATE ON volunteers
    FOR EACH ROW
    WHEN (NEW.status IS DISTINCT FROM OLD.status OR NEW.postal_code IS DISTINCT FROM OLD.postal_code)
    EXECUTE FUNCTION check_confirmed_for_duplicates();

CREATE TABLE duplicate_keys (
    kind text NOT NULL CHECK (kind IN ('mail', 'phone', 'name')),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 300),
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    PRIMARY KEY (kind, key, volunteer_id)
);
COMMENT ON TABLE duplicate_keys IS 'What likely duplicates have in common: the bare address and the number as SHA-256, two parts of the name by their sound and the region.';
CREATE INDEX duplicate_keys_by_volunteer ON duplicate_keys (volunteer_id);

CREATE TABLE duplicates (
    duplicate_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    first_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    second_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    reasons text[] NOT NULL CHECK (cardinality(reasons) BETWEEN 1 AND 4),
    status text NOT NULL CHECK (status IN ('open', 'dismissed')),
    found_at timestamptz NOT NULL,
    CHECK (first_id < second_id)
);
COMMENT ON TABLE duplicates IS 'Pairs of volunteers who may be one person. Only a person decides.';
CREATE UNIQUE INDEX duplicates_once ON duplicates (first_id, second_id);
CREATE INDEX duplicates_by_second ON duplicates (second_id);
CREATE INDEX duplicates_by_status ON duplicates (status, duplicate_id);

CREATE TABLE merges (
    merge_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    survivor_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    organisation_id uuid REFERENCES organisations,
    merged_by uuid NOT NULL,
    merged_at timestamptz NOT NULL,
    undo_until timestamptz NOT NULL,
    announced_version bigint NOT NULL,
    kept jsonb,
    moved jsonb,
    undone_by uuid,
    undone_at timestamptz,
    CHECK ((undone_by IS NULL) = (undone_at IS NULL)),
    CHECK (undone_at IS NULL OR kept IS NULL),
    CHECK ((kept IS NULL) = (moved IS NULL)),
    CHECK (survivor_id <> merged_id)
);
COMMENT ON COLUMN merges.organisation_id IS 'On whose behalf; null: by the privacy officer.';
COMMENT ON COLUMN merges.announced_version IS 'The version at which the merged id left the topic of the volunteers.';
COMMENT ON COLUMN merges.kept IS 'What an undoing needs: the merged volunteer as they were, and what the survivor took over. Deleted when the time is over.';
COMMENT ON COLUMN merges.moved IS 'By table: the ids of what now belongs to the survivor.';
CREATE UNIQUE INDEX merges_of_merged ON merges (merged_id) WHERE undone_at IS NULL;
CREATE INDEX merges_of_survivor ON merges (survivor_id, merge_id);
CREATE INDEX merges_to_settle ON merges (undo_until) WHERE kept IS NOT NULL;
CREATE INDEX merges_undone ON merges (undone_at) WHERE undone_at IS NOT NULL;
CREATE INDEX merges_by_organisation ON merges (organisation_id, merge_id) WHERE organisation_id IS NOT NULL;

-- Groups.

CREATE TABLE groups (
    group_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    about text NOT NULL CHECK (length(about) <= 1000),
    formed_at timestamptz NOT NULL,
    organisation_id uuid REFERENCES organisations,
    agreed_at timestamptz,
    invited integer NOT NULL DEFAULT 0,
    invited_since timestamptz,
    CHECK (agreed_at IS NULL OR organisation_id IS NOT NULL)
);
COMMENT ON COLUMN groups.organisation_id IS 'The initiative that the group says it is; it counts when that has agreed.';
COMMENT ON COLUMN groups.invited IS 'Addresses invited since invited_since, known or not: a limit that counted the known ones would tell them apart.';
CREATE INDEX groups_by_organisation ON groups (organisation_id, group_id) WHERE organisation_id IS NOT NULL;

CREATE TABLE group_members (
    group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
    volunteer_id uuid NOT NULL REFERENCES volunteers,
    is_speaker boolean NOT NULL DEFAULT false,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (group_id, volunteer_id)
);
CREATE UNIQUE INDEX group_members_one_speaks ON group_members (group_id) WHERE is_speaker;
CREATE INDEX group_members_by_volunteer ON group_members (volunteer_id, group_id);

CREATE TABLE group_invitations (
    invitation_id uuid PRIMARY KEY,
    group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
    volunteer_id uuid NOT NULL REFERENCES volunteers,
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (group_id, volunteer_id)
);
CREATE INDEX group_invitations_by_volunteer ON group_invitations (volunteer_id, invitation_id);
CREATE INDEX group_invitations_by_expiry ON group_invitations (expires_at);

-- Campaigns.

CREATE TABLE campaigns (
    campaign_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL REFERENCES organisations,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    districts text[] NOT NULL CHECK (cardinality(districts) BETWEEN 1 AND 45),
    languages text[] NOT NULL CHECK (cardinality(languages) <= 20),
    age_bands text[] NOT NULL CHECK (cardinality(age_bands) <= 10),
    own_migration_experience boolean NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL CHECK (ends_on >= starts_on),
    texts jsonb NOT NULL,
    status text NOT NULL CHECK (
        status IN ('draft', 'submitted', 'declined', 'approved', 'calling', 'called', 'withdrawn', 'ended')),
    submitted_by uuid,
    decided_by uuid,
    decided_at timestamptz,
    after_district text NOT NULL DEFAULT '',
    after_volunteer_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    called bigint NOT NULL DEFAULT 0,
    called_key bigint NOT NULL DEFAULT 0,
    interested bigint NOT NULL DEFAULT 0,
    interested_key bigint NOT NULL DEFAULT 0,
    not_interested bigint NOT NULL DEFAULT 0,
    not_interested_key bigint NOT NULL DEFAULT 0,
    shown jsonb NOT NULL DEFAULT '{}',
    shown_at timestamptz
);
COMMENT ON COLUMN campaigns.after_volunteer_id IS 'How far the volunteers of a district were looked at; with after_district the place where the next step goes on.';
COMMENT ON COLUMN campaigns.called_key IS 'The sum of the noise keys of those who were counted: the same people give the same noise.';
COMMENT ON COLUMN campaigns.shown IS 'What the campaigner sees, and of which true counts it was made; renewed once a day at most.';
CREATE INDEX campaigns_by_organisation ON campaigns (organisation_id, campaign_id);
CREATE INDEX campaigns_by_status ON campaigns (status, campaign_id);
CREATE INDEX campaigns_at_work ON campaigns (campaign_id) WHERE status IN ('approved', 'calling');
CREATE INDEX campaigns_under_way ON campaigns (ends_on) WHERE status IN ('submitted', 'approved', 'calling', 'called');
CREATE INDEX campaigns_to_show ON campaigns (shown_at) WHERE status IN ('calling', 'called');
CREATE INDEX campaigns_by_end ON campaigns (ends_on);

CREATE TABLE campaign_calls (
    campaign_id uuid NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    volunteer_id uuid NOT NULL REFERENCES volunteers,
    version bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    due_at timestamptz NOT NULL,
    called_at timestamptz,
    answer text CHECK (answer IN ('interested', 'not_interested')),
    answered_at timestamptz,
    PRIMARY KEY (campaign_id, volunteer_id),
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK (answer IS NULL OR called_at IS NOT NULL)
);
COMMENT ON COLUMN campaign_calls.called_at IS 'Null: their month is full; they are looked at again when this is due.';
CREATE INDEX campaign_calls_by_volunteer ON campaign_calls (volunteer_id, called_at);
CREATE INDEX campaign_calls_waiting ON campaign_calls (campaign_id, due_at) WHERE called_at IS NULL;

CREATE TABLE campaign_noise (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    seed bigint NOT NULL
);
COMMENT ON TABLE campaign_noise IS 'The secret from which every volunteer''s noise key follows; made when first needed, never changed.';

CREATE INDEX volunteers_of_district ON volunteers (district, volunteer_id);

-- Whom an organisation may see in which of its districts: whom it dealt with there, and whom it registered there.
CREATE FUNCTION volunteers_in_reach(organisation_ids uuid[], of_districts text[])
RETURNS TABLE (organisation_id uuid, volunteer_id uuid) LANGUAGE sql STABLE AS $$
    SELECT p.organisation_id, p.volunteer_id
    FROM unnest(organisation_ids, of_districts) AS r (organisation_id, district)
    JOIN placements AS p ON p.organisation_id = r.organisation_id AND p.dealt_with
    JOIN offers AS o ON o.offer_id = p.offer_id AND o.district = r.district
    UNION ALL
    SELECT v.registered_by, v.volunteer_id
    FROM unnest(organisation_ids, of_districts) AS r (organisation_id, district)
    JOIN volunteers AS v ON v.registered_by = r.organisation_id AND v.district = r.district
$$;
