-- Statistics by month, district and topic: no persons, and nothing that could be told from small numbers.

ALTER TABLE offers
    ADD COLUMN published_at timestamptz,
    ADD COLUMN closed_at timestamptz;

UPDATE offers
SET published_at = CASE WHEN status <> 'draft' THEN created_at END,
    closed_at = CASE WHEN status = 'closed' THEN changed_at END;

-- Whatever changes an offer's status says when, in changed_at; this only keeps the first publication and the closing.
CREATE FUNCTION note_times_of_offer() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'draft' AND NEW.published_at IS NULL THEN
        NEW.published_at := NEW.changed_at;
    END IF;
    IF NEW.status = 'closed' AND NEW.closed_at IS NULL THEN
        NEW.closed_at := NEW.changed_at;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER offers_note_times BEFORE INSERT OR UPDATE OF status ON offers
    FOR EACH ROW EXECUTE FUNCTION note_times_of_offer();

CREATE INDEX offers_by_publication ON offers (published_at) WHERE published_at IS NOT NULL;
CREATE INDEX placements_by_confirmation ON placements (confirmed_at) WHERE confirmed_at IS NOT NULL;
CREATE INDEX shifts_by_beginning ON shifts (starts_at);

CREATE TABLE statistics_months (
    month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    computed_at timestamptz,
    is_final boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN statistics_months.is_final IS 'The month is over for a while: what is told of it changes no more.';

CREATE TABLE statistics (
    cell text PRIMARY KEY,
    month date NOT NULL REFERENCES statistics_months ON DELETE CASCADE,
    district text,
    topic text,
    needs integer NOT NULL,
    places integer NOT NULL,
    covered integer NOT NULL,
    confirmed integer NOT NULL,
    median_days_to_fill double precision,
    volunteers_active integer NOT NULL,
    is_hidden boolean NOT NULL
);
COMMENT ON TABLE statistics IS 'One row per month, district, topic; null: all districts, all topics.';
COMMENT ON COLUMN statistics.cell IS 'month/district/topic, with * for all.';
COMMENT ON COLUMN statistics.is_hidden IS 'One to four people stand behind it, or would be told by the difference to others: needs and places only.';
CREATE INDEX statistics_by_month ON statistics (month, cell);
CREATE INDEX statistics_by_district ON statistics (district, month, cell);
CREATE INDEX statistics_by_topic ON statistics (topic, month, cell);
