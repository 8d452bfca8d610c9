-- A row of a file that names another one is taken over together with it, wherever that stands.

ALTER TABLE import_lines ADD COLUMN digest bytea;
COMMENT ON COLUMN import_lines.digest IS
    'Keyed hash of the external id, of kinds whose rows name each other; null: of another kind, or not to be read.';
CREATE INDEX import_lines_by_digest ON import_lines (import_id, digest, number) WHERE digest IS NOT NULL;
