-- What has to be heeded of what persons asked about their data. Of few people; IF NOT EXISTS: schemas from before get it later.
CREATE TABLE IF NOT EXISTS person_rights (
    subject_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    restricted boolean NOT NULL DEFAULT false,
    export_until date
);
COMMENT ON TABLE person_rights IS 'Of the registry, and in the other services its read model: whose data is only to be stored (Art. 18 DSGVO), and whose a privacy officer may hand out.';
