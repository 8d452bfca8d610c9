-- name: sign_undertaking!
-- A volunteer signs a text.
INSERT INTO undertakings (volunteer_id, text_version, language, signed_at)
VALUES (:volunteer_id, :text_version, :language, :signed_at)
ON CONFLICT (volunteer_id, text_version) DO NOTHING;

-- name: undertakings_of_volunteer
-- What a volunteer has signed.
SELECT text_version, language, signed_at FROM undertakings
WHERE volunteer_id = :volunteer_id
ORDER BY text_version;

-- name: undertaking_signed$
-- Whether a volunteer has signed the text of a version.
SELECT EXISTS (SELECT FROM undertakings WHERE volunteer_id = :volunteer_id AND text_version = :text_version);

-- name: undertakings_outdated
-- Volunteers who count as bound by an earlier text, locked; whoever else is at it takes others.
SELECT volunteer_id FROM volunteers
WHERE undertaking_valid AND undertaking_version < :text_version
ORDER BY undertaking_version, volunteer_id
LIMIT :rows
FOR UPDATE SKIP LOCKED;
