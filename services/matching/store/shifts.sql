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
