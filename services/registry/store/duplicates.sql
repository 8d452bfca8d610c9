-- name: take_checks
-- Take volunteers who are to be compared; what another process takes is left to it.
DELETE FROM duplicate_checks
WHERE check_id IN (SELECT check_id FROM duplicate_checks ORDER BY check_id LIMIT :rows FOR UPDATE SKIP LOCKED)
RETURNING volunteer_id;

-- name: compared
-- What is compared of some volunteers, as far as they are announced; held against their erasure until commit.
SELECT v.volunteer_id, c.name, c.mail, c.phone, v.postal_code, v.age_reached, v.reaches_16_on, v.reaches_18_on
FROM volunteers AS v
JOIN volunteer_contacts AS c ON c.volunteer_id = v.volunteer_id
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[]) AND v.status = 'confirmed'
ORDER BY v.volunteer_id
FOR KEY SHARE OF v;

-- name: remove_keys!
-- The keys of these volunteers are computed anew.
DELETE FROM duplicate_keys WHERE volunteer_id = ANY (:volunteer_ids::uuid[]);

-- name: add_keys!
-- Keys by which others who may be the same person are found.
INSERT INTO duplicate_keys (kind, key, volunteer_id)
SELECT k.kind, k.key, k.volunteer_id
FROM unnest(:kinds::text[], :keys::text[], :volunteer_ids::uuid[]) AS k (kind, key, volunteer_id)
ON CONFLICT DO NOTHING;

-- name: sharing_keys
-- Who shares a key with one of these, so many for each key at most: what is shared by many tells of nobody. The newest, because
-- who registers twice does so soon; and whoever was found before, lest a pair be dropped because others have come.
SELECT mine.volunteer_id, other.volunteer_id AS other_id, mine.kind, mine.key
FROM duplicate_keys AS mine
CROSS JOIN LATERAL (
    (SELECT k.volunteer_id FROM duplicate_keys AS k
     WHERE k.kind = mine.kind AND k.key = mine.key AND k.volunteer_id <> mine.volunteer_id
     ORDER BY k.volunteer_id DESC
     LIMIT :at_most)
    UNION
    SELECT k.volunteer_id
    FROM (
        SELECT d.second_id AS volunteer_id FROM duplicates AS d WHERE d.first_id = mine.volunteer_id AND d.status = 'open'
        UNION ALL
        SELECT d.first_id FROM duplicates AS d WHERE d.second_id = mine.volunteer_id AND d.status = 'open'
    ) AS known
    JOIN duplicate_keys AS k ON k.volunteer_id = known.volunteer_id AND k.kind = mine.kind AND k.key = mine.key
) AS other
WHERE mine.volunteer_id = ANY (:volunteer_ids::uuid[]);

-- name: save_duplicates!
-- Pairs that were found; what somebody has dismissed stays dismissed.
INSERT INTO duplicates AS d (duplicate_id, version, first_id, second_id, reasons, status, found_at)
SELECT pair.duplicate_id, 1, pair.first_id, pair.second_id, string_to_array(pair.reasons, ' '), 'open', :now
FROM unnest(:duplicate_ids::uuid[], :first_ids::uuid[], :second_ids::uuid[], :reasons::text[])
    AS pair (duplicate_id, first_id, second_id, reasons)
ON CONFLICT (first_id, second_id) DO UPDATE SET reasons = excluded.reasons, version = d.version + 1
WHERE d.status = 'open' AND d.reasons <> excluded.reasons AND NOT 'stated' = ANY (d.reasons);

-- name: drop_duplicates!
-- Open pairs of these volunteers that are not alike any more: a name or an address has changed.
DELETE FROM duplicates AS d
USING (
    SELECT duplicate_id FROM duplicates WHERE first_id = ANY (:volunteer_ids::uuid[])
    UNION
    SELECT duplicate_id FROM duplicates WHERE second_id = ANY (:volunteer_ids::uuid[])
) AS theirs
WHERE d.duplicate_id = theirs.duplicate_id
  AND d.status = 'open'
  AND NOT 'stated' = ANY (d.reasons)
  AND NOT EXISTS (
      SELECT FROM unnest(:first_ids::uuid[], :second_ids::uuid[]) AS found (first_id, second_id)
      WHERE found.first_id = d.first_id AND found.second_id = d.second_id);

