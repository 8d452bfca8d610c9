-- A row of a source tells one role in one organisation: when the row goes that role goes, and no other.
ALTER TABLE external_ids
    ADD COLUMN told_organisation_id uuid,
    ADD COLUMN told_role text;
COMMENT ON COLUMN external_ids.told_organisation_id IS 'Of members: in which organisation; null: told before it was kept.';
COMMENT ON COLUMN external_ids.told_role IS 'Of members: which role.';
