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
