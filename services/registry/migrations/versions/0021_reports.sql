-- A report names each row as the file's owner finds it: by its line in a spreadsheet, and by the external id.

ALTER TABLE import_lines ADD COLUMN line integer;
COMMENT ON COLUMN import_lines.line IS 'Which row it is for whoever opens the file: with heading and blank lines; null: as numbered.';
ALTER TABLE import_results ADD COLUMN line integer, ADD COLUMN external_id text;
COMMENT ON COLUMN import_results.external_id IS
    'As the row tells it; null where there was none to be read, or the person was erased or has objected.';
COMMENT ON TABLE import_results IS 'The report: which rows, by line and external id, and codes; nothing else of what stood in them.';
CREATE INDEX import_results_twice ON import_results (import_id, external_id) WHERE digest IS NULL AND external_id IS NOT NULL;

-- With the link of a person the external id goes from the reports, too: only keyed hashes of it stay.
CREATE FUNCTION blank_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE import_results AS r SET external_id = NULL
    FROM before AS b
    JOIN sources AS s USING (source)
    JOIN imports AS i ON i.organisation_id = s.organisation_id AND i.source = b.source AND i.kind = b.kind
    WHERE b.kind IN ('volunteers', 'members') AND r.import_id = i.import_id AND r.digest = b.digest;
    UPDATE import_results AS r SET external_id = NULL
    FROM before AS b
    JOIN sources AS s USING (source)
    JOIN imports AS i ON i.organisation_id = s.organisation_id AND i.source = b.source AND i.kind = b.kind
    WHERE b.kind IN ('volunteers', 'members') AND r.import_id = i.import_id AND r.external_id = b.external_id
        AND r.digest IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_blanked AFTER DELETE ON external_ids
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION blank_reports();
