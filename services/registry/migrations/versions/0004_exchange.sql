-- Exchange with associations' own systems: machines, external ids, imports, changes, and who must not be brought back.

CREATE TABLE sources (
    source text PRIMARY KEY CHECK (source ~ '^[a-z][a-z0-9_]{1,39}$'),
    organisation_id uuid NOT NULL REFERENCES organisations,
    added_at timestamptz NOT NULL
);
COMMENT ON TABLE sources IS 'Source systems by name; each belongs to the organisation that named it first, and to nobody else.';
CREATE INDEX sources_by_organisation ON sources (organisation_id, source);

CREATE TABLE machines (
    machine_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations,
    source text NOT NULL REFERENCES sources,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    added_at timestamptz NOT NULL,
    code_hash bytea UNIQUE,
    code_expires_at timestamptz,
    subject_id uuid UNIQUE,
    bound_at timestamptz,
    CHECK ((subject_id IS NULL) = (bound_at IS NULL)),
    CHECK ((code_hash IS NULL) = (code_expires_at IS NULL)),
    CHECK (code_hash IS NULL OR subject_id IS NULL)
);
COMMENT ON TABLE machines IS 'Associations'' own systems. Waiting with a code (its hash), then bound to how they sign in: a row of members.';
CREATE INDEX machines_by_organisation ON machines (organisation_id, machine_id);
CREATE INDEX machines_by_expiry ON machines (code_expires_at) WHERE code_expires_at IS NOT NULL;

CREATE TABLE external_ids (
    link_id uuid PRIMARY KEY,
    source text NOT NULL REFERENCES sources,
    kind text NOT NULL CHECK (kind IN ('organisations', 'members', 'contacts', 'volunteers')),
    external_id text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 100),
    id uuid NOT NULL,
    digest bytea NOT NULL UNIQUE,
    fingerprint bytea NOT NULL,
    by_import boolean NOT NULL,
    confirmed_at timestamptz,
    imported_at timestamptz NOT NULL,
    UNIQUE (source, kind, external_id)
);
COMMENT ON COLUMN external_ids.digest IS 'Keyed hash of (source, kind, external id): what is left of the link when the person is erased.';
COMMENT ON COLUMN external_ids.fingerprint IS 'Keyed hash of the row that was taken over last: the same row again changes nothing.';
COMMENT ON COLUMN external_ids.by_import IS 'Whether the thing came into being by this import; a volunteer who was there before has to agree to the link.';
COMMENT ON COLUMN external_ids.confirmed_at IS 'When the volunteer agreed, or took their profile over; from then on an import writes nothing into it.';
CREATE UNIQUE INDEX external_ids_by_thing ON external_ids (kind, id, source);

CREATE TABLE suppressed_ids (
    digest bytea PRIMARY KEY,
    suppressed_at timestamptz NOT NULL
);
COMMENT ON TABLE suppressed_ids IS 'Keyed hashes only, kept for good: who was erased or objected is not brought back by an import.';

CREATE TABLE consent_proofs (
    link_id uuid PRIMARY KEY REFERENCES external_ids ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisations,
    text_version text NOT NULL CHECK (length(text_version) BETWEEN 1 AND 40),
    channel text NOT NULL CHECK (channel IN ('web', 'paper', 'phone', 'in_person')),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    given_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL
);
COMMENT ON TABLE consent_proofs IS 'What an association says of the consent that it took; told_at: when the volunteer was told (Art. 14 DSGVO).';
COMMENT ON COLUMN consent_proofs.reference IS 'Where the organisation keeps the proof, in its own words.';

CREATE TABLE imports (
    import_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations,
    source text NOT NULL REFERENCES sources,
    kind text NOT NULL CHECK (kind IN ('organisations', 'members', 'contacts', 'volunteers')),
    format text NOT NULL CHECK (format IN ('ndjson', 'csv')),
    dry_run boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('receiving', 'waiting', 'completed', 'stopped')),
    stopped_because text,
    requested_by uuid NOT NULL,
    idempotency_key text NOT NULL,
    upload uuid NOT NULL,
    body_hash bytea,
    columns jsonb,
    correlation_id text NOT NULL,
    rows integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    created integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    suppressed integer NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    completed_at timestamptz,
    UNIQUE (requested_by, idempotency_key)
);
COMMENT ON COLUMN imports.upload IS 'The upload under way: one that was overtaken by its repetition writes nothing any more.';
COMMENT ON COLUMN imports.done IS 'Rows worked through: a killed worker''s successor goes on after them.';
CREATE INDEX imports_by_organisation ON imports (organisation_id, import_id);
CREATE INDEX imports_waiting ON imports (done, requested_at, import_id) WHERE status = 'waiting';
CREATE INDEX imports_by_age ON imports (requested_at);
CREATE INDEX imports_open ON imports (organisation_id) WHERE status IN ('receiving', 'waiting');

CREATE TABLE import_lines (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    number integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (import_id, number)
);
COMMENT ON TABLE import_lines IS 'Rows that wait, as they came; each goes in the transaction that deals with it.';

CREATE TABLE import_results (
    import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    number integer NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('created', 'updated', 'unchanged', 'refused', 'suppressed')),
    faults jsonb,
    digest bytea,
    PRIMARY KEY (import_id, number),
    UNIQUE (import_id, digest)
);
COMMENT ON TABLE import_results IS 'The report: numbers of rows and codes, nothing of what stood in them.';
CREATE INDEX import_results_by_outcome ON import_results (import_id, outcome, number);

