-- name: shifts_by_ids
-- Shifts with how many people are confirmed for them; in no particular order.
SELECT
    s.shift_id, s.version, s.offer_id, s.organisation_id, s.series_id, s.local_start, s.starts_at, s.ends_at, s.places,
    s.minimum_staffing, s.status, s.places_taken, s.waiting, s.last_queue_number, s.note, s.moved_from,
    (
        SELECT count(*) FROM placements AS p
        WHERE p.pool_id = s.shift_id AND p.status IN ('confirmed', 'active')
    ) AS staffed
FROM shifts AS s
WHERE s.shift_id = ANY (:shift_ids::uuid[]);

-- name: lock_shifts
-- Lock the rows of shifts until commit, in the order of their ids; the rows of their offers are locked before.
SELECT shift_id FROM shifts WHERE shift_id = ANY (:shift_ids::uuid[]) ORDER BY shift_id FOR NO KEY UPDATE;

-- name: count_shift_places!
-- How many places are taken and how many wait, counted under the row's lock; the row's CHECK refuses overbooking.
UPDATE shifts
SET places_taken = :places_taken, waiting = :waiting, last_queue_number = :last_queue_number
WHERE shift_id = :shift_id;

-- name: has_shifts$
-- Whether an offer has shifts, so that placements are of one of them.
SELECT EXISTS (SELECT FROM shifts WHERE offer_id = :offer_id)
    OR EXISTS (SELECT FROM shift_series WHERE offer_id = :offer_id AND NOT is_over);

-- name: next_shift_ids
-- The next planned shifts of an offer.
SELECT shift_id
FROM shifts
WHERE offer_id = :offer_id AND status = 'planned' AND ends_at > :now AND starts_at > :now::timestamptz - interval '2 days'
ORDER BY starts_at, shift_id
LIMIT :at_most;

-- name: insert_shifts
-- New shifts of an offer; a series' shift that is there already stays as it is. Answers the ids of those that are new.
INSERT INTO shifts (
    shift_id, version, offer_id, organisation_id, series_id, local_start, starts_at, ends_at, places,
    minimum_staffing, status, created_at, changed_at
)
SELECT
    n.shift_id, 1, :offer_id, :organisation_id, :series_id::uuid, n.local_start, n.starts_at, n.ends_at, :places,
    :minimum_staffing, 'planned', :now::timestamptz, :now::timestamptz
FROM unnest(
    :shift_ids::uuid[], :local_starts::text[], :starts::timestamptz[], :ends::timestamptz[]
) AS n (shift_id, local_start, starts_at, ends_at)
ON CONFLICT (series_id, local_start) DO NOTHING
RETURNING shift_id;

-- name: update_shift!
-- When a shift takes place, with how many people, and whether it does.
UPDATE shifts
SET version = :version, starts_at = :starts_at, ends_at = :ends_at, places = :places,
    minimum_staffing = :minimum_staffing, status = :status, note = :note, moved_from = :moved_from, changed_at = :now
WHERE shift_id = :shift_id;

-- name: tell_of_shift!
-- Everybody concerned is to be told of this version, from the first on.
UPDATE shifts SET told_version = version, told_after = NULL WHERE shift_id = :shift_id;

-- name: cancel_shifts_after
-- The planned shifts of a series that begin after an instant do not take place; everybody concerned is to be told.
UPDATE shifts
SET version = version + 1, status = 'cancelled', note = :note, changed_at = :now,
    told_version = version + 1, told_after = NULL
WHERE series_id = :series_id AND status = 'planned' AND starts_at > :after
RETURNING shift_id;

-- name: note_shift_days!
-- On which days of the week an offer has shifts to come, what a search by day looks at; and until when that is true.
WITH days AS (
    SELECT to_char(s.starts_at AT TIME ZONE 'Europe/Berlin', 'FMday') AS day, max(s.starts_at) AS last
    FROM shifts AS s
    WHERE s.offer_id = :offer_id AND s.status = 'planned' AND s.starts_at > :now
    GROUP BY 1
)
UPDATE offers
SET shift_days = ARRAY (SELECT day FROM days ORDER BY day), shift_days_until = (SELECT min(last) FROM days)
WHERE offer_id = :offer_id;