-- name: duplicates_listed
-- Pairs: all, or those whom one of these organisations may both see in its districts.
SELECT d.duplicate_id, d.version, d.first_id, d.second_id, d.reasons, d.status, d.found_at
FROM duplicates AS d
WHERE d.status = :status::text
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id IN (d.first_id, d.second_id))
  AND d.first_id IN (SELECT one.volunteer_id FROM volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS one) -- when organisation_ids
  AND EXISTS (SELECT FROM volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS one JOIN volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS other ON other.organisation_id = one.organisation_id AND other.volunteer_id = d.second_id WHERE one.volunteer_id = d.first_id) -- when organisation_ids
  AND :reason::text = ANY (d.reasons) -- when reason

-- name: duplicate_by_id^
-- One pair.
SELECT duplicate_id, version, first_id, second_id, reasons, status, found_at FROM duplicates
WHERE duplicate_id = :duplicate_id;

-- name: duplicate_of_pair^
-- What is known of two.
SELECT duplicate_id, version, first_id, second_id, reasons, status, found_at FROM duplicates
WHERE first_id = :first_id AND second_id = :second_id;

-- name: duplicate_for_update^
-- One pair, locked until commit.
SELECT duplicate_id, version, first_id, second_id, reasons, status, found_at FROM duplicates
WHERE duplicate_id = :duplicate_id
FOR UPDATE;

-- name: state_duplicate^
-- Somebody says that these two are one person; or it is known already.
INSERT INTO duplicates AS d (duplicate_id, version, first_id, second_id, reasons, status, found_at)
VALUES (:duplicate_id, 1, :first_id, :second_id, ARRAY['stated'], 'open', :now)
ON CONFLICT (first_id, second_id) DO UPDATE SET status = 'open', version = d.version + 1
RETURNING duplicate_id, version, first_id, second_id, reasons, status, found_at;

-- name: dismiss_duplicate!
-- Somebody has looked: they are two persons.
INSERT INTO duplicates AS d (duplicate_id, version, first_id, second_id, reasons, status, found_at)
VALUES (:duplicate_id, 1, :first_id, :second_id, ARRAY['stated'], 'dismissed', :now)
ON CONFLICT (first_id, second_id) DO UPDATE SET status = 'dismissed', version = d.version + 1;

-- name: organisation_that_reaches_both$
-- An organisation that may see both in its districts; null when none of these may.
SELECT one.organisation_id
FROM volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS one
JOIN volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS other
    ON other.organisation_id = one.organisation_id AND other.volunteer_id = :second_id
WHERE one.volunteer_id = :first_id
ORDER BY one.organisation_id
LIMIT 1;

-- name: side_by_side
-- Two volunteers as far as it helps to decide; name and address only for whoever may see them.
SELECT v.volunteer_id, v.postal_code, v.district, v.age_reached, v.registered_at,
    CASE WHEN seen.contact THEN c.name END AS name,
    CASE WHEN seen.contact THEN c.mail END AS mail,
    CASE WHEN seen.contact THEN c.phone END AS phone,
    -- Of their own organisation: what somebody does elsewhere is nobody else's business.
    (SELECT count(*) FROM placements AS p WHERE p.volunteer_id = v.volunteer_id AND p.dealt_with
        AND (:organisation_id::uuid IS NULL OR p.organisation_id = :organisation_id::uuid)) AS placements_count
FROM volunteers AS v
JOIN volunteer_contacts AS c ON c.volunteer_id = v.volunteer_id
CROSS JOIN LATERAL (
    SELECT :organisation_id::uuid IS NULL OR (v.registered_by = :organisation_id::uuid AND c.mail IS NULL) OR EXISTS (
        SELECT FROM consents_held AS h
        WHERE h.volunteer_id = v.volunteer_id AND h.purpose = 'contact_by_organisations'
    ) AS contact
) AS seen
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[])
ORDER BY v.volunteer_id;

-- name: forget_checks$
-- Forget that somebody was to be compared; how many rows.
WITH removed AS (DELETE FROM duplicate_checks WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;
