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

-- name: look_at_offers_waited_for!
-- Where these volunteers wait for a place with an offer, a timer finds out anew whose turn it is.
WITH found AS (
    SELECT o.offer_id
    FROM offers AS o
    WHERE o.offer_id IN (
        SELECT p.offer_id FROM placements AS p
        WHERE p.volunteer_id = ANY (:volunteer_ids::uuid[]) AND p.status = 'waitlisted' AND p.shift_id IS NULL
    )
    ORDER BY o.offer_id
    FOR NO KEY UPDATE
)
UPDATE offers SET next_together = 1 WHERE offer_id IN (SELECT offer_id FROM found);

-- name: look_at_shifts_waited_for!
-- The same where they wait for a place with a shift.
WITH found AS (
    SELECT s.shift_id
    FROM shifts AS s
    WHERE s.shift_id IN (
        SELECT p.shift_id FROM placements AS p
        WHERE p.volunteer_id = ANY (:volunteer_ids::uuid[]) AND p.status = 'waitlisted'
    )
    ORDER BY s.shift_id
    FOR NO KEY UPDATE
)
UPDATE shifts SET next_together = 1 WHERE shift_id IN (SELECT shift_id FROM found);
