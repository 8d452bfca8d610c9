-- Contacts directory, volunteers' own contacts, support requests. First the read models of matching that they need.

CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    topic text NOT NULL,
    district text NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE offers IS 'Read model of matching.offers.';

CREATE TABLE placements (
    placement_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    offer_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    volunteer_id uuid NOT NULL,
    status text NOT NULL,
    dealt_with boolean NOT NULL
);
COMMENT ON TABLE placements IS 'Read model of matching.placements: who dealt with whom.';
COMMENT ON COLUMN placements.dealt_with IS 'The volunteer acted, or was confirmed: not a mere invitation.';
CREATE INDEX placements_by_volunteer ON placements (volunteer_id, organisation_id) INCLUDE (dealt_with, status);
CREATE INDEX placements_dealt_with ON placements (organisation_id, volunteer_id) WHERE dealt_with;
CREATE INDEX placements_running_by_offer ON placements (offer_id) WHERE status IN ('confirmed', 'active', 'suspended');

CREATE TABLE contact_topics (
    topic text PRIMARY KEY CHECK (topic ~ '^[a-z][a-z0-9_]{0,59}$'),
    version bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    german text NOT NULL CHECK (length(german) BETWEEN 1 AND 200),
    english text NOT NULL CHECK (length(english) BETWEEN 1 AND 200)
);
COMMENT ON TABLE contact_topics IS 'What contacts are there for: a vocabulary that the state administration adds to.';
INSERT INTO contact_topics (topic, german, english) VALUES
    ('accompaniment', 'Begleitung im Alltag und zu Ämtern', 'Accompaniment in everyday life and to authorities'),
    ('administration', 'Verwaltung und Behörden', 'Administration and authorities'),
    ('children', 'Kinder und Jugendliche', 'Children and young people'),
    ('coordination_office', 'Koordinierungsstelle Migration und Teilhabe', 'Coordination office for migration and participation'),
    ('funding', 'Fördermittel', 'Funding'),
    ('health', 'Gesundheit', 'Health'),
    ('housing', 'Wohnen', 'Housing'),
    ('language', 'Sprache', 'Language'),
    ('legal_advice', 'Rechtsberatung', 'Legal advice'),
    ('migration_counselling', 'Migrationsberatung', 'Migration counselling'),
    ('seniors', 'Ältere Menschen', 'Senior citizens'),
    ('sport', 'Sport und Freizeit', 'Sport and leisure'),
    ('training', 'Fortbildung', 'Training'),
    ('volunteering', 'Ehrenamt allgemein', 'Volunteering in general'),
    ('women', 'Frauen', 'Women'),
    ('work', 'Arbeit und Ausbildung', 'Work and apprenticeship');

ALTER TABLE contacts
    ADD COLUMN postal_code text REFERENCES places,
    ADD COLUMN location point NOT NULL,
    ADD COLUMN office_hours jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN absences jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN substitute_id uuid REFERENCES contacts,
    ADD COLUMN capacity integer NOT NULL CHECK (capacity BETWEEN 0 AND 1000),
    ADD COLUMN confirmed_on date NOT NULL,
    ADD COLUMN stale_from date NOT NULL,
    ADD COLUMN is_stale boolean NOT NULL DEFAULT false,
    ADD FOREIGN KEY (topic) REFERENCES contact_topics;
COMMENT ON COLUMN contacts.location IS 'Kilometres east and north in the plane of rules/directory.py: distances there are those on the ground.';
COMMENT ON COLUMN contacts.capacity IS 'For how many volunteers this is the own contact at most, unless a placement brings them together.';
COMMENT ON COLUMN contacts.is_stale IS 'Nobody has confirmed it in time; whoever should was reminded when this became true.';
CREATE INDEX contacts_by_location ON contacts USING gist (location);
CREATE INDEX contacts_by_substitute ON contacts (substitute_id) WHERE substitute_id IS NOT NULL;
CREATE INDEX contacts_to_confirm ON contacts (stale_from) WHERE NOT is_stale;
DROP INDEX contacts_by_organisation;
CREATE INDEX contacts_by_organisation ON contacts (organisation_id, contact_id);
CREATE INDEX contacts_by_topic ON contacts (topic, contact_id);
DROP INDEX contacts_by_district;
CREATE INDEX contacts_by_district ON contacts (district, contact_id);

