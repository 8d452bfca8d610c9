-- name: offers_by_ids
-- Offers with what the read models say of their organisation and place; in no particular order.
SELECT
    o.offer_id, o.version, o.organisation_id, o.coordinator_id, o.title, o.description, o.topic, o.district,
    o.postal_code, o.weekly, o.starts_on, o.ends_on, o.languages_required, o.languages_welcome, o.qualifications,
    o.minimum_age, o.places, o.places_taken, o.waiting, o.last_queue_number, o.urgency, o.status, o.translations,
    o.language_levels, o.skills_required, o.skills_welcome, o.clearance_basis, o.clearance_activity, o.clearance_stated,
    o.boundary_id, o.volunteer_tasks, o.staff_tasks, o.urgency_reason, o.urgency_set_at, o.urgency_half_life_days,
    o.accompanied_first, o.contact_id, o.confirmed_on, o.is_stale, o.template_id,
    coalesce(g.name, '') AS organisation_name,
    coalesce(g.status = 'verified', false) AS organisation_verified,
    coalesce(p.name, '') AS place_name,
    p.latitude, p.longitude,
    EXISTS (
        SELECT FROM boundaries AS b WHERE b.boundary_id = o.boundary_id AND b.status = 'ended'
    ) AS boundary_ended
FROM offers AS o
LEFT JOIN organisations AS g ON g.organisation_id = o.organisation_id
LEFT JOIN places AS p ON p.postal_code = o.postal_code
WHERE o.offer_id = ANY (:offer_ids::uuid[]);

-- name: with_free_places
-- Of these offers those where a place can be taken now: one of the offer's, or of one of its shifts to come.
SELECT o.offer_id
FROM offers AS o
WHERE o.offer_id = ANY (:offer_ids::uuid[])
  AND CASE
      WHEN EXISTS (SELECT FROM shifts AS s WHERE s.offer_id = o.offer_id)
          OR EXISTS (SELECT FROM shift_series AS e WHERE e.offer_id = o.offer_id AND NOT e.is_over)
      THEN EXISTS (
          SELECT FROM shifts AS s
          WHERE s.offer_id = o.offer_id AND s.status = 'planned' AND s.starts_at > :now AND s.places_taken < s.places
      )
      ELSE o.places_taken < o.places
  END;

-- name: lock_offers
-- Lock the rows of offers until commit, in the order of their ids, so that nobody waits in a circle.
SELECT offer_id FROM offers WHERE offer_id = ANY (:offer_ids::uuid[]) ORDER BY offer_id FOR NO KEY UPDATE;

-- name: insert_offer!
-- A new offer.
INSERT INTO offers (
    offer_id, version, organisation_id, coordinator_id, title, description, topic, district, postal_code, weekly,
    starts_on, ends_on, languages_required, languages_welcome, qualifications, minimum_age, places, urgency, status,
    translations, language_levels, skills_required, skills_welcome, clearance_basis, clearance_activity,
    clearance_stated, boundary_id, volunteer_tasks, staff_tasks, urgency_reason, urgency_set_at,
    urgency_half_life_days, effective_urgency, effective_on, accompanied_first, contact_id, confirmed_on, is_stale,
    template_id, days, location, created_at, changed_at
) VALUES (
    :offer_id, :version, :organisation_id, :coordinator_id, :title, :description, :topic, :district, :postal_code,
    :weekly, :starts_on, :ends_on, :languages_required, :languages_welcome, :qualifications, :minimum_age, :places,
    :urgency, :status, :translations, :language_levels, :skills_required, :skills_welcome, :clearance_basis,
    :clearance_activity, :clearance_stated, :boundary_id, :volunteer_tasks, :staff_tasks, :urgency_reason,
    :urgency_set_at, :urgency_half_life_days, :effective_urgency, :effective_on, :accompanied_first, :contact_id,
    :confirmed_on, :is_stale, :template_id, :days, :location, :now, :now
);

-- name: update_offer!
-- The state of an offer, whole; without a location it stays where it was.
UPDATE offers
SET version = :version, title = :title, description = :description, topic = :topic, district = :district,
    postal_code = :postal_code, weekly = :weekly, starts_on = :starts_on, ends_on = :ends_on,
    languages_required = :languages_required, languages_welcome = :languages_welcome,
    qualifications = :qualifications, minimum_age = :minimum_age, places = :places, urgency = :urgency,
    status = :status, translations = :translations, language_levels = :language_levels,
    skills_required = :skills_required, skills_welcome = :skills_welcome, clearance_basis = :clearance_basis,
    clearance_activity = :clearance_activity, clearance_stated = :clearance_stated, boundary_id = :boundary_id,
    volunteer_tasks = :volunteer_tasks, staff_tasks = :staff_tasks, urgency_reason = :urgency_reason,
    urgency_set_at = :urgency_set_at, urgency_half_life_days = :urgency_half_life_days,
    effective_urgency = :effective_urgency, effective_on = :effective_on, accompanied_first = :accompanied_first,
    contact_id = :contact_id, confirmed_on = :confirmed_on, is_stale = :is_stale, days = :days,
    location = coalesce(:location::point, location), changed_at = :now