-- name: renew_shift_days$
-- The same for offers whose last shift on some day of the week has begun; how many. Whoever else is at it takes others.
WITH due AS (
    SELECT offer_id FROM offers
    WHERE shift_days_until <= :now
    ORDER BY shift_days_until
    LIMIT :rows
    FOR UPDATE SKIP LOCKED
), days AS (
    SELECT s.offer_id, to_char(s.starts_at AT TIME ZONE 'Europe/Berlin', 'FMday') AS day, max(s.starts_at) AS last
    FROM due
    JOIN shifts AS s ON s.offer_id = due.offer_id AND s.status = 'planned' AND s.starts_at > :now
    GROUP BY 1, 2
), renewed AS (
    UPDATE offers AS o
    SET shift_days = ARRAY (SELECT d.day FROM days AS d WHERE d.offer_id = o.offer_id ORDER BY d.day),
        shift_days_until = (SELECT min(d.last) FROM days AS d WHERE d.offer_id = o.offer_id)
    FROM due
    WHERE o.offer_id = due.offer_id
    RETURNING 1
)
SELECT count(*) FROM renewed;

-- name: count_shifts_to_come$
-- How many shifts of an offer are planned.
SELECT count(*) FROM shifts WHERE offer_id = :offer_id AND status = 'planned' AND starts_at > :now;

-- name: planned_outside$
-- Whether a shift to come lies before a period or behind it; null: open on that side.
SELECT EXISTS (
    SELECT FROM shifts
    WHERE offer_id = :offer_id AND status = 'planned' AND starts_at > :now
      AND (starts_at < :since::timestamptz OR starts_at >= :until::timestamptz)
);

-- name: shifts_of_offer_listed
-- The shifts of an offer, cancelled ones too.
SELECT s.shift_id
FROM shifts AS s
WHERE s.offer_id = :offer_id
  AND s.starts_at >= :since::timestamptz -- when since
  AND s.starts_at < :until::timestamptz -- when until
  AND s.series_id = :series_id::uuid -- when series_id

-- name: understaffed_shifts_listed
-- Shifts of an organisation to come for which too few people are confirmed. Each finds its offer by key (OFFSET 0 keeps it
-- so): the planner would sometimes rather read all offers once, of every organisation.
SELECT s.shift_id
FROM shifts AS s
CROSS JOIN LATERAL (
    SELECT o.district
    FROM offers AS o
    WHERE o.offer_id = s.offer_id AND o.status IN ('published', 'paused', 'filled')
    OFFSET 0
) AS o
CROSS JOIN LATERAL (
    SELECT count(*) AS staffed
    FROM placements AS p
    WHERE p.pool_id = s.shift_id AND p.status IN ('confirmed', 'active')
) AS c
WHERE s.organisation_id = :organisation_id
  AND s.status = 'planned' AND s.minimum_staffing > 0
  AND s.starts_at > :now::timestamptz
  AND s.starts_at < :until::timestamptz
  AND c.staffed < s.minimum_staffing
  AND o.district = ANY (:districts::text[]) -- when districts

-- name: shifts_of_series_from
-- The shifts of a series that the rule gave for a day or later, cancelled ones too, and that lie ahead.
SELECT shift_id
FROM shifts
WHERE series_id = :series_id AND local_start >= :from_day AND starts_at > :now
ORDER BY local_start
LIMIT 1000;

-- name: shifts_with_people
-- With which of these shifts somebody has a live placement.
SELECT DISTINCT pool_id AS shift_id
FROM placements
WHERE pool_id = ANY (:shift_ids::uuid[])
  AND status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended');

-- name: follow_series!
-- Shifts go on in another series, at other times and with other numbers; who is to be told is told from the first on.
UPDATE shifts AS s
SET version = s.version + 1, series_id = :series_id, local_start = n.local_start, starts_at = n.starts_at,
    ends_at = n.ends_at, places = n.places, minimum_staffing = n.minimum_staffing, changed_at = :now,
    note = CASE WHEN n.is_told THEN :note ELSE s.note END,
    moved_from = CASE WHEN n.is_told THEN s.starts_at ELSE s.moved_from END,
    told_version = CASE WHEN n.is_told THEN s.version + 1 ELSE s.told_version END,
    told_after = CASE WHEN n.is_told THEN NULL ELSE s.told_after END
