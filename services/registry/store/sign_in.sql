-- name: add_token_family!
-- A volunteer signed in on a device.
INSERT INTO token_families (family_id, volunteer_id, signed_in_at, expires_at)
VALUES (:family_id, :volunteer_id, :signed_in_at, :expires_at);

-- name: add_refresh_token!
-- The next token of a family.
INSERT INTO refresh_tokens (token_hash, family_id, issued_at, expires_at)
VALUES (:token_hash, :family_id, :issued_at, :expires_at);

-- name: family_of_refresh_token^
-- The family of a token, locked until commit: renewal and revocation exclude each other.
SELECT f.family_id FROM token_families AS f
WHERE f.family_id = (SELECT family_id FROM refresh_tokens WHERE token_hash = :token_hash)
FOR UPDATE;

-- name: refresh_token^
-- A token together with its family.
SELECT f.family_id, f.volunteer_id, t.expires_at, t.used_at, f.expires_at AS family_expires_at,
    f.revoked_at AS family_revoked_at
FROM refresh_tokens AS t
JOIN token_families AS f ON f.family_id = t.family_id
WHERE t.token_hash = :token_hash;

-- name: use_refresh_token!
-- A token is good once.
UPDATE refresh_tokens SET used_at = :now WHERE token_hash = :token_hash;

-- name: revoke_token_family!
-- None of its tokens renews anything any more.
UPDATE token_families SET revoked_at = :now WHERE family_id = :family_id AND revoked_at IS NULL;

-- name: prune_token_families$
-- Forget sign-ins that are over; how many.
WITH old AS (SELECT family_id FROM token_families WHERE expires_at < :now ORDER BY expires_at LIMIT :rows),
    removed AS (DELETE FROM token_families USING old WHERE token_families.family_id = old.family_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: prune_refresh_tokens$
-- Forget tokens that have expired; how many.
WITH old AS (SELECT token_hash FROM refresh_tokens WHERE expires_at < :now ORDER BY expires_at LIMIT :rows),
    removed AS (DELETE FROM refresh_tokens USING old WHERE refresh_tokens.token_hash = old.token_hash RETURNING 1)
SELECT count(*) FROM removed;

-- name: revoke_token_families_of_volunteer!
-- The address has changed: whoever signed in by the old one signs in anew.
UPDATE token_families SET revoked_at = :now WHERE volunteer_id = :volunteer_id AND revoked_at IS NULL;
