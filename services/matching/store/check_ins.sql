-- name: check_ins_of
-- The check-ins of a tandem, in order.
SELECT check_in_id, version, tandem_id, number, due_on, status, outcome, settled_at
FROM tandem_check_ins
WHERE tandem_id = :tandem_id
ORDER BY number
LIMIT 1000;

-- name: check_in^
-- One check-in; its tandem's row is locked when it is to change.
SELECT check_in_id, version, tandem_id, number, due_on, status, outcome, settled_at
FROM tandem_check_ins
WHERE check_in_id = :check_in_id;

-- name: add_check_in!
-- The next time at which it is asked how a tandem goes.
INSERT INTO tandem_check_ins (check_in_id, version, tandem_id, number, due_on, status)
SELECT :check_in_id, 1, :tandem_id, coalesce(max(number), 0) + 1, :due_on, 'due'
FROM tandem_check_ins WHERE tandem_id = :tandem_id;

-- name: settle_check_in!
-- It took place, or did not.
UPDATE tandem_check_ins
SET version = :version, status = :status, outcome = :outcome, settled_at = :settled_at
WHERE check_in_id = :check_in_id;

-- name: skip_due_of_tandem!
-- The tandem is over: nobody is asked any more.
UPDATE tandem_check_ins
SET version = version + 1, status = 'skipped', outcome = 'tandem_ended', settled_at = :now
WHERE tandem_id = :tandem_id AND status = 'due';

-- name: check_ins_to_tell
-- Check-ins that are due and of which nobody was told, locked. Those of a placement that rests wait, and so do those of
-- whoever's data may only be stored (Art. 18 DSGVO).
SELECT i.check_in_id, i.version, i.number, i.due_on, t.tandem_id, t.offer_id, t.organisation_id, o.coordinator_id, t.volunteer_id
FROM tandem_check_ins AS i
JOIN tandems AS t ON t.tandem_id = i.tandem_id AND t.status IN ('trial', 'agreed')
JOIN placements AS p ON p.placement_id = t.placement_id AND p.status IN ('confirmed', 'active')
JOIN offers AS o ON o.offer_id = t.offer_id
WHERE i.status = 'due' AND NOT i.is_told AND i.due_on <= :today
  AND NOT EXISTS (SELECT FROM person_rights AS r WHERE r.subject_id = t.volunteer_id AND r.restricted)
ORDER BY i.due_on, i.check_in_id
LIMIT :at_most
FOR UPDATE OF i SKIP LOCKED;

-- name: told_of_check_ins!
-- The coordinators of these were told.
UPDATE tandem_check_ins SET is_told = true WHERE check_in_id = ANY (:check_in_ids::uuid[]);

-- name: trials_to_tell
-- Tandems whose trial is over and that not both have agreed to, locked; of a day that was told once nobody is told again.
-- What rests, and whoever's data may only be stored, waits here, too.
SELECT
    NULL::uuid AS check_in_id, 0 AS version, 0 AS number, t.trial_until AS due_on, t.tandem_id, t.offer_id, t.organisation_id,
    o.coordinator_id, t.volunteer_id
FROM tandems AS t
JOIN placements AS p ON p.placement_id = t.placement_id AND p.status IN ('confirmed', 'active')
JOIN offers AS o ON o.offer_id = t.offer_id
WHERE t.status = 'trial' AND t.trial_until < :today AND t.trial_end_told_on IS DISTINCT FROM t.trial_until
  AND NOT EXISTS (SELECT FROM person_rights AS r WHERE r.subject_id = t.volunteer_id AND r.restricted)
ORDER BY t.trial_until, t.tandem_id
LIMIT :at_most
FOR NO KEY UPDATE OF t SKIP LOCKED;

-- name: told_of_trials!
-- Both sides of these were told.
UPDATE tandems SET trial_end_told_on = trial_until WHERE tandem_id = ANY (:tandem_ids::uuid[]);

-- name: check_ins_due_listed
-- The check-ins that a coordinator has to see to: their (organisation, district) pairs, verified organisations only.
SELECT
    i.check_in_id, i.version, i.number, i.due_on, t.tandem_id, t.offer_id, o.title AS offer_title, t.organisation_id,
    o.coordinator_id, t.volunteer_id
FROM tandem_check_ins AS i
JOIN tandems AS t ON t.tandem_id = i.tandem_id
JOIN offers AS o ON o.offer_id = t.offer_id
WHERE i.status = 'due'
  AND t.organisation_id = ANY (:organisation_ids::uuid[])
  AND EXISTS (
      SELECT FROM unnest(:organisation_ids::uuid[], :districts::text[]) AS scope (organisation_id, district)
      WHERE scope.organisation_id = o.organisation_id AND scope.district = o.district
  )
  AND EXISTS (
      SELECT FROM organisations AS g WHERE g.organisation_id = t.organisation_id AND g.status = 'verified'
  )
  AND i.due_on <= :due_by::date -- when due_by
