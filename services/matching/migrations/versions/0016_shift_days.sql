-- The days of the week of an offer's shifts are true until the last shift on one of them has begun.
ALTER TABLE offers ADD COLUMN shift_days_until timestamptz;
COMMENT ON COLUMN offers.shift_days_until IS 'When a day of shift_days has no shift to come any more; null: there is none.';
UPDATE offers SET shift_days_until = now() WHERE shift_days <> '{}';
CREATE INDEX offers_by_shift_days_until ON offers (shift_days_until) WHERE shift_days_until IS NOT NULL;