CREATE TABLE own_contacts (
    volunteer_id uuid PRIMARY KEY REFERENCES volunteers ON DELETE CASCADE,
    version bigint NOT NULL CHECK (version >= 1),
    contact_id uuid,
    organisation_id uuid,
    reason text NOT NULL CHECK (reason IN ('placement', 'topic', 'district', 'none')),
    district text NOT NULL,
    since timestamptz NOT NULL,
    CHECK ((contact_id IS NULL) = (reason = 'none')),
    CHECK ((contact_id IS NULL) = (organisation_id IS NULL))
);
COMMENT ON TABLE own_contacts IS 'Which contact is a volunteer''s own; none (yet) where nobody could be found.';
COMMENT ON COLUMN own_contacts.district IS 'Where the volunteer was looked for: whoever waits there is asked about when a contact comes free.';
CREATE INDEX own_contacts_by_contact ON own_contacts (contact_id, since, volunteer_id) WHERE contact_id IS NOT NULL;
CREATE INDEX own_contacts_missing ON own_contacts (district, since) WHERE contact_id IS NULL;

CREATE TABLE own_contact_checks (
    volunteer_id uuid PRIMARY KEY REFERENCES volunteers ON DELETE CASCADE,
    district text NOT NULL,
    noted_at timestamptz NOT NULL
);
COMMENT ON TABLE own_contact_checks IS 'Volunteers whose own contact is to be looked for (again).';
COMMENT ON COLUMN own_contact_checks.district IS 'Those of one district are looked at together: they have the same contacts to choose from.';
CREATE INDEX own_contact_checks_by_age ON own_contact_checks (noted_at);
CREATE INDEX own_contact_checks_by_district ON own_contact_checks (district, noted_at);

CREATE TABLE contact_checks (
    contact_id uuid PRIMARY KEY REFERENCES contacts ON DELETE CASCADE,
    noted_at timestamptz NOT NULL
);
COMMENT ON TABLE contact_checks IS 'Contacts of whose member or organisation something has changed.';
CREATE INDEX contact_checks_by_age ON contact_checks (noted_at);

-- Noted by the database, in the statement that changes them: people come by registration, import, merge and return, and leave
-- in as many ways. None of them can forget it.
CREATE FUNCTION note_volunteers_for_own_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
    SELECT volunteer_id, district, transaction_timestamp() FROM changed WHERE status = 'confirmed'
    ORDER BY volunteer_id
    ON CONFLICT (volunteer_id) DO UPDATE SET district = excluded.district, noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
CREATE FUNCTION note_changed_volunteers_for_own_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
    SELECT volunteer_id, changed.district, transaction_timestamp()
    FROM changed JOIN previous USING (volunteer_id)
    WHERE changed.status = 'confirmed'
      AND (changed.status, changed.district, changed.wishes, changed.languages, changed.restricted)
          IS DISTINCT FROM
          (previous.status, previous.district, previous.wishes, previous.languages, previous.restricted)
    ORDER BY volunteer_id
    ON CONFLICT (volunteer_id) DO UPDATE SET district = excluded.district, noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
CREATE TRIGGER volunteers_added_need_a_contact AFTER INSERT ON volunteers
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_volunteers_for_own_contact();
CREATE TRIGGER volunteers_changed_need_a_contact AFTER UPDATE ON volunteers
    REFERENCING NEW TABLE AS changed OLD TABLE AS previous
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_volunteers_for_own_contact();

CREATE FUNCTION note_contacts_of_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contact_checks (contact_id, noted_at)
    SELECT c.contact_id, transaction_timestamp()
    FROM previous JOIN contacts AS c ON c.subject_id = previous.subject_id
    ORDER BY c.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
CREATE TRIGGER members_changed_are_contacts AFTER UPDATE ON members
    REFERENCING OLD TABLE AS previous FOR EACH STATEMENT EXECUTE FUNCTION note_contacts_of_members();
CREATE TRIGGER members_gone_were_contacts AFTER DELETE ON members
    REFERENCING OLD TABLE AS previous FOR EACH STATEMENT EXECUTE FUNCTION note_contacts_of_members();