FROM unnest(
    :shift_ids::uuid[], :local_starts::text[], :starts::timestamptz[], :ends::timestamptz[], :places::integer[],
    :minimum_staffing::integer[], :told::boolean[]
) AS n (shift_id, local_start, starts_at, ends_at, places, minimum_staffing, is_told)
WHERE s.shift_id = n.shift_id;

-- name: cancel_shifts!
-- Shifts with which nobody has to do any more do not take place.
UPDATE shifts
SET version = version + 1, status = 'cancelled', note = :note, changed_at = :now
WHERE shift_id = ANY (:shift_ids::uuid[]) AND status = 'planned';

-- name: insert_series!
-- New recurring shifts.
INSERT INTO shift_series (
    series_id, version, offer_id, rule, starts_on, start_time, end_time, except_on, places, minimum_staffing,
    generated_until, is_over, last_day, created_at, changed_at
) VALUES (
    :series_id, :version, :offer_id, :rule, :starts_on, :start_time, :end_time, :except_on, :places,
    :minimum_staffing, :generated_until, :is_over, :last_day, :now, :now
);

-- name: update_series!
-- How far a series was looked at, and whether anything is to come.
UPDATE shift_series
SET version = :version, generated_until = :generated_until, is_over = :is_over, last_day = :last_day, changed_at = :now
WHERE series_id = :series_id;

-- name: series_by_id^
-- One series.
SELECT
    series_id, version, offer_id, rule, starts_on, start_time, end_time, except_on, places, minimum_staffing,
    generated_until, is_over, last_day
FROM shift_series WHERE series_id = :series_id;

-- name: lock_series^
-- One series, locked until commit.
SELECT
    series_id, version, offer_id, rule, starts_on, start_time, end_time, except_on, places, minimum_staffing,
    generated_until, is_over, last_day
FROM shift_series WHERE series_id = :series_id FOR UPDATE;

-- name: series_of_offer
-- The series of an offer, in the order in which they were made.
SELECT
    series_id, version, offer_id, rule, starts_on, start_time, end_time, except_on, places, minimum_staffing,
    generated_until, is_over, last_day
FROM shift_series WHERE offer_id = :offer_id ORDER BY series_id LIMIT 1000;

-- name: series_to_generate$
-- A series that was not looked at far enough ahead, of an offer that goes on; locked with its offer.
SELECT e.series_id
FROM shift_series AS e
JOIN offers AS o ON o.offer_id = e.offer_id
WHERE NOT e.is_over
  AND e.generated_until < :horizon
  AND o.status <> 'closed'
  AND (o.ends_on IS NULL OR e.generated_until < o.ends_on)
ORDER BY e.generated_until
LIMIT 1
FOR NO KEY UPDATE OF o, e SKIP LOCKED;

-- name: shift_to_tell_of^
-- Lock the offer of a shift of whose change not everybody has been told.
SELECT s.shift_id, s.offer_id, s.told_after
FROM shifts AS s
JOIN offers AS o ON o.offer_id = s.offer_id
WHERE s.told_version IS NOT NULL
ORDER BY s.shift_id
LIMIT 1
FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: live_with
-- Who has to do with a shift, or with an offer without shifts: live placements after one, in a fixed order.
SELECT placement_id, volunteer_id
FROM placements
WHERE pool_id = :pool_id
  AND status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'active', 'suspended')
  AND placement_id > :after
ORDER BY placement_id
LIMIT :at_most;

-- name: told_of_shift!
-- How far everybody was told; null: everybody was.
UPDATE shifts
SET told_after = :after, told_version = CASE WHEN :after::uuid IS NULL THEN NULL ELSE told_version END
WHERE shift_id = :shift_id;

-- name: shifts_to_fill^
-- How many shifts of an offer are to come, and of how many not every place is confirmed.
SELECT
    count(*) AS to_come,
    count(*) FILTER (
        WHERE s.places_taken < s.places
           OR EXISTS (
               SELECT FROM placements AS p WHERE p.pool_id = s.shift_id AND p.status IN ('requested', 'offered')
           )
    ) AS not_full
FROM shifts AS s
WHERE s.offer_id = :offer_id AND s.status = 'planned' AND s.starts_at > :now;
