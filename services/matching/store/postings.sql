-- name: words_posted
-- How common terms are, and which bits words stand for.
SELECT NULL AS kind, NULL AS word, term, share, NULL AS number
FROM posted_terms
WHERE term = ANY (:terms::bigint[])
UNION ALL
SELECT n.kind, n.word, NULL, NULL, n.number
FROM unnest(:kinds::text[], :words::text[]) AS given (kind, word)
JOIN numbered_words AS n ON n.kind = given.kind AND n.word = given.word;

-- name: posted_volunteers
-- Volunteers around an offer with the bound of their score, best first. A walk looks at some terms from one distance to
-- another and at some kinds of volunteers, or at the nearest places only, up to about so many people; rows without a
-- volunteer say how far each went. Whoever stands under several terms is told several times.
WITH near AS MATERIALIZED (
    SELECT
        place.postal_code,
        sum(CASE WHEN :people_at_most::float8 = 'infinity' THEN 0 ELSE coalesce((
            SELECT posted.volunteers FROM posted_places AS posted WHERE posted.postal_code = place.postal_code
        ), 0) END) OVER (ORDER BY place.km, place.postal_code) AS volunteers,
        place.km,
        CASE WHEN place.is_in_district THEN 0 ELSE ceil(place.km - 0.000001) END::smallint AS reach_km
    FROM (SELECT
        place.postal_code,
        :district = ANY (place.districts) AS is_in_district,
        12742.0176 * asin(least(1, sqrt(
            sin(radians(place.latitude - :latitude) / 2) ^ 2
            + cos(radians(:latitude)) * cos(radians(place.latitude))
            * sin(radians(place.longitude - :longitude) / 2) ^ 2
        ))) AS km
    FROM places AS place
    WHERE place.latitude BETWEEN :south AND :north AND place.longitude BETWEEN :west AND :east
) AS place
    ORDER BY place.km, place.postal_code
), walks AS MATERIALIZED (
    SELECT walk.number::integer, walk.since, walk.kinds, CASE
        WHEN :people_at_most::float8 = 'infinity' THEN walk.until
        ELSE least(walk.until, (
            SELECT min(near.km) FROM near WHERE near.volunteers * walk.share > :people_at_most::float8
        ))
    END AS until
    FROM unnest(:since::float8[], :until::float8[], :shares::float8[], :kinds::integer[])
        WITH ORDINALITY AS walk (since, until, share, kinds, number)
)
(SELECT found.volunteer_id, found.bound, NULL::float8 AS km
FROM (
    SELECT
        p.volunteer_id,
        p.reach_km >= p.km - 0.000001 OR p.district = :district AS is_within_reach,
        p.age_reached >= :minimum_age
            AND (p.tellable OR NOT :tellable)
            AND p.skills & :needed_skills = :needed_skills
            AND p.qualifications & :needed_qualifications = :needed_qualifications
            AND (
                :any_language
                OR (p.languages >> :language_1) & 7 >= :enough_1
                OR (p.languages >> :language_2) & 7 >= :enough_2
                OR (p.languages >> :language_3) & 7 >= :enough_3
                OR p.languages & :enough_more <> 0
            ) AS fits,
        floor(1000000 * (
            :constant::float8
            + :distance_share::float8
                * (:halves::float8[])[p.travel + 1] / ((:halves::float8[])[p.travel + 1] + greatest(p.km, 0))
            + :language_share::float8 * CASE WHEN p.languages & :more_languages <> 0 THEN 1 ELSE
                1 - (1 - (:qualities::float8[])[((p.languages >> :language_1) & 7)::integer + 1])
                * (1 - (:qualities::float8[])[((p.languages >> :language_2) & 7)::integer + 1])
                * (1 - (:qualities::float8[])[((p.languages >> :language_3) & 7)::integer + 1])
            END
            + :skill_share::float8 * (
                ((p.skills >> :skill_1) & 1) + ((p.skills >> :skill_2) & 1) + ((p.skills >> :skill_3) & 1)
            )
            + CASE WHEN p.skills & :more_skills <> 0 THEN :more_skill_share::float8 ELSE 0 END
            + CASE WHEN p.slots = 0 THEN :untold_share::float8 ELSE
                :slot_share_1::float8 * ((p.slots >> :slot_1) & 1)
                + :slot_share_2::float8 * ((p.slots >> :slot_2) & 1)
                + :slot_share_3::float8 * ((p.slots >> :slot_3) & 1)
                + CASE WHEN p.slots & :more_slots <> 0 THEN :more_slot_share::float8 ELSE 0 END
            END
            + CASE
                WHEN p.wishes = 0 THEN :wish_share::float8 / 2
                WHEN (p.wishes >> :topic) & 1 = 1 THEN :wish_share::float8
                ELSE 0
            END
            + :experience_share::float8 * least(p.experience, :full_experience)
            + :fairness_share::float8
                * least(greatest(:now - p.waiting_since, 0) / 86400000000, :full_days)
            + CASE WHEN p.asked = 0 OR p.asked_week < :this_week - 3 THEN :asked_share::float8 ELSE
                :asked_share::float8 * greatest(0, 1 - (
                    ((p.asked >> (8 * (:this_week - p.asked_week))) & 255)
                    + ((p.asked >> (8 * (:this_week - p.asked_week) + 8)) & 255)
                    + ((p.asked >> (8 * (:this_week - p.asked_week) + 16)) & 255)
                    + ((p.asked >> (8 * (:this_week - p.asked_week) + 24)) & 255)
                )::float8 / :full_asks)
            END
        ) + 0.501)::integer AS bound
    FROM (
        SELECT near.km, posted.*
        FROM near
        CROSS JOIN LATERAL (
            SELECT given.term, walk.kinds
            FROM unnest(:terms::bigint[], :walks::integer[]) AS given (term, number)
            JOIN walks AS walk ON walk.number = given.number
            WHERE near.km >= walk.since AND near.km <= walk.until
        ) AS walked
        CROSS JOIN LATERAL (
            SELECT
                p.volunteer_id, p.district, p.reach_km, p.age_reached, p.travel, p.experience, p.slots, p.asked_week,
                p.asked, p.languages, p.wishes, p.skills, p.qualifications, p.waiting_since, p.tellable
            FROM postings AS p
            WHERE p.term = walked.term AND p.postal_code = near.postal_code AND p.reach_km >= near.reach_km
              AND (walked.kinds >> p.kind) & 1 = 1
            OFFSET 0
        ) AS posted
    ) AS p
) AS found
WHERE found.is_within_reach AND found.fits AND found.bound >= :bound_at_least
  AND found.volunteer_id <> ALL (:without::uuid[])
ORDER BY found.bound DESC, found.volunteer_id
LIMIT :at_most)
UNION ALL
SELECT NULL, walk.number, walk.until FROM walks AS walk;

