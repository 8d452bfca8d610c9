-- With which permission a command was done: asked again before its answer is given again. IF NOT EXISTS: schemas from before get it later.

ALTER TABLE idempotency_keys ADD COLUMN IF NOT EXISTS granted jsonb;
COMMENT ON COLUMN idempotency_keys.granted IS
    'What was asked about the caller''s roles, with yes for an answer; NULL for volunteers and whoever is not signed in.';
