-- When something of an upload arrived last: whose sender or receiver has died is under way no longer.
ALTER TABLE imports ADD COLUMN received_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN imports.received_at IS 'When something of the file arrived last.';
