-- Organisations that a member has left, or that registered somebody: those told through a member are looked at there.

CREATE TABLE hand_over_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL,
    due_at timestamptz NOT NULL DEFAULT '-infinity'
);
COMMENT ON TABLE hand_over_checks IS 'Organisations where somebody may be told through a member who is there no longer; a timer looks.';
COMMENT ON COLUMN hand_over_checks.due_at IS 'Later only where nobody could take over yet.';
CREATE INDEX hand_over_checks_by_time ON hand_over_checks (due_at, check_id);

-- A plain insert, by trigger: it waits for nobody, no use case can forget it, and a check that is being worked off is followed
-- by another. Both sides note it, so whichever commits last is seen.
CREATE FUNCTION check_those_told_through_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO hand_over_checks (organisation_id)
        SELECT DISTINCT (held ->> 'organisation_id')::uuid
        FROM before AS b
        JOIN written AS w USING (subject_id)
        CROSS JOIN LATERAL jsonb_array_elements(b.memberships) AS held
        WHERE NOT w.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', held ->> 'organisation_id'));
    ELSE
        INSERT INTO hand_over_checks (organisation_id)
        SELECT DISTINCT (held ->> 'organisation_id')::uuid
        FROM before AS b CROSS JOIN LATERAL jsonb_array_elements(b.memberships) AS held;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_left AFTER UPDATE ON members
    REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_those_told_through_members();
CREATE TRIGGER members_gone AFTER DELETE ON members
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION check_those_told_through_members();

CREATE FUNCTION check_whom_an_organisation_registered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hand_over_checks (organisation_id) VALUES (NEW.registered_by);
    RETURN NULL;
END $$;
CREATE TRIGGER volunteer_registered_by AFTER INSERT OR UPDATE OF registered_by ON volunteers
    FOR EACH ROW WHEN (NEW.registered_by IS NOT NULL) EXECUTE FUNCTION check_whom_an_organisation_registered();

INSERT INTO hand_over_checks (organisation_id)
SELECT DISTINCT v.registered_by
FROM volunteer_contacts AS c JOIN volunteers AS v USING (volunteer_id)
WHERE c.through IS NOT NULL AND v.registered_by IS NOT NULL;