CREATE FUNCTION note_contacts_of_organisations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contact_checks (contact_id, noted_at)
    SELECT c.contact_id, transaction_timestamp()
    FROM changed
    JOIN previous USING (organisation_id)
    JOIN contacts AS c USING (organisation_id)
    WHERE (changed.status, changed.districts) IS DISTINCT FROM (previous.status, previous.districts)
    ORDER BY c.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
CREATE TRIGGER organisations_changed_have_contacts AFTER UPDATE ON organisations
    REFERENCING NEW TABLE AS changed OLD TABLE AS previous
    FOR EACH STATEMENT EXECUTE FUNCTION note_contacts_of_organisations();

CREATE TABLE support_requests (
    request_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version >= 1),
    volunteer_id uuid NOT NULL REFERENCES volunteers ON DELETE CASCADE,
    group_id uuid,
    contact_id uuid NOT NULL,
    handler_id uuid NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations,
    district text NOT NULL,
    topic text NOT NULL REFERENCES contact_topics,
    due_on date NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'answered', 'closed')),
    escalation text NOT NULL CHECK (escalation IN ('none', 'substitute', 'organisation')),
    escalates_on date,
    messages integer NOT NULL DEFAULT 0 CHECK (messages >= 0),
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (escalates_on IS NULL OR (status = 'open' AND escalation <> 'organisation'))
);
COMMENT ON COLUMN support_requests.contact_id IS 'The contact who was asked.';
COMMENT ON COLUMN support_requests.handler_id IS 'The contact who is to answer: the one asked, or the substitute.';
COMMENT ON COLUMN support_requests.group_id IS 'The initiative for which its speaker asks.';
COMMENT ON COLUMN support_requests.escalates_on IS 'The first day on which it is overdue for whoever is to answer.';
CREATE INDEX support_requests_by_volunteer ON support_requests (volunteer_id, asked_at, request_id);
CREATE INDEX support_requests_by_group ON support_requests (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX support_requests_by_contact ON support_requests (contact_id, asked_at, request_id);
CREATE INDEX support_requests_by_handler ON support_requests (handler_id, asked_at, request_id);
CREATE INDEX support_requests_escalated ON support_requests (organisation_id, asked_at, request_id)
    WHERE escalation = 'organisation';
CREATE INDEX support_requests_to_escalate ON support_requests (escalates_on) WHERE escalates_on IS NOT NULL;
CREATE INDEX support_requests_to_tidy ON support_requests (changed_at) WHERE status <> 'open';
CREATE INDEX support_requests_by_time ON support_requests (asked_at)
    INCLUDE (district, topic, volunteer_id, status, due_on);

CREATE TABLE support_messages (
    request_id uuid NOT NULL REFERENCES support_requests ON DELETE CASCADE,
    number integer NOT NULL,
    from_volunteer boolean NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    written_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, number)
);
COMMENT ON TABLE support_messages IS 'Question, answers, follow-ups. Which member answered stands in the audit log only.';

CREATE TABLE needs (
    cell text PRIMARY KEY,
    district text NOT NULL,
    topic text NOT NULL,
    requests integer NOT NULL,
    open integer,
    overdue integer
);
COMMENT ON TABLE needs IS 'Counted anew now and then: how often support was asked for. Nothing that fewer than five persons asked.';
CREATE INDEX needs_by_district ON needs (district, cell);
CREATE INDEX needs_by_topic ON needs (topic, cell);
CREATE INDEX needs_by_requests ON needs (requests, cell);

CREATE TABLE needs_counted (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    counted_at timestamptz NOT NULL
);
COMMENT ON TABLE needs_counted IS 'When the needs were counted; whoever writes it counts.';

-- An import says where a place really lies.
CREATE FUNCTION note_contacts_of_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO contact_checks (contact_id, noted_at)
    SELECT c.contact_id, transaction_timestamp()
    FROM changed
    JOIN previous USING (postal_code)
    JOIN contacts AS c USING (postal_code)
    WHERE (changed.latitude, changed.longitude) IS DISTINCT FROM (previous.latitude, previous.longitude)
    ORDER BY c.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
CREATE TRIGGER places_moved_have_contacts AFTER UPDATE ON places
    REFERENCING NEW TABLE AS changed OLD TABLE AS previous
    FOR EACH STATEMENT EXECUTE FUNCTION note_contacts_of_places();
CREATE INDEX contacts_by_place ON contacts (postal_code) WHERE postal_code IS NOT NULL;
