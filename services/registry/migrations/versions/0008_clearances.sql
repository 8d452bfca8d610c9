-- Clearances, task boundaries, audit log.

CREATE TABLE audit_log (
    entry_id uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('member', 'volunteer', 'system')),
    actor_id uuid,
    organisation_ids uuid[] NOT NULL,
    action text NOT NULL CHECK (action ~ '^[a-z][a-z-]{0,39}$'),
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z-]{0,39}$'),
    thing_id uuid NOT NULL,
    concerning uuid,
    why text CHECK (why ~ '^[a-z][a-z0-9_-]{0,59}$'),
    position bigint,
    hash bytea,
    CHECK ((position IS NULL) = (hash IS NULL))
);
COMMENT ON TABLE audit_log IS 'Who read or changed which sensitive record, when, why: ids and words of a vocabulary, no content. Append-only.';
COMMENT ON COLUMN audit_log.concerning IS 'The person whom the record is about.';
COMMENT ON COLUMN audit_log.position IS 'Place in the chain; null until sealed, some seconds after the commit.';
CREATE UNIQUE INDEX audit_log_by_position ON audit_log (position) WHERE position IS NOT NULL;
CREATE INDEX audit_log_unsealed ON audit_log (entry_id) WHERE position IS NULL;
CREATE INDEX audit_log_by_person ON audit_log (concerning, entry_id) WHERE concerning IS NOT NULL;
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, entry_id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_by_thing ON audit_log (thing_id, entry_id);

CREATE TABLE audit_chain (
    the_one boolean PRIMARY KEY DEFAULT true CHECK (the_one),
    base_position bigint NOT NULL DEFAULT 0,
    base_hash bytea NOT NULL DEFAULT '\x',
    head_position bigint NOT NULL DEFAULT 0,
    head_hash bytea NOT NULL DEFAULT '\x'
);
COMMENT ON TABLE audit_chain IS 'Where the chain ends, and where it begins since entries whose time had come were forgotten.';
INSERT INTO audit_chain DEFAULT VALUES;