CREATE TABLE change_feed (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_number bigint NOT NULL DEFAULT 0,
    pruned_through bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE change_feed IS 'Locked by whoever numbers: numbers become visible in their order.';
INSERT INTO change_feed DEFAULT VALUES;

CREATE TABLE changes (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number bigint UNIQUE,
    organisation_id uuid NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    source text,
    external_id text,
    change text NOT NULL CHECK (change IN ('changed', 'ended')),
    version bigint,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN changes.position IS 'Given when the change is written: transactions commit in another order, so nobody reads by it.';
COMMENT ON COLUMN changes.number IS 'Given after the commit, by one at a time: the feed''s order, in which nothing appears late.';
CREATE INDEX changes_unnumbered ON changes (position) WHERE number IS NULL;
CREATE INDEX changes_of_organisation ON changes (organisation_id, number) WHERE number IS NOT NULL;
CREATE INDEX changes_by_age ON changes (recorded_at);

-- The feed is written where the rows change, whichever use case does it: none can forget it.

CREATE FUNCTION note_organisations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT organisation_id, 'organisations', organisation_id, 'changed', version FROM written;
    ELSE
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT w.organisation_id, 'organisations', w.organisation_id, 'changed', w.version
        FROM written AS w JOIN before AS b USING (organisation_id) WHERE w.version <> b.version;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER organisations_added AFTER INSERT ON organisations
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_organisations();
CREATE TRIGGER organisations_updated AFTER UPDATE ON organisations
    REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_organisations();

CREATE FUNCTION note_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT organisation_id, 'contacts', contact_id, 'changed', version FROM written;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT w.organisation_id, 'contacts', w.contact_id, 'changed', w.version
        FROM written AS w JOIN before AS b USING (contact_id) WHERE w.version <> b.version;
    ELSE
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT organisation_id, 'contacts', contact_id, 'ended', version + 1 FROM before;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_added AFTER INSERT ON contacts
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_contacts();
CREATE TRIGGER contacts_updated AFTER UPDATE ON contacts
    REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_contacts();
CREATE TRIGGER contacts_removed AFTER DELETE ON contacts
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION note_contacts();

CREATE FUNCTION note_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT DISTINCT (m ->> 'organisation_id')::uuid, 'members', w.subject_id, 'changed', w.version
        FROM written AS w CROSS JOIN LATERAL jsonb_array_elements(w.memberships) AS m;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT DISTINCT (m.entry ->> 'organisation_id')::uuid, 'members', w.subject_id,
            CASE WHEN w.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', m.entry ->> 'organisation_id'))
                THEN 'changed' ELSE 'ended' END,
            w.version
        FROM written AS w JOIN before AS b USING (subject_id)
        CROSS JOIN LATERAL jsonb_array_elements(w.memberships || b.memberships) AS m (entry)
        WHERE w.version <> b.version;
    ELSE
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT DISTINCT (m ->> 'organisation_id')::uuid, 'members', b.subject_id, 'ended', b.version + 1
        FROM before AS b CROSS JOIN LATERAL jsonb_array_elements(b.memberships) AS m;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_added AFTER INSERT ON members
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_members();
CREATE TRIGGER members_updated AFTER UPDATE ON members
    REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_members();
CREATE TRIGGER members_removed AFTER DELETE ON members
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION note_members();

-- Of volunteers an association hears only what concerns the links that they agreed to; and of every link that it ended.
CREATE FUNCTION note_volunteers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (organisation_id, kind, id, source, external_id, change, version)
    SELECT s.organisation_id, 'volunteers', x.link_id, x.source, x.external_id, 'changed', w.version
    FROM written AS w
    JOIN before AS b USING (volunteer_id)
    -- OFFSET 0: looked up one by one, whatever is thought of the size of what was written.
    CROSS JOIN LATERAL (
        SELECT * FROM external_ids
        WHERE kind = 'volunteers' AND id = w.volunteer_id AND confirmed_at IS NOT NULL OFFSET 0
    ) AS x
    JOIN sources AS s USING (source)
    WHERE w.version <> b.version;
    RETURN NULL;
END $$;
CREATE TRIGGER volunteers_updated AFTER UPDATE ON volunteers
    REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_volunteers();

CREATE FUNCTION note_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (organisation_id, kind, id, source, external_id, change, version)
        SELECT s.organisation_id, 'volunteers', w.link_id, w.source, w.external_id, 'changed', v.version
        FROM written AS w
        JOIN before AS b USING (link_id)
        JOIN sources AS s ON s.source = w.source
        CROSS JOIN LATERAL (SELECT version FROM volunteers WHERE volunteer_id = w.id OFFSET 0) AS v
        WHERE w.kind = 'volunteers' AND w.confirmed_at IS NOT NULL AND b.confirmed_at IS NULL;
    ELSE
        INSERT INTO changes (organisation_id, kind, id, source, external_id, change)
        SELECT s.organisation_id, 'volunteers', b.link_id, b.source, b.external_id, 'ended'
        FROM before AS b JOIN sources AS s USING (source)
        WHERE b.kind = 'volunteers';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER links_updated AFTER UPDATE ON external_ids
    REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_links();
CREATE TRIGGER links_removed AFTER DELETE ON external_ids
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION note_links();

-- Whichever way a volunteer goes, the links go with them; and whoever had been announced is not brought back by an import.
CREATE FUNCTION end_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH removed AS (
        DELETE FROM external_ids AS x USING (
            SELECT found.link_id, b.status
            FROM before AS b
            CROSS JOIN LATERAL (
                SELECT link_id FROM external_ids WHERE kind = 'volunteers' AND id = b.volunteer_id OFFSET 0
            ) AS found
        ) AS gone
        WHERE x.link_id = gone.link_id
        RETURNING x.digest, gone.status
    )
    INSERT INTO suppressed_ids (digest, suppressed_at)
    SELECT digest, transaction_timestamp() FROM removed WHERE status = 'confirmed'
    ON CONFLICT (digest) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER volunteers_removed AFTER DELETE ON volunteers
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION end_links();
