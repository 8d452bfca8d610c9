-- Rows from before have the default until the read model is replayed, or the organisation changes.
ALTER TABLE organisations ADD COLUMN status text NOT NULL DEFAULT 'verified';
COMMENT ON COLUMN organisations.status IS 'Only a verified organisation hears and reads of volunteers.';
