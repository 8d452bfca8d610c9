-- An organisation that leaves its umbrella association is out of that one's reach from then on, and so is whatever it tells:
-- the association is told of the end under its own name.
CREATE OR REPLACE FUNCTION note_organisations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT organisation_id, 'organisations', organisation_id, 'changed', version FROM written;
    ELSE
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT w.organisation_id, 'organisations', w.organisation_id, 'changed', w.version
        FROM written AS w JOIN before AS b USING (organisation_id) WHERE w.version <> b.version;
        INSERT INTO changes (organisation_id, kind, id, change, version)
        SELECT b.umbrella_id, 'organisations', w.organisation_id, 'ended', w.version
        FROM written AS w JOIN before AS b USING (organisation_id)
        WHERE b.umbrella_id IS NOT NULL AND w.umbrella_id IS DISTINCT FROM b.umbrella_id;
    END IF;
    RETURN NULL;
END $$;