-- Appending takes no lock: entries are sealed after their commit, by one at a time, in the order in which they are found.
CREATE FUNCTION seal_audit_log(at_most integer, OUT sealed integer, OUT head_position bigint, OUT head_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
DECLARE
    entry audit_log;
BEGIN
    SELECT c.head_position, c.head_hash INTO STRICT head_position, head_hash FROM audit_chain AS c FOR UPDATE;
    sealed := 0;
    FOR entry IN SELECT * FROM audit_log AS e WHERE e.position IS NULL ORDER BY e.entry_id LIMIT at_most LOOP
        head_position := head_position + 1;
        -- The same text as rules/audit.py writes. No part can hold the separator.
        head_hash := sha256(head_hash || convert_to(concat_ws(E'\x1f', head_position::text, entry.entry_id::text,
            to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.actor_kind,
            coalesce(entry.actor_id::text, ''), array_to_string(entry.organisation_ids, ','), entry.action, entry.kind,
            entry.thing_id::text, coalesce(entry.concerning::text, ''), coalesce(entry.why, '')), 'UTF8'));
        UPDATE audit_log AS e SET position = seal_audit_log.head_position, hash = seal_audit_log.head_hash
        WHERE e.entry_id = entry.entry_id;
        sealed := sealed + 1;
    END LOOP;
    UPDATE audit_chain AS c SET head_position = seal_audit_log.head_position, head_hash = seal_audit_log.head_hash
    WHERE sealed > 0;
END $$;

-- Kept until the end of the year after the one of the record. By the server's clock, so that no caller can say otherwise.
CREATE FUNCTION forget_audit_log(at_most integer, OUT forgotten integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
DECLARE
    kept_from timestamptz := date_trunc('year', now(), 'Europe/Berlin') - interval '1 year';
    base bigint;
    last bigint;
BEGIN
    SELECT c.base_position INTO STRICT base FROM audit_chain AS c FOR UPDATE;
    SELECT coalesce(min(e.position) FILTER (WHERE e.recorded_at >= kept_from) - 1, max(e.position), base) INTO last
    FROM (SELECT position, recorded_at FROM audit_log WHERE position > base ORDER BY position LIMIT at_most) AS e;
    UPDATE audit_chain AS c SET base_position = e.position, base_hash = e.hash
    FROM audit_log AS e WHERE e.position = last AND last > base;
    DELETE FROM audit_log AS e WHERE e.position <= last;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
END $$;

-- What the service itself can neither alter nor delete: it adds entries, and has them sealed and forgotten by the functions.
REVOKE ALL ON audit_log, audit_chain FROM registry_runtime;
GRANT SELECT ON audit_log, audit_chain TO registry_runtime;
GRANT INSERT (entry_id, recorded_at, actor_kind, actor_id, organisation_ids, action, kind, thing_id, concerning, why)
    ON audit_log TO registry_runtime;

CREATE TABLE clearance_terms (
    organisation_id uuid PRIMARY KEY REFERENCES organisations,
    version bigint NOT NULL CHECK (version >= 1),
    certificate_months integer NOT NULL CHECK (certificate_months BETWEEN 1 AND 12),
    renewal_years integer NOT NULL CHECK (renewal_years BETWEEN 1 AND 10),
    notice_days integer[] NOT NULL CHECK (cardinality(notice_days) BETWEEN 1 AND 4),
    waiting_days integer NOT NULL CHECK (waiting_days BETWEEN 1 AND 366)
);
COMMENT ON TABLE clearance_terms IS 'How an organisation inspects certificates, when other than usual.';

CREATE TABLE clearances (
    clearance_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    volunteer_id uuid NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations,
    legal_basis text NOT NULL CHECK (legal_basis IN ('sgb8_72a', 'asylg_44', 'other')),
    stated_basis text CHECK (length(stated_basis) BETWEEN 1 AND 80),
    kind_of_activity text NOT NULL,
    inspected_on date NOT NULL,
    certificate_date date NOT NULL CHECK (certificate_date <= inspected_on),
    relevant_conviction boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    valid_until date NOT NULL,
    notices_due date[] NOT NULL,
    delete_on date,
    delete_reason text,
    published_id uuid UNIQUE,
    published_version bigint,
    CHECK ((legal_basis = 'other') = (stated_basis IS NOT NULL)),
    CHECK ((delete_on IS NULL) = (delete_reason IS NULL)),
    CHECK ((published_id IS NULL) = (published_version IS NULL)),
    -- Nobody but the inspecting organisation can tell a conviction from no clearance.
    CHECK (NOT relevant_conviction OR (published_id IS NULL AND notices_due = '{}'))
);
COMMENT ON TABLE clearances IS 'Exactly the three facts of § 72a(5) SGB VIII: inspected_on, certificate_date, relevant_conviction.';
COMMENT ON COLUMN clearances.stated_basis IS 'The law that is named, as a citation: no free text.';
COMMENT ON COLUMN clearances.delete_on IS 'The day of deletion as far as it is known; null while the activity goes on or is about to begin.';
CREATE UNIQUE INDEX clearances_of_purpose
    ON clearances (volunteer_id, organisation_id, legal_basis, kind_of_activity, stated_basis) NULLS NOT DISTINCT;
CREATE INDEX clearances_by_organisation ON clearances (organisation_id, valid_until, clearance_id);
CREATE INDEX clearances_by_deletion ON clearances (delete_on) WHERE delete_on IS NOT NULL;
CREATE INDEX clearances_by_notice ON clearances ((notices_due[1])) WHERE notices_due <> '{}';

CREATE TABLE clearance_placements (
    placement_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    offer_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    volunteer_id uuid NOT NULL,
    status text NOT NULL,
    taken_up boolean NOT NULL,
    last_exercised_on date,
    closed_at timestamptz,
    unsettled boolean NOT NULL
);
COMMENT ON TABLE clearance_placements IS 'What clearances need to know of placements: whether the activity was taken up, and until when.';
COMMENT ON COLUMN clearance_placements.unsettled IS 'The offer is not known yet, so nobody knows which clearances it concerns.';
CREATE INDEX clearance_placements_by_volunteer ON clearance_placements (volunteer_id, organisation_id);
CREATE INDEX clearance_placements_closed ON clearance_placements (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX clearance_placements_unsettled ON clearance_placements (placement_id) WHERE unsettled;

CREATE INDEX offers_by_organisation_and_topic ON offers (organisation_id, topic);
CREATE INDEX offers_by_district_and_topic ON offers (district, topic) WHERE status <> 'closed';

CREATE TABLE boundaries (
    boundary_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    district text NOT NULL REFERENCES districts,
    kind_of_activity text NOT NULL,
    one_organisation_id uuid NOT NULL REFERENCES organisations,
    other_organisation_id uuid NOT NULL REFERENCES organisations CHECK (other_organisation_id <> one_organisation_id),
    status text NOT NULL CHECK (status IN ('proposed', 'discussed', 'agreed', 'ended')),
    agreed_revision integer,
    open_revision integer,
    counts_until date NOT NULL,
    ended_on date,
    CHECK ((status = 'ended') = (ended_on IS NOT NULL)),
    CHECK (status <> 'agreed' OR agreed_revision IS NOT NULL),
    CHECK (status <> 'ended' OR open_revision IS NULL)
);
COMMENT ON TABLE boundaries IS 'Task boundaries between two organisations for one kind of activity in one district.';
COMMENT ON COLUMN boundaries.counts_until IS 'Of what is agreed, or else of what is proposed: after this day it ends by itself.';
CREATE UNIQUE INDEX boundaries_of_pair ON boundaries (district, kind_of_activity,
    least(one_organisation_id, other_organisation_id), greatest(one_organisation_id, other_organisation_id))
    WHERE status <> 'ended';
CREATE INDEX boundaries_by_district ON boundaries (district, kind_of_activity, boundary_id);
CREATE INDEX boundaries_by_one ON boundaries (one_organisation_id, boundary_id);
CREATE INDEX boundaries_by_other ON boundaries (other_organisation_id, boundary_id);
CREATE INDEX boundaries_by_end ON boundaries (counts_until) WHERE status <> 'ended';

CREATE TABLE boundary_revisions (
    boundary_id uuid NOT NULL REFERENCES boundaries,
    revision integer NOT NULL CHECK (revision >= 1),
    outcome text NOT NULL CHECK (outcome IN ('open', 'agreed', 'replaced', 'ended', 'not_agreed')),
    responsible_organisation_id uuid NOT NULL,
    tasks jsonb NOT NULL,
    valid_until date NOT NULL,
    proposing_organisation_id uuid NOT NULL,
    member_id uuid,
    proposed_at timestamptz NOT NULL,
    proposed_version bigint NOT NULL,
    PRIMARY KEY (boundary_id, revision)
);
COMMENT ON TABLE boundary_revisions IS 'The history: what was proposed, by whom, when. Nothing is rewritten but the outcome.';
COMMENT ON COLUMN boundary_revisions.member_id IS 'Who proposed it; null when they are no member any more.';
CREATE INDEX boundary_revisions_by_member ON boundary_revisions (member_id) WHERE member_id IS NOT NULL;

CREATE TABLE boundary_agreements (
    boundary_id uuid NOT NULL,
    revision integer NOT NULL,
    organisation_id uuid NOT NULL,
    member_id uuid,
    agreed_at timestamptz NOT NULL,
    PRIMARY KEY (boundary_id, revision, organisation_id),
    FOREIGN KEY (boundary_id, revision) REFERENCES boundary_revisions
);
COMMENT ON TABLE boundary_agreements IS 'Which side agreed, by whom, when. The member goes when they are no member any more, the yes stays.';
CREATE INDEX boundary_agreements_by_member ON boundary_agreements (member_id) WHERE member_id IS NOT NULL;

CREATE TABLE boundary_comments (
    comment_id uuid PRIMARY KEY,
    boundary_id uuid NOT NULL REFERENCES boundaries,
    revision integer NOT NULL,
    organisation_id uuid NOT NULL,
    member_id uuid,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
    written_at timestamptz NOT NULL
);
CREATE INDEX boundary_comments_by_boundary ON boundary_comments (boundary_id, comment_id);
CREATE INDEX boundary_comments_by_member ON boundary_comments (member_id) WHERE member_id IS NOT NULL;
