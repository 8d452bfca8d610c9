-- name: add_consent!
-- An entry in the ledger.
INSERT INTO consents (consent_id, volunteer_id, purpose, text_version, language, channel, given_at)
VALUES (:consent_id, :volunteer_id, :purpose, :text_version, :language, :channel, :given_at);

-- name: consents_of_volunteer
-- The ledger of one volunteer.
SELECT consent_id, volunteer_id, purpose, text_version, language, channel, given_at, withdrawn_at
FROM consents WHERE volunteer_id = :volunteer_id
ORDER BY given_at, consent_id
LIMIT 1000;