-- name: posted_offers
-- Offers around a volunteer with the bound of their score, best first: those from one distance to another, or the nearest up
-- to about so many; a row without an offer says how far it went. Without a position: those of the volunteer's district.
WITH near AS MATERIALIZED (
    SELECT
        place.postal_code,
        place.km,
        sum(CASE WHEN :offers_at_most::float8 = 'infinity' THEN 0 ELSE coalesce((
            SELECT posted.offers FROM posted_places AS posted WHERE posted.postal_code = place.postal_code
        ), 0) END) OVER (ORDER BY place.km, place.postal_code) AS offers
    FROM (
        SELECT
            place.postal_code,
            12742.0176 * asin(least(1, sqrt(
                sin(radians(place.latitude - :latitude::float8) / 2) ^ 2
                + cos(radians(:latitude::float8)) * cos(radians(place.latitude))
                * sin(radians(place.longitude - :longitude::float8) / 2) ^ 2
            ))) AS km
        FROM places AS place
        WHERE place.latitude BETWEEN :south AND :north AND place.longitude BETWEEN :west AND :east
        UNION ALL
        SELECT place.postal_code, 0
        FROM places AS place
        WHERE :latitude::float8 IS NULL AND :district = ANY (place.districts)
    ) AS place
    ORDER BY place.km, place.postal_code
), walk AS MATERIALIZED (
    SELECT CASE
        WHEN :offers_at_most::float8 = 'infinity' THEN :until::float8
        ELSE least(:until::float8, (SELECT min(near.km) FROM near WHERE near.offers > :offers_at_most::float8))
    END AS until
)
(SELECT found.offer_id, found.bound, NULL::float8 AS km
FROM (
    SELECT
        p.offer_id,
        p.km <= :reach_km + 0.000001 OR p.district = :district AS is_within_reach,
        (p.languages_required = 0 OR p.languages_required & :spoken <> 0)
            AND p.skills_required & ~ :skills::bigint = 0
            AND p.minimum_age <= :age
            AND (p.ends_on IS NULL OR p.ends_on >= :today) AS fits,
        p.qualifications & ~ :qualifications::bigint = 0
            AND (p.clearance IS NULL OR p.clearance = ANY (:clearances::bigint[]))
            AND p.minimum_age <= :told_age AS lacks_nothing,
        floor(1000000 * (
            :constant::float8
            + :distance_weight::float8 * :half_km::float8 / (:half_km::float8 + p.km)
            + CASE
                WHEN p.topic = ANY (:wishes::bigint[]) THEN :wish_weight::float8
                WHEN :has_wishes THEN 0
                ELSE :untold_wish::float8
            END
            + :urgency_weight::float8 * (p.urgency - 1) * CASE WHEN p.urgency_half_life IS NULL THEN 1 ELSE
                power(2, - greatest(:now - p.urgency_since, 0) / (86400000000::float8 * p.urgency_half_life))
            END
            + :language_weight::float8 * CASE WHEN p.languages_wanted & :more_languages <> 0 THEN 1 ELSE
                1 - (1 - :quality_1::float8 * ((p.languages_wanted >> :language_1) & 1))
                * (1 - :quality_2::float8 * ((p.languages_wanted >> :language_2) & 1))
                * (1 - :quality_3::float8 * ((p.languages_wanted >> :language_3) & 1))
                * (1 - :quality_4::float8 * ((p.languages_wanted >> :language_4) & 1))
            END
            + CASE WHEN p.skills_count = 0 THEN 0 ELSE :skill_weight::float8 * (
                bit_count((p.skills_welcome & :skills)::bit(64))
                + p.skills_count - bit_count(p.skills_welcome::bit(64))
            ) / p.skills_count END
            + CASE WHEN p.minutes = 0 THEN 0 WHEN :slots = 0 THEN :availability_weight::float8 / 2 ELSE
                :availability_weight::float8 * (
                    ((p.slots >> 5) & 2047) * ((:slots >> (p.slots & 31)::integer) & 1)
                    + ((p.slots >> 21) & 2047) * ((:slots >> ((p.slots >> 16) & 31)::integer) & 1)
                    + ((p.slots >> 37) & 2047) * ((:slots >> ((p.slots >> 32) & 31)::integer) & 1)
                    + 4 * (p.slots >> 48)
                ) / p.minutes
            END
        ) / coalesce(nullif(
            :always_weight::float8
            + CASE WHEN p.languages_wanted <> 0 THEN :language_weight::float8 ELSE 0 END
            + CASE WHEN p.skills_count > 0 THEN :skill_weight::float8 ELSE 0 END
            + CASE WHEN p.minutes > 0 THEN :availability_weight::float8 ELSE 0 END,
            0
        ), 1) + 0.501)::integer AS bound
    FROM (
        SELECT near.km, posted.*
        FROM near
        CROSS JOIN walk
        CROSS JOIN LATERAL (
            SELECT
                p.offer_id, p.district, p.topic, p.languages_required, p.languages_wanted, p.qualifications,
                p.skills_required, p.skills_welcome, p.skills_count, p.clearance, p.minimum_age, p.minutes, p.slots,
                p.urgency, p.urgency_half_life, p.urgency_since, p.ends_on
            FROM offer_postings AS p
            WHERE p.postal_code = near.postal_code
            OFFSET 0
        ) AS posted
        WHERE near.km >= :since::float8 AND near.km <= walk.until
    ) AS p
) AS found
WHERE found.is_within_reach AND found.fits AND found.bound >= :bound_at_least
  AND CASE WHEN :lacking THEN :lacks_everywhere OR NOT found.lacks_nothing ELSE found.lacks_nothing END
  AND found.offer_id <> ALL (:without::uuid[])
ORDER BY found.bound DESC, found.offer_id
LIMIT :at_most)
UNION ALL
SELECT NULL, 0, walk.until FROM walk;

