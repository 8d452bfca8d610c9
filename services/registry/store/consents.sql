-- name: add_consent_entry!
-- An entry in the ledger.
INSERT INTO consents
    (volunteer_id, purpose, decision, text_version, language, channel, decided_at, recorded_by, organisation_id)
VALUES
    (:volunteer_id, :purpose, :decision, :text_version, :language, :channel, :decided_at, :recorded_by,
    :organisation_id);

-- name: hold_consent!
-- It holds from now on.
INSERT INTO consents_held (volunteer_id, purpose, text_version, given_at)
VALUES (:volunteer_id, :purpose, :text_version, :given_at)
ON CONFLICT (volunteer_id, purpose)
DO UPDATE SET text_version = excluded.text_version, given_at = excluded.given_at;

-- name: end_consent!
-- It holds no longer.
DELETE FROM consents_held WHERE volunteer_id = :volunteer_id AND purpose = :purpose;

-- name: holds_consent$
-- Whether a volunteer consents to a purpose.
SELECT EXISTS (SELECT FROM consents_held WHERE volunteer_id = :volunteer_id AND purpose = :purpose);

-- name: consents_held_by
-- What a volunteer consents to.
SELECT purpose, text_version, given_at FROM consents_held WHERE volunteer_id = :volunteer_id ORDER BY purpose;

-- name: consents_of_volunteer
-- The ledger of one volunteer.
SELECT volunteer_id, purpose, decision, text_version, language, channel, decided_at, recorded_by, organisation_id
FROM consents WHERE volunteer_id = :volunteer_id
ORDER BY position
LIMIT 10000;

-- name: next_consents_version$
-- What is announced of a volunteer's consents changes; locks the volunteer.
UPDATE volunteers SET consents_version = consents_version + 1 WHERE volunteer_id = :volunteer_id
RETURNING consents_version;

-- name: announced_status_for_update^
-- Whether a volunteer has been announced, locked until commit.
SELECT volunteer_id, registered_at IS NOT NULL AS is_announced, consents_version
FROM volunteers WHERE volunteer_id = :volunteer_id
FOR UPDATE;