WHERE offer_id = :offer_id;

-- name: count_places!
-- How many places are taken and how many wait, counted under the row's lock; the row's CHECK refuses overbooking.
UPDATE offers
SET places_taken = :places_taken, waiting = :waiting, last_queue_number = :last_queue_number
WHERE offer_id = :offer_id;

-- name: every_place_is_confirmed$
-- Whether nobody who holds a place is still undecided; the offer's row is locked.
SELECT NOT EXISTS (
    SELECT FROM placements WHERE pool_id = :offer_id AND status IN ('requested', 'offered')
);

-- name: offers_of_organisation_listed
-- An organisation's own list, closed ones too; null districts: all of them.
SELECT o.offer_id
FROM offers AS o
WHERE o.organisation_id = :organisation_id
  AND o.district = ANY (:districts::text[]) -- when districts
  AND o.status = :status::text -- when status

-- name: place_by_postal_code^
-- Where a postal code lies.
SELECT postal_code, name, latitude, longitude, districts FROM places WHERE postal_code = :postal_code;

-- name: organisation_of_contact$
-- Whose contact somebody is.
SELECT organisation_id FROM contacts WHERE contact_id = :contact_id;

-- name: boundary_by_id^
-- Between whom and for where a task boundary is, and whether it is in force.
SELECT district, organisation_ids, status <> 'ended' AND agreed IS NOT NULL AS is_in_force
FROM boundaries WHERE boundary_id = :boundary_id;

-- name: organisation_by_id^
-- What the read model says of an organisation.
SELECT organisation_id, name, status = 'verified' AS is_verified
FROM organisations
WHERE organisation_id = :organisation_id;

-- name: offer_that_is_over$
-- Lock one offer that is not closed and whose last day has passed.
SELECT offer_id
FROM offers
WHERE status IN ('published', 'paused', 'filled') AND ends_on < :today
ORDER BY ends_on
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED;

-- name: offer_to_settle$
-- Lock one closed offer on which somebody may still be undecided.
SELECT offer_id
FROM offers
WHERE status = 'closed' AND NOT is_settled
ORDER BY offer_id
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED;

-- name: settle_offer!
-- Nobody undecided is left on a closed offer.
UPDATE offers SET is_settled = true WHERE offer_id = :offer_id;

-- name: offer_whose_list_may_move$
-- Lock one offer of a verified organisation that has free places and a waiting list.
SELECT o.offer_id
FROM offers AS o
WHERE o.status = 'published' AND o.waiting > 0 AND o.places_taken < o.places
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = o.organisation_id AND g.status = 'verified'
  )
ORDER BY o.offer_id
LIMIT 1
FOR NO KEY UPDATE OF o SKIP LOCKED;

-- name: offers_to_confirm
-- Lock offers that nobody has confirmed since a day and whose staff was not reminded yet.
SELECT offer_id
FROM offers
WHERE status IN ('published', 'paused', 'filled') AND NOT is_stale AND confirmed_on < :before
ORDER BY confirmed_on
LIMIT :at_most
FOR NO KEY UPDATE SKIP LOCKED;

-- name: offers_whose_urgency_decays
-- Lock offers whose urgency decays and was not looked at today.
SELECT offer_id
FROM offers
WHERE status IN ('published', 'paused', 'filled') AND urgency_half_life_days IS NOT NULL AND effective_on < :today
ORDER BY effective_on
LIMIT :at_most
FOR NO KEY UPDATE SKIP LOCKED;

-- name: note_urgency!
-- What is left of an offer's urgency.
UPDATE offers SET effective_urgency = :effective_urgency, effective_on = :effective_on WHERE offer_id = :offer_id;

-- name: who_answers
-- Whoever answers for something of an organisation, as long as they belong to it; otherwise those who hold a role in it.
SELECT m.subject_id
FROM members AS m
WHERE m.subject_id = :subject_id
  AND m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text))
UNION ALL
SELECT a.subject_id
FROM (
    SELECT m.subject_id
    FROM members AS m
    WHERE m.memberships @> jsonb_build_array(
        jsonb_build_object('organisation_id', :organisation_id::uuid::text, 'role', :role::text)
    )
    ORDER BY m.subject_id
    LIMIT :at_most
) AS a
WHERE NOT EXISTS (
    SELECT FROM members AS m
    WHERE m.subject_id = :subject_id
      AND m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text))
);

-- name: tell_of_move!
-- Everybody who is placed with an offer is to be told of its new times, from the first on.
UPDATE offers SET moved_told_after = :first WHERE offer_id = :offer_id;

-- name: offer_to_tell_of^
-- Lock an offer of whose new times not everybody has been told.
SELECT offer_id, moved_told_after
FROM offers
WHERE moved_told_after IS NOT NULL
ORDER BY offer_id
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED;

-- name: told_of_move!
-- How far everybody was told; null: everybody was.
UPDATE offers SET moved_told_after = :after WHERE offer_id = :offer_id;
