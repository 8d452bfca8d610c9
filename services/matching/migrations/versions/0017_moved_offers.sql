-- Whoever is placed with an offer is told when it takes place at other times.
ALTER TABLE offers ADD COLUMN moved_told_after uuid;
COMMENT ON COLUMN offers.moved_told_after IS 'Placements up to here were told of the offer''s new times; null: all were.';
CREATE INDEX offers_moved ON offers (offer_id) WHERE moved_told_after IS NOT NULL;

-- Somebody who was to come was erased: others are looked for, as after every other leaving, and nothing names the person.
CREATE TABLE vacancies (
    pool_id uuid PRIMARY KEY,
    offer_id uuid NOT NULL REFERENCES offers ON DELETE CASCADE,
    shift_id uuid REFERENCES shifts ON DELETE CASCADE,
    correlation_id text NOT NULL,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE vacancies IS 'Places of persons who were erased: others are looked for, worked off by a timer.';
COMMENT ON COLUMN vacancies.pool_id IS 'The shift, or the offer when it has none.';
COMMENT ON COLUMN vacancies.correlation_id IS 'The journey that the erasure belongs to.';
CREATE INDEX vacancies_by_time ON vacancies (asked_at, pool_id);
CREATE INDEX vacancies_by_offer ON vacancies (offer_id);
CREATE INDEX vacancies_by_shift ON vacancies (shift_id);