-- name: post_volunteers!
-- Bring the postings of some volunteers up to date.
SELECT post_volunteers(:volunteer_ids::uuid[]);

-- name: post_volunteers_of_places!
-- Bring the postings of everybody who lives in some places up to date.
SELECT post_volunteers(ARRAY (
    SELECT v.volunteer_id FROM volunteers AS v WHERE v.postal_code = ANY (:postal_codes::text[])
));

-- name: next_volunteers
-- The next volunteers in the order of their ids.
SELECT volunteer_id FROM volunteers WHERE volunteer_id > :after ORDER BY volunteer_id LIMIT :at_most;

-- name: next_offers
-- The next offers in the order of their ids.
SELECT offer_id FROM offers WHERE offer_id > :after ORDER BY offer_id LIMIT :at_most;

-- name: next_standings
-- The next who are posted, in the order of their ids.
SELECT volunteer_id FROM standings WHERE volunteer_id > :after ORDER BY volunteer_id LIMIT :at_most;

-- name: post_offers!
-- Bring the postings of some offers up to date.
SELECT post_offers(:offer_ids::uuid[]);

-- name: post_offers_of_organisations!
-- Bring the postings of the offers of some organisations up to date.
SELECT post_offers(ARRAY (
    SELECT o.offer_id FROM offers AS o WHERE o.organisation_id = ANY (:organisation_ids::uuid[]) AND o.status = 'published'
));

-- name: count_postings!
-- Look how common terms are and how many are where.
SELECT count_postings();
