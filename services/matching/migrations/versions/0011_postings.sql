-- Postings: under what volunteers and offers are found, with what the bounds of their score need. Everything here follows
-- from other tables and may be made anew at any time; nothing is stored per pair.

CREATE FUNCTION hash_of(word text) RETURNS bigint IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN ('x' || substr(md5(word), 1, 15))::bit(60)::bigint;
COMMENT ON FUNCTION hash_of IS 'A word of an open vocabulary as 60 bits, the same in every process (rules/bounds.py).';

CREATE TABLE numbered_words (
    kind text NOT NULL CHECK (kind IN ('language', 'topic', 'skill', 'qualification')),
    word text NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (kind, word)
);
COMMENT ON TABLE numbered_words IS 'Which bit of a posting a word stands for. Words beyond the last bit share it: then a bound is less tight, and still right.';

CREATE FUNCTION number_words(of_kind text, words text[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO numbered_words (kind, word, number)
    SELECT of_kind, given.word, least(
        (SELECT count(*) FROM numbered_words AS n WHERE n.kind = of_kind) + row_number() OVER (ORDER BY given.word) - 1,
        CASE of_kind WHEN 'language' THEN 19 ELSE 62 END
    )
    FROM (SELECT DISTINCT word FROM unnest(words) AS each (word)) AS given
    WHERE NOT EXISTS (SELECT FROM numbered_words AS n WHERE n.kind = of_kind AND n.word = given.word)
    ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION number_words IS 'Numbers the words that have none yet. Two that are numbered at the same time may share a number.';

CREATE FUNCTION bits_of(of_kind text, words text[]) RETURNS bigint STABLE STRICT PARALLEL SAFE LANGUAGE sql
BEGIN ATOMIC
    SELECT coalesce(bit_or(1::bigint << n.number), 0)
    FROM numbered_words AS n
    WHERE n.kind = of_kind AND n.word = ANY (words);
END;
COMMENT ON FUNCTION bits_of IS 'A set of numbered words as bits: what is in the set is never missing in the bits.';

CREATE TABLE postings (
    term bigint NOT NULL,
    postal_code text COLLATE "C" NOT NULL,
    volunteer_id uuid NOT NULL,
    district text COLLATE "C" NOT NULL,
    reach_km smallint NOT NULL,
    age_reached smallint NOT NULL,
    travel smallint NOT NULL,
    experience smallint NOT NULL,
    slots integer NOT NULL,
    asked_week integer NOT NULL,
    asked bigint NOT NULL,
    languages bigint NOT NULL,
    wishes bigint NOT NULL,
    skills bigint NOT NULL,
    qualifications bigint NOT NULL,
    waiting_since bigint NOT NULL,
    tellable boolean NOT NULL,
    kind smallint NOT NULL GENERATED ALWAYS AS (4 * travel + least(experience, 3)) STORED,
    CONSTRAINT postings_pkey PRIMARY KEY (term, postal_code, reach_km, volunteer_id) INCLUDE (
        kind, district, age_reached, travel, experience, slots, asked_week, asked, languages, wishes, skills,
        qualifications, waiting_since, tellable
    )
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
COMMENT ON TABLE postings IS 'Volunteers who are not paused, under everybody, each language, skill, wish, qualification and clearance, by postal code; the index answers alone.';
COMMENT ON COLUMN postings.age_reached IS '0: not told.';
COMMENT ON COLUMN postings.travel IS 'The farthest-reaching means: 0 not told, 1 foot, 2 bicycle, 3 public transport, 4 car.';
COMMENT ON COLUMN postings.slots IS 'Bit 4 × day + part of the day, Monday morning first.';
COMMENT ON COLUMN postings.asked IS 'Four bytes: how often they were asked in asked_week (the highest) and the three weeks before.';
COMMENT ON COLUMN postings.languages IS 'Twenty times three bits: the highest level (1 to 7) of the languages that stand there.';
COMMENT ON COLUMN postings.waiting_since IS 'Microseconds since 1970.';
COMMENT ON COLUMN postings.reach_km IS 'How far they go; of those who live farther away, outside the district, the index passes over whoever does not go so far. Where the district is not one of the postal code''s: as if they went everywhere, and the rules decide.';
COMMENT ON COLUMN postings.kind IS 'By means of travel and experience: of those far away only some kinds are looked at.';
COMMENT ON COLUMN postings.tellable IS 'They consent to being told of suggestions.';
ALTER TABLE postings ALTER COLUMN term SET STATISTICS 1000;

CREATE TABLE standings (
    volunteer_id uuid PRIMARY KEY,
    postal_code text NOT NULL DEFAULT '',
    reach_km smallint NOT NULL DEFAULT 0,
    terms bigint[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE standings IS 'Under which terms, where and with which reach a volunteer is posted. Its row is the last lock of a transaction: whoever posts somebody holds it.';

CREATE TABLE posted_terms (
    term bigint PRIMARY KEY,
    share real NOT NULL
);
COMMENT ON TABLE posted_terms IS 'Roughly which share of the volunteers stands under the common terms; those that are not in here are rare. Only speed depends on it.';

CREATE TABLE posted_places (
    postal_code text COLLATE "C" PRIMARY KEY,
    volunteers integer NOT NULL,
    offers integer NOT NULL
);
COMMENT ON TABLE posted_places IS 'Roughly how many are posted where. Only speed depends on it.';

CREATE TABLE asks (
    volunteer_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('told', 'invited')),
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (volunteer_id, asked_at, offer_id, kind)
);
COMMENT ON TABLE asks IS 'When a volunteer was told of an offer or invited to one: so that nobody is asked too often. Kept for as long as that counts.';
CREATE INDEX asks_by_time ON asks (asked_at);

CREATE TABLE declined_topics (
    volunteer_id uuid NOT NULL,
    topic text NOT NULL,
    declined_at timestamptz NOT NULL,
    PRIMARY KEY (volunteer_id, topic)
);
COMMENT ON TABLE declined_topics IS 'When a volunteer last declined to help with a topic: they are asked less for a while. Kept for as long as that counts.';
CREATE INDEX declined_topics_by_time ON declined_topics (declined_at);

CREATE TABLE offer_postings (
    postal_code text COLLATE "C" NOT NULL,
    offer_id uuid NOT NULL,
    district text COLLATE "C" NOT NULL,
    topic bigint NOT NULL,
    languages_required bigint NOT NULL,
    languages_wanted bigint NOT NULL,
    qualifications bigint NOT NULL,
    skills_required bigint NOT NULL,
    skills_welcome bigint NOT NULL,
    skills_count smallint NOT NULL,
    clearance bigint,
    minimum_age smallint NOT NULL,
    minutes integer NOT NULL,
    slots bigint NOT NULL,
    urgency smallint NOT NULL,
    urgency_half_life smallint,
    urgency_since bigint NOT NULL,
    ends_on date,
    CONSTRAINT offer_postings_pkey PRIMARY KEY (postal_code, offer_id) INCLUDE (
        district, topic, languages_required, languages_wanted, qualifications, skills_required, skills_welcome,
        skills_count, clearance, minimum_age, minutes, slots, urgency, urgency_half_life, urgency_since, ends_on
    )
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
COMMENT ON TABLE offer_postings IS 'Offers that are published by a verified organisation, by postal code; the index answers alone.';
COMMENT ON COLUMN offer_postings.minutes IS 'Of all weekly times together; 0: none are set.';
COMMENT ON COLUMN offer_postings.slots IS 'Three times 16 bits: a slot (5) and the minutes in it (11); above them the minutes of all further slots, in fours.';
COMMENT ON COLUMN offer_postings.urgency_since IS 'Microseconds since 1970.';
CREATE UNIQUE INDEX offer_postings_by_offer ON offer_postings (offer_id) INCLUDE (postal_code);

CREATE FUNCTION microseconds(at timestamptz) RETURNS bigint IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN (extract(epoch FROM at) * 1000000)::bigint;

CREATE FUNCTION week_of(at timestamptz) RETURNS integer IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN ((at AT TIME ZONE 'Europe/Berlin')::date - DATE '2001-01-01') / 7;
COMMENT ON FUNCTION week_of IS 'Weeks since a Monday long ago, in Germany.';

CREATE FUNCTION slot_of(day text, part text) RETURNS integer IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN 4 * CASE day
        WHEN 'monday' THEN 0 WHEN 'tuesday' THEN 1 WHEN 'wednesday' THEN 2 WHEN 'thursday' THEN 3 WHEN 'friday' THEN 4
        WHEN 'saturday' THEN 5 WHEN 'sunday' THEN 6
    END + CASE part WHEN 'morning' THEN 0 WHEN 'afternoon' THEN 1 WHEN 'evening' THEN 2 WHEN 'night' THEN 3 END;

CREATE FUNCTION slots_of(weekly jsonb) RETURNS TABLE (slot integer, minutes integer)
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
BEGIN ATOMIC
    SELECT (4 * (day.number + inside.shift) + inside.part + 28) % 28, least(day.last, inside.until) - greatest(day.first, inside.since)
    FROM (
        SELECT
            slot_of(weekly ->> 'day', 'morning') / 4 AS number,
            60 * left(weekly ->> 'start', 2)::integer + right(weekly ->> 'start', 2)::integer AS first,
            60 * left(weekly ->> 'end', 2)::integer + right(weekly ->> 'end', 2)::integer AS last
    ) AS day
    CROSS JOIN (
        VALUES (3, -1, 0, 360), (0, 0, 360, 720), (1, 0, 720, 1020), (2, 0, 1020, 1320), (3, 0, 1320, 1440)
    ) AS inside (part, shift, since, until)
    WHERE least(day.last, inside.until) > greatest(day.first, inside.since);
END;
COMMENT ON FUNCTION slots_of IS 'How many minutes of a weekly time lie in which part of which day; a night ends on the next morning.';

CREATE VIEW volunteers_to_post AS
SELECT
    v.volunteer_id,
    v.postal_code,
    ARRAY (
        SELECT DISTINCT hash_of(found.word)
        FROM (
            SELECT '*' AS word
            UNION ALL SELECT 'language ' || (spoken ->> 'language') FROM jsonb_array_elements(v.languages) AS told (spoken)
            UNION ALL SELECT 'skill ' || skill FROM unnest(v.skills) AS told (skill)
            UNION ALL SELECT 'wish ' || wish FROM unnest(v.wishes) AS told (wish)
            UNION ALL SELECT 'no wish' WHERE v.wishes = '{}'
            UNION ALL SELECT 'qualification ' || q.qualification FROM qualifications AS q
            WHERE q.volunteer_id = v.volunteer_id
            UNION ALL SELECT concat_ws(' ', 'clearance', c.organisation_id, c.legal_basis, c.kind_of_activity)
            FROM clearances AS c WHERE c.volunteer_id = v.volunteer_id
        ) AS found
        ORDER BY 1
    ) AS terms,
    v.district,
    CASE WHEN v.district = ANY (home.districts) THEN v.reach_km ELSE 1000 END::smallint AS reach_km,
    coalesce(v.age_reached, 0)::smallint AS age_reached,
    CASE
        WHEN 'car' = ANY (v.travel) THEN 4
        WHEN 'public_transport' = ANY (v.travel) THEN 3
        WHEN 'bicycle' = ANY (v.travel) THEN 2
        WHEN 'foot' = ANY (v.travel) THEN 1
        ELSE 0
    END::smallint AS travel,
    least(had.placements, 32767)::smallint AS experience,
    (
        SELECT coalesce(bit_or(1 << slot_of(part ->> 'day', part ->> 'part')), 0)
        FROM jsonb_array_elements(v.availability) AS told (part)
    ) AS slots,
    coalesce(lately.asked_week, 0) AS asked_week,
    coalesce(lately.asked, 0) AS asked,
    (
        SELECT coalesce(sum(bucket.level << (3 * bucket.number)), 0)::bigint
        FROM (
            SELECT
                n.number,
                max(array_position(
                    ARRAY['A1', 'A2', 'B1', 'B2', 'C1', 'C2', 'native'], spoken ->> 'level'
                ))::bigint AS level
            FROM jsonb_array_elements(v.languages) AS told (spoken)
            JOIN numbered_words AS n ON n.kind = 'language' AND n.word = spoken ->> 'language'
            GROUP BY n.number
        ) AS bucket
    ) AS languages,
    bits_of('topic', v.wishes) AS wishes,
    bits_of('skill', v.skills) AS skills,
    bits_of(
        'qualification',
        ARRAY (SELECT q.qualification FROM qualifications AS q WHERE q.volunteer_id = v.volunteer_id)
    ) AS qualifications,
    microseconds(greatest(v.registered_at, had.last_confirmed_at)) AS waiting_since,
    EXISTS (
        SELECT FROM consents AS c WHERE c.volunteer_id = v.volunteer_id AND 'suggestions_by_mail' = ANY (c.purposes)
    ) AS tellable
FROM volunteers AS v
LEFT JOIN places AS home ON home.postal_code = v.postal_code
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE p.status IN ('confirmed', 'active', 'suspended', 'completed', 'ended')) AS placements,
        max(p.confirmed_at) AS last_confirmed_at
    FROM placements AS p
    WHERE p.volunteer_id = v.volunteer_id AND p.confirmed_at IS NOT NULL
) AS had
CROSS JOIN LATERAL (
    SELECT
        max(weekly.newest) AS asked_week,
        sum(least(weekly.asks, 255) << (8 * (3 - (weekly.newest - weekly.week))::integer))::bigint AS asked
    FROM (
        SELECT week_of(a.asked_at) AS week, count(*) AS asks, max(week_of(a.asked_at)) OVER () AS newest
        FROM asks AS a
        WHERE a.volunteer_id = v.volunteer_id
        GROUP BY week_of(a.asked_at)
    ) AS weekly
    WHERE weekly.newest - weekly.week <= 3
) AS lately
WHERE NOT v.paused;
COMMENT ON VIEW volunteers_to_post IS 'How every volunteer who is not paused ought to be posted.';

CREATE FUNCTION post_volunteers(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Held until the end, and looked at only then: of two who post the same volunteer the second sees what the first did.
    INSERT INTO standings (volunteer_id)
    SELECT DISTINCT given.volunteer_id FROM unnest(ids) AS given (volunteer_id) ORDER BY 1
    ON CONFLICT (volunteer_id) DO UPDATE SET volunteer_id = excluded.volunteer_id;

    PERFORM number_words(told.kind, array_agg(told.word))
    FROM (
        SELECT 'language' AS kind, spoken ->> 'language' AS word
        FROM volunteers AS v CROSS JOIN LATERAL jsonb_array_elements(v.languages) AS each (spoken)
        WHERE v.volunteer_id = ANY (ids)
        UNION ALL SELECT 'topic', unnest(v.wishes) FROM volunteers AS v WHERE v.volunteer_id = ANY (ids)
        UNION ALL SELECT 'skill', unnest(v.skills) FROM volunteers AS v WHERE v.volunteer_id = ANY (ids)
        UNION ALL SELECT 'qualification', q.qualification FROM qualifications AS q WHERE q.volunteer_id = ANY (ids)
    ) AS told
    GROUP BY told.kind;

    WITH wanted AS MATERIALIZED (
        SELECT * FROM volunteers_to_post AS v WHERE v.volunteer_id = ANY (ids)
    ), stood AS MATERIALIZED (
        SELECT s.volunteer_id, s.postal_code, s.reach_km, s.terms FROM standings AS s WHERE s.volunteer_id = ANY (ids)
    ), removed AS (
        DELETE FROM postings AS p
        USING stood AS s
        CROSS JOIN LATERAL unnest(s.terms) AS old (term)
        WHERE p.term = old.term AND p.postal_code = s.postal_code AND p.reach_km = s.reach_km
          AND p.volunteer_id = s.volunteer_id
          AND NOT EXISTS (
              SELECT FROM wanted AS w
              WHERE w.volunteer_id = s.volunteer_id AND w.postal_code = s.postal_code AND w.reach_km = s.reach_km
                AND old.term = ANY (w.terms)
          )
    ), put AS (
        INSERT INTO postings AS p
        SELECT
            term, w.postal_code, w.volunteer_id, w.district, w.reach_km, w.age_reached, w.travel, w.experience, w.slots,
            w.asked_week, w.asked, w.languages, w.wishes, w.skills, w.qualifications, w.waiting_since, w.tellable
        FROM wanted AS w
        CROSS JOIN LATERAL unnest(w.terms) AS given (term)
        ON CONFLICT (term, postal_code, reach_km, volunteer_id) DO UPDATE SET
            (district, age_reached, travel, experience, slots, asked_week, asked, languages, wishes, skills,
             qualifications, waiting_since, tellable)
            = ROW (excluded.district, excluded.age_reached, excluded.travel, excluded.experience,
                   excluded.slots, excluded.asked_week, excluded.asked, excluded.languages, excluded.wishes,
                   excluded.skills, excluded.qualifications, excluded.waiting_since, excluded.tellable)
        WHERE p IS DISTINCT FROM excluded
    ), kept AS (
        UPDATE standings AS s
        SET postal_code = w.postal_code, reach_km = w.reach_km, terms = w.terms
        FROM wanted AS w
        WHERE s.volunteer_id = w.volunteer_id
    )
    DELETE FROM standings AS s
    WHERE s.volunteer_id = ANY (ids) AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.volunteer_id = s.volunteer_id);
END $$;
COMMENT ON FUNCTION post_volunteers IS 'Brings the postings of some volunteers up to date, and touches no others.';

CREATE VIEW offers_to_post AS
SELECT
    o.postal_code,
    o.offer_id,
    o.district,
    hash_of(o.topic) AS topic,
    bits_of('language', o.languages_required) AS languages_required,
    bits_of('language', o.languages_required || o.languages_welcome) AS languages_wanted,
    bits_of('qualification', o.qualifications) AS qualifications,
    bits_of('skill', o.skills_required) AS skills_required,
    bits_of('skill', o.skills_welcome) AS skills_welcome,
    cardinality(o.skills_welcome)::smallint AS skills_count,
    CASE WHEN o.clearance_basis IS NOT NULL THEN
        hash_of(concat_ws(' ', 'clearance', o.organisation_id, o.clearance_basis, o.clearance_activity))
    END AS clearance,
    coalesce(o.minimum_age, 0)::smallint AS minimum_age,
    coalesce(times.minutes, 0)::integer AS minutes,
    coalesce(times.slots, 0) AS slots,
    o.urgency::smallint AS urgency,
    o.urgency_half_life_days::smallint AS urgency_half_life,
    microseconds(o.urgency_set_at) AS urgency_since,
    o.ends_on
FROM offers AS o
JOIN organisations AS g ON g.organisation_id = o.organisation_id AND g.status = 'verified'
CROSS JOIN LATERAL (
    SELECT
        max(ranked.all_minutes) AS minutes,
        sum(CASE
            WHEN ranked.place <= 3 AND ranked.minutes < 2048
                THEN ((ranked.minutes << 5) | ranked.slot) << (16 * (ranked.place - 1))::integer
            ELSE ((ranked.minutes + 3) / 4) << 48
        END)::bigint AS slots
    FROM (
        SELECT
            inside.slot,
            sum(inside.minutes)::bigint AS minutes,
            row_number() OVER (ORDER BY sum(inside.minutes) DESC, inside.slot) AS place,
            (sum(sum(inside.minutes)) OVER ())::bigint AS all_minutes
        FROM jsonb_array_elements(o.weekly) AS weekly (time)
        CROSS JOIN LATERAL slots_of(time) AS inside
        GROUP BY inside.slot
    ) AS ranked
) AS times
WHERE o.status = 'published';
COMMENT ON VIEW offers_to_post IS 'How every offer that is open ought to be posted.';

CREATE FUNCTION post_offers(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM number_words(told.kind, array_agg(told.word))
    FROM (
        SELECT 'language' AS kind, unnest(o.languages_required || o.languages_welcome) AS word
        FROM offers AS o WHERE o.offer_id = ANY (ids)
        UNION ALL SELECT 'skill', unnest(o.skills_required || o.skills_welcome)
        FROM offers AS o WHERE o.offer_id = ANY (ids)
        UNION ALL SELECT 'qualification', unnest(o.qualifications) FROM offers AS o WHERE o.offer_id = ANY (ids)
    ) AS told
    GROUP BY told.kind;

    WITH wanted AS MATERIALIZED (
        SELECT * FROM offers_to_post AS o WHERE o.offer_id = ANY (ids)
    ), removed AS (
        DELETE FROM offer_postings AS p
        WHERE p.offer_id = ANY (ids)
          AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.offer_id = p.offer_id)
    )
    INSERT INTO offer_postings AS p
    SELECT * FROM wanted
    ON CONFLICT (offer_id) DO UPDATE SET
        (postal_code, district, topic, languages_required, languages_wanted, qualifications, skills_required, skills_welcome,
         skills_count, clearance, minimum_age, minutes, slots, urgency, urgency_half_life, urgency_since, ends_on)
        = ROW (excluded.postal_code, excluded.district, excluded.topic, excluded.languages_required, excluded.languages_wanted,
               excluded.qualifications, excluded.skills_required, excluded.skills_welcome, excluded.skills_count,
               excluded.clearance, excluded.minimum_age, excluded.minutes, excluded.slots, excluded.urgency,
               excluded.urgency_half_life, excluded.urgency_since, excluded.ends_on)
    WHERE p IS DISTINCT FROM excluded;
END $$;
COMMENT ON FUNCTION post_offers IS 'Brings the postings of some offers, whose rows are locked or new, up to date, and touches no others.';

-- Offers and placements are posted by themselves, whoever writes them: so no use case can forget it.

CREATE FUNCTION post_changed_offers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM post_offers(ARRAY[NEW.offer_id]);
    RETURN NULL;
END $$;

CREATE TRIGGER offers_are_posted AFTER INSERT ON offers
    FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION post_changed_offers();
CREATE TRIGGER offers_are_posted_anew AFTER UPDATE ON offers
    FOR EACH ROW WHEN (
        (NEW.status = 'published' OR OLD.status = 'published')
        AND (NEW.status, NEW.postal_code, NEW.district, NEW.topic, NEW.languages_required, NEW.languages_welcome,
             NEW.qualifications, NEW.skills_required, NEW.skills_welcome, NEW.clearance_basis, NEW.clearance_activity,
             NEW.minimum_age, NEW.weekly, NEW.urgency, NEW.urgency_half_life_days, NEW.urgency_set_at, NEW.ends_on)
        IS DISTINCT FROM
            (OLD.status, OLD.postal_code, OLD.district, OLD.topic, OLD.languages_required, OLD.languages_welcome,
             OLD.qualifications, OLD.skills_required, OLD.skills_welcome, OLD.clearance_basis, OLD.clearance_activity,
             OLD.minimum_age, OLD.weekly, OLD.urgency, OLD.urgency_half_life_days, OLD.urgency_set_at, OLD.ends_on)
    ) EXECUTE FUNCTION post_changed_offers();

CREATE FUNCTION post_placed_volunteers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM post_volunteers(ARRAY[NEW.volunteer_id]);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM post_volunteers(ARRAY[OLD.volunteer_id]);
    ELSE
        PERFORM post_volunteers(ARRAY[OLD.volunteer_id, NEW.volunteer_id]);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION post_placed_volunteers IS 'Placements that were ever confirmed are experience, and say since when somebody waits.';

CREATE TRIGGER placed_volunteers_are_posted AFTER INSERT ON placements
    FOR EACH ROW WHEN (NEW.confirmed_at IS NOT NULL) EXECUTE FUNCTION post_placed_volunteers();
CREATE TRIGGER placed_volunteers_are_posted_anew AFTER UPDATE ON placements
    FOR EACH ROW WHEN (
        num_nonnulls(NEW.confirmed_at, OLD.confirmed_at) > 0
        AND (NEW.volunteer_id, NEW.confirmed_at,
             NEW.status IN ('confirmed', 'active', 'suspended', 'completed', 'ended'))
        IS DISTINCT FROM
            (OLD.volunteer_id, OLD.confirmed_at,
             OLD.status IN ('confirmed', 'active', 'suspended', 'completed', 'ended'))
    ) EXECUTE FUNCTION post_placed_volunteers();
CREATE TRIGGER placed_volunteers_are_posted_again AFTER DELETE ON placements
    FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION post_placed_volunteers();

CREATE FUNCTION post_asked_volunteers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM post_volunteers(ARRAY (SELECT DISTINCT volunteer_id FROM changed));
    RETURN NULL;
END $$;

CREATE TRIGGER asked_volunteers_are_posted AFTER INSERT ON asks REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION post_asked_volunteers();
CREATE TRIGGER forgotten_asks_are_posted AFTER DELETE ON asks REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION post_asked_volunteers();

-- The postings take the place of the earlier way to find volunteers.

ALTER TABLE volunteers DROP COLUMN postings;

-- Urgent needs are told first; what somebody told about themselves waits for no offer but the most urgent.

ALTER TABLE suggestion_checks
    DROP COLUMN after_postal_code,
    DROP COLUMN after_volunteer_id,
    ADD COLUMN passed_over uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN urgency real NOT NULL DEFAULT 4;
COMMENT ON COLUMN suggestion_checks.passed_over IS 'Of an offer: volunteers who cannot be told of it now.';
COMMENT ON COLUMN suggestion_checks.urgency IS 'Of the offer, when it was noted; a volunteer''s own change counts like an urgent one.';
CREATE INDEX suggestion_checks_passed_over ON suggestion_checks USING gin (passed_over) WHERE passed_over <> '{}';
DROP INDEX suggestion_checks_by_time;
CREATE INDEX suggestion_checks_by_urgency ON suggestion_checks (urgency DESC, due_at, check_id);

CREATE FUNCTION count_postings() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Samples suffice: a page holds some sixty rows.
    WITH sampled AS MATERIALIZED (
        SELECT p.term, count(*)::real AS postings FROM postings AS p TABLESAMPLE SYSTEM (4) GROUP BY p.term
    ), everybody AS (
        SELECT greatest(sum(s.postings), 1) AS postings FROM sampled AS s WHERE s.term = hash_of('*')
    ), common AS MATERIALIZED (
        SELECT s.term, (s.postings / e.postings)::real AS share
        FROM sampled AS s CROSS JOIN everybody AS e WHERE s.postings > 0.001 * e.postings
    ), rare AS (
        DELETE FROM posted_terms AS p WHERE NOT EXISTS (SELECT FROM common AS c WHERE c.term = p.term)
    )
    INSERT INTO posted_terms (term, share) SELECT c.term, c.share FROM common AS c
    ON CONFLICT (term) DO UPDATE SET share = excluded.share;

    WITH counted AS MATERIALIZED (
        SELECT coalesce(v.postal_code, o.postal_code) AS postal_code, coalesce(v.number, 0) AS volunteers, coalesce(o.number, 0) AS offers
        FROM (
            SELECT p.postal_code, 25 * count(*)::integer AS number
            FROM postings AS p TABLESAMPLE SYSTEM (4) WHERE p.term = hash_of('*') GROUP BY p.postal_code
        ) AS v
        FULL JOIN (
            SELECT p.postal_code, count(*)::integer AS number FROM offer_postings AS p GROUP BY p.postal_code
        ) AS o ON o.postal_code = v.postal_code
    ), empty AS (
        DELETE FROM posted_places AS p WHERE NOT EXISTS (SELECT FROM counted AS c WHERE c.postal_code = p.postal_code)
    )
    INSERT INTO posted_places (postal_code, volunteers, offers)
    SELECT c.postal_code, c.volunteers, c.offers FROM counted AS c
    ON CONFLICT (postal_code) DO UPDATE SET (volunteers, offers) = ROW (excluded.volunteers, excluded.offers);
END $$;
COMMENT ON FUNCTION count_postings IS 'How common the common terms are and how many people and offers are where, from a sample.';
