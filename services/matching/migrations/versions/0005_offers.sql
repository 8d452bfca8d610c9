-- Offers in full: more states, translations, requirements, urgency that decays, confirmation, templates, search.

CREATE TABLE offer_templates (
    template_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    organisation_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    stated jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE offer_templates IS 'What an organisation states of an offer again and again; nothing that belongs to one time or place only.';
CREATE INDEX offer_templates_by_organisation ON offer_templates (organisation_id, template_id);

ALTER TABLE offers
    ADD COLUMN translations jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN language_levels text[] NOT NULL DEFAULT '{}',
    ADD COLUMN skills_required text[] NOT NULL DEFAULT '{}',
    ADD COLUMN skills_welcome text[] NOT NULL DEFAULT '{}',
    ADD COLUMN clearance_basis text CHECK (clearance_basis IN ('sgb8_72a', 'asylg_44', 'other')),
    ADD COLUMN clearance_activity text,
    ADD COLUMN clearance_stated text CHECK (length(clearance_stated) BETWEEN 1 AND 200),
    ADD COLUMN boundary_id uuid,
    ADD COLUMN volunteer_tasks text NOT NULL DEFAULT '' CHECK (length(volunteer_tasks) <= 4000),
    ADD COLUMN staff_tasks text NOT NULL DEFAULT '' CHECK (length(staff_tasks) <= 4000),
    ADD COLUMN urgency_reason text NOT NULL DEFAULT '' CHECK (length(urgency_reason) <= 200),
    ADD COLUMN urgency_set_at timestamptz,
    ADD COLUMN urgency_half_life_days integer CHECK (urgency_half_life_days BETWEEN 1 AND 3650),
    ADD COLUMN effective_urgency double precision NOT NULL DEFAULT 1 CHECK (effective_urgency BETWEEN 1 AND 5),
    ADD COLUMN effective_on date,
    ADD COLUMN accompanied_first boolean NOT NULL DEFAULT false,
    ADD COLUMN contact_id uuid,
    ADD COLUMN confirmed_on date,
    ADD COLUMN is_stale boolean NOT NULL DEFAULT false,
    ADD COLUMN template_id uuid REFERENCES offer_templates ON DELETE SET NULL,
    ADD COLUMN days text[] NOT NULL DEFAULT '{}',
    ADD COLUMN shift_days text[] NOT NULL DEFAULT '{}',
    ADD COLUMN location point,
    ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('german'::regconfig, title), 'A')
        || setweight(to_tsvector('german'::regconfig, description), 'B')
        || setweight(to_tsvector('german'::regconfig, volunteer_tasks), 'C')
    ) STORED;

UPDATE offers
SET urgency_set_at = created_at,
    effective_urgency = urgency,
    effective_on = (changed_at AT TIME ZONE 'Europe/Berlin')::date,
    confirmed_on = (changed_at AT TIME ZONE 'Europe/Berlin')::date,
    language_levels = array_fill('A2'::text, ARRAY[cardinality(languages_required)]),
    days = ARRAY (SELECT DISTINCT time ->> 'day' FROM jsonb_array_elements(weekly) AS weekly (time));

ALTER TABLE offers
    ALTER COLUMN urgency_set_at SET NOT NULL,
    ALTER COLUMN effective_on SET NOT NULL,
    ALTER COLUMN confirmed_on SET NOT NULL,
    ALTER COLUMN effective_urgency DROP DEFAULT,
    ADD CHECK (cardinality(language_levels) = cardinality(languages_required)),
    ADD CHECK (num_nonnulls(clearance_basis, clearance_activity) <> 1),
    ADD CHECK ((clearance_basis IS NOT DISTINCT FROM 'other') = (clearance_stated IS NOT NULL)),
    DROP CONSTRAINT offers_status_check,
    ADD CONSTRAINT offers_status_check CHECK (status IN ('draft', 'published', 'paused', 'filled', 'closed'));

COMMENT ON COLUMN offers.status IS 'filled: published, and every place is confirmed; set and undone by itself.';
COMMENT ON COLUMN offers.translations IS 'Title and description by language; German stands in its own columns.';
COMMENT ON COLUMN offers.language_levels IS 'Parallel to languages_required: the level from which each counts.';
COMMENT ON COLUMN offers.clearance_stated IS 'The legal basis in words, where it is another than the two that are named.';
COMMENT ON COLUMN offers.effective_urgency IS 'What the decay had left of the urgency on effective_on; computed anew every day.';
COMMENT ON COLUMN offers.is_stale IS 'Not confirmed in time; somebody was reminded, once.';
COMMENT ON COLUMN offers.days IS 'The days of the weekly times; shift_days those of the shifts: what a search by day looks at.';
COMMENT ON COLUMN offers.location IS 'Kilometres east and north of the middle of Germany: an index answers "nearest first".';

CREATE INDEX offers_open_by_time ON offers ((NOT is_stale), offer_id) WHERE status IN ('published', 'filled');
CREATE INDEX offers_open_by_urgency ON offers (
    (effective_urgency - CASE WHEN is_stale THEN 10 ELSE 0 END), offer_id
) WHERE status IN ('published', 'filled');
CREATE INDEX offers_open_by_district ON offers (district, (NOT is_stale), offer_id)
    WHERE status IN ('published', 'filled');
CREATE INDEX offers_open_by_topic ON offers (topic, (NOT is_stale), offer_id) WHERE status IN ('published', 'filled');
CREATE INDEX offers_open_by_organisation ON offers (organisation_id, (NOT is_stale), offer_id)
    WHERE status IN ('published', 'filled');
CREATE INDEX offers_open_by_location ON offers USING gist (location) WHERE status IN ('published', 'filled');
-- The nearest of the one kind, and of the other, without passing over all of the other kind.
CREATE INDEX offers_fresh_by_location ON offers USING gist (location)
    WHERE status IN ('published', 'filled') AND NOT is_stale;
CREATE INDEX offers_stale_by_location ON offers USING gist (location) WHERE status IN ('published', 'filled') AND is_stale;
CREATE INDEX offers_open_by_words ON offers USING gin (search) WITH (fastupdate = off)
    WHERE status IN ('published', 'filled');
CREATE INDEX offers_open_by_features ON offers
    USING gin ((languages_required || languages_welcome), (days || shift_days)) WITH (fastupdate = off)
    WHERE status IN ('published', 'filled');
CREATE INDEX offers_to_confirm ON offers (confirmed_on) WHERE status IN ('published', 'paused', 'filled') AND NOT is_stale;
CREATE INDEX offers_whose_urgency_decays ON offers (effective_on)
    WHERE status IN ('published', 'paused', 'filled') AND urgency_half_life_days IS NOT NULL;
DROP INDEX offers_that_end;
CREATE INDEX offers_that_end ON offers (ends_on)
    WHERE status IN ('published', 'paused', 'filled') AND ends_on IS NOT NULL;

CREATE INDEX members_by_membership ON members USING gin (memberships jsonb_path_ops);
