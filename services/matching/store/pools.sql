-- name: count_places_of_offer!
-- How many places are taken, how many wait, and how many places the first who wait need; the row's CHECK refuses overbooking.
UPDATE offers
SET places_taken = :places_taken, waiting = :waiting, last_queue_number = :last_queue_number,
    next_together = coalesce(:next_together, next_together)
WHERE offer_id = :pool_id;

-- name: count_places_of_shift!
-- The same for a shift.
UPDATE shifts
SET places_taken = :places_taken, waiting = :waiting, last_queue_number = :last_queue_number,
    next_together = coalesce(:next_together, next_together)
WHERE shift_id = :pool_id;

-- name: offer_whose_list_may_move$
-- Lock one offer of a verified organisation that has free places enough for the first who wait.
SELECT o.offer_id
FROM offers AS o
WHERE o.status IN ('published', 'filled') AND o.waiting > 0 AND o.places_taken + o.next_together <= o.places
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
  )
ORDER BY o.offer_id
LIMIT 1
FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: shift_whose_list_may_move^
-- Lock the offer of one shift that has not begun and has free places enough for the first who wait.
SELECT o.offer_id, s.shift_id
FROM shifts AS s
JOIN offers AS o ON o.offer_id = s.offer_id
WHERE s.status = 'planned' AND s.waiting > 0 AND s.places_taken + s.next_together <= s.places
  AND s.starts_at > :now
  AND o.status IN ('published', 'filled')
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
  )
ORDER BY s.shift_id
LIMIT 1
FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: pools_of
-- The offers and shifts with which these volunteers have or had a placement.
SELECT DISTINCT offer_id, shift_id FROM placements WHERE volunteer_id = ANY (:volunteer_ids::uuid[]);
