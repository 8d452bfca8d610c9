-- Rights of the person: requests about one's data, restrictions, and what stays locked after an erasure.

CREATE TABLE person_requests (
    request_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    subject_id uuid,
    kind text NOT NULL CHECK (kind IN ('access', 'portability', 'correction', 'restriction', 'erasure')),
    addressed_to uuid REFERENCES organisations,
    legal_profile text NOT NULL CHECK (legal_profile IN ('gdpr', 'kdg', 'dsg_ekd')),
    received_on date NOT NULL,
    due_on date NOT NULL,
    extension_reason text,
    identity_established text NOT NULL,
    recorded_by uuid,
    ground text,
    told text CHECK (length(told) BETWEEN 1 AND 4000),
    reference text CHECK (length(reference) BETWEEN 1 AND 100),
    status text NOT NULL CHECK (status IN ('received', 'in_progress', 'answered', 'refused', 'withdrawn')),
    outcome_reason text,
    registered_at timestamptz NOT NULL,
    closed_at timestamptz,
    reminded_for text CHECK (reminded_for IN ('soon', 'overdue')),
    CHECK ((status IN ('answered', 'refused', 'withdrawn')) = (closed_at IS NOT NULL))
);
COMMENT ON TABLE person_requests IS 'What persons ask about their data (Art. 15-20 DSGVO), until when it is to be answered, and how it was.';
COMMENT ON COLUMN person_requests.subject_id IS 'Null: the person is not known here; they are told so.';
COMMENT ON COLUMN person_requests.told IS 'In the person''s words; gone when the request is locked after their erasure.';
CREATE INDEX person_requests_by_subject ON person_requests (subject_id, request_id) WHERE subject_id IS NOT NULL;
CREATE INDEX person_requests_due ON person_requests (due_on, request_id) WHERE closed_at IS NULL;
CREATE INDEX person_requests_by_status ON person_requests (status, due_on, request_id);
CREATE INDEX person_requests_by_due_day ON person_requests (due_on, request_id);
CREATE INDEX person_requests_by_kind ON person_requests (kind, due_on, request_id);
CREATE INDEX person_requests_by_organisation ON person_requests (addressed_to) WHERE addressed_to IS NOT NULL;
CREATE INDEX person_requests_by_recorder ON person_requests (recorded_by) WHERE recorded_by IS NOT NULL;
CREATE INDEX person_requests_by_closing ON person_requests (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE person_request_steps (
    step_id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES person_requests ON DELETE CASCADE,
    taken_at timestamptz NOT NULL,
    step text NOT NULL CHECK (length(step) BETWEEN 1 AND 40),
    taken_by text NOT NULL CHECK (taken_by IN ('person', 'staff', 'system')),
    actor_id uuid,
    reason text
);
COMMENT ON TABLE person_request_steps IS 'The history of a request: steps are added, never rewritten.';
CREATE INDEX person_request_steps_by_request ON person_request_steps (request_id, step_id);
CREATE INDEX person_request_steps_by_actor ON person_request_steps (actor_id) WHERE actor_id IS NOT NULL;

CREATE TABLE restrictions (
    subject_id uuid PRIMARY KEY,
    request_id uuid REFERENCES person_requests ON DELETE SET NULL,
    ground text NOT NULL,
    since timestamptz NOT NULL,
    ends_on date
);
COMMENT ON COLUMN restrictions.ends_on IS 'The person was told that it ends on this day.';
COMMENT ON TABLE restrictions IS 'Whose data is only to be stored (Art. 18 DSGVO): no suggestions, no campaigns, no disclosure to organisations.';
CREATE INDEX restrictions_ending ON restrictions (ends_on) WHERE ends_on IS NOT NULL;
CREATE INDEX restrictions_by_request ON restrictions (request_id) WHERE request_id IS NOT NULL;

ALTER TABLE volunteers ADD COLUMN restricted boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN volunteers.restricted IS 'A restriction lasts: kept beside the row that lists must not join for every volunteer.';

CREATE TABLE retained_records (
    record_id uuid PRIMARY KEY,
    erasure_id uuid NOT NULL,
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    ground text NOT NULL,
    kept_until date NOT NULL,
    content jsonb NOT NULL,
    locked_at timestamptz NOT NULL
);
COMMENT ON TABLE retained_records IS 'What law obliges to keep of an erased person: locked, without name or id, found only by the number on their receipt.';
COMMENT ON COLUMN retained_records.kept_until IS 'The last day; the record is forgotten on the day after.';
CREATE INDEX retained_records_by_erasure ON retained_records (erasure_id, record_id);
CREATE INDEX retained_records_by_end ON retained_records (kept_until);

-- Until its day the service can neither alter nor delete a locked record; by the server's clock, so that no caller can say otherwise.
CREATE FUNCTION forget_retained_records(at_most integer, OUT forgotten integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
BEGIN
    DELETE FROM retained_records AS r WHERE r.record_id IN (
        SELECT d.record_id FROM retained_records AS d
        WHERE d.kept_until < (now() AT TIME ZONE 'Europe/Berlin')::date
        ORDER BY d.kept_until LIMIT at_most
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
END $$;
REVOKE ALL ON retained_records FROM registry_runtime;
GRANT SELECT, INSERT ON retained_records TO registry_runtime;

ALTER TABLE erasures ADD COLUMN with_receipt boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN erasures.with_receipt IS 'False: whoever is erased cannot be mailed, so nobody waits for a receipt to be sent.';
