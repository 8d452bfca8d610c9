-- name: rows_of_volunteer^
-- A volunteer and how they are reached, as they are, to be kept while a merge can be undone. The volunteer is locked.
SELECT to_jsonb(v) AS volunteer, to_jsonb(c) AS contact
FROM volunteers AS v
LEFT JOIN volunteer_contacts AS c ON c.volunteer_id = v.volunteer_id
WHERE v.volunteer_id = :volunteer_id;

-- name: remove_contact!
-- The address of a merged volunteer is free again.
DELETE FROM volunteer_contacts WHERE volunteer_id = :volunteer_id;

-- name: remove_merged_volunteer!
-- The merged volunteer goes; what is theirs has moved or is kept.
DELETE FROM volunteers WHERE volunteer_id = :volunteer_id;

-- name: ask_about_links
-- Links that came to a volunteer who has a profile of their own: they are asked, as about any other; which.
UPDATE external_ids SET by_import = false, held_back_since = NULL
WHERE link_id = ANY (:link_ids::uuid[]) AND by_import AND confirmed_at IS NULL
RETURNING link_id;

-- name: import_links_again!
-- Links that went back to the volunteer who came into being by their import.
UPDATE external_ids SET by_import = true
WHERE link_id = ANY (:link_ids::uuid[]) AND kind = 'volunteers' AND id = :volunteer_id;

-- name: restore_volunteer!
-- The merged volunteer is there again, as they were, at a later version; what came as a column since is as for anybody new.
INSERT INTO volunteers
SELECT (jsonb_populate_record(
    NULL::volunteers,
    column_defaults('volunteers') || :kept::jsonb || jsonb_build_object('version', :version::bigint)
)).*;

-- name: address_is_taken$
-- Whether somebody has registered anew with the address of a merged volunteer.
SELECT EXISTS (
    SELECT FROM volunteer_contacts AS c
    WHERE c.mail_hash = (jsonb_populate_record(NULL::volunteer_contacts, :kept::jsonb)).mail_hash
      AND c.claimed AND NOT c.erasure_requested);

-- name: organisation_of_placements$
-- The organisation that dealt first with the volunteer of these placements.
SELECT organisation_id FROM placements
WHERE placement_id = ANY (:placement_ids::uuid[]) AND dealt_with
ORDER BY placement_id
LIMIT 1;

-- name: restore_contact!
-- How they are reached, as it was; without the address when somebody else has it now.
INSERT INTO volunteer_contacts
SELECT (jsonb_populate_record(NULL::volunteer_contacts, column_defaults('volunteer_contacts') || :kept::jsonb || CASE WHEN :through::uuid IS NULL THEN '{}'::jsonb
        ELSE jsonb_build_object('mail', NULL, 'mail_hash', NULL, 'through', :through::uuid) END)).*;

-- name: hold_what_the_ledger_says!
-- What a volunteer consents to follows from the last decision for each purpose, whoever's registration it came with.
INSERT INTO consents_held AS h (volunteer_id, purpose, text_version, given_at)
SELECT volunteer_id, purpose, text_version, decided_at
FROM (
    SELECT DISTINCT ON (purpose) volunteer_id, purpose, text_version, decided_at, decision
    FROM consents WHERE volunteer_id = :volunteer_id
    ORDER BY purpose, decided_at DESC, position DESC
) AS last
WHERE decision = 'given'
ON CONFLICT (volunteer_id, purpose)
DO UPDATE SET text_version = excluded.text_version, given_at = excluded.given_at
WHERE (h.text_version, h.given_at) <> (excluded.text_version, excluded.given_at);

-- name: end_what_the_ledger_ends!
-- What was withdrawn last, or was never this volunteer's, does not hold.
DELETE FROM consents_held AS h
WHERE h.volunteer_id = :volunteer_id
  AND coalesce((
      SELECT c.decision FROM consents AS c
      WHERE c.volunteer_id = h.volunteer_id AND c.purpose = h.purpose
      ORDER BY c.decided_at DESC, c.position DESC LIMIT 1), 'withdrawn') = 'withdrawn';

-- name: chosen_by_characteristics
-- Those of some campaigns that chose whom they called by a characteristic.
SELECT campaign_id FROM campaigns
WHERE campaign_id = ANY (:campaign_ids::uuid[]) AND (own_migration_experience OR cardinality(age_bands) > 0);

-- name: proofs_of_links
-- What associations say of consents, for some links.
SELECT to_jsonb(p) AS kept FROM consent_proofs AS p WHERE p.link_id = ANY (:link_ids::uuid[]);

-- name: bring_links_back!
-- They are not kept out of imports any more; somebody else who was erased, and whose id differs in its spelling only, is.
WITH back AS (
    SELECT told.digest, count(*) AS links
    FROM jsonb_array_elements(:links::jsonb) AS link
    CROSS JOIN LATERAL jsonb_populate_record(NULL::external_ids, link) AS x
    CROSS JOIN LATERAL (VALUES (x.digest), (x.spelling_digest)) AS told (digest)
    GROUP BY told.digest
), others AS (
    UPDATE suppressed_ids AS s SET links = s.links - b.links FROM back AS b WHERE s.digest = b.digest AND s.links > b.links
)
DELETE FROM suppressed_ids AS s USING back AS b WHERE s.digest = b.digest AND s.links <= b.links;

-- name: add_merge!
-- Two volunteers were merged.
INSERT INTO merges (merge_id, version, survivor_id, merged_id, organisation_id, merged_by, merged_at, undo_until,
    announced_version, kept, moved)
VALUES (:merge_id, 1, :survivor_id, :merged_id, :organisation_id, :merged_by, :merged_at, :undo_until,
    :announced_version, :kept, :moved);

-- name: merge_by_id^
-- One merge.
SELECT * FROM merges WHERE merge_id = :merge_id;

-- name: merge_for_update^
-- One merge, locked until commit.
SELECT * FROM merges WHERE merge_id = :merge_id FOR UPDATE;

-- name: is_merged$
-- Whether a volunteer goes on under another id.
SELECT EXISTS (SELECT FROM merges WHERE merged_id = :volunteer_id AND undone_at IS NULL);

-- name: merged_since$
-- Whether somebody else was merged into the survivor after this merge, and that can still be undone.
SELECT EXISTS (
    SELECT FROM merges AS later
    WHERE later.survivor_id = :survivor_id AND later.merge_id > :merge_id AND later.undone_at IS NULL
      AND later.kept IS NOT NULL);

-- name: undo_merge!
-- They are two again; nothing is kept any more.
UPDATE merges
SET version = version + 1, undone_by = :undone_by, undone_at = :now, kept = NULL, moved = NULL
WHERE merge_id = :merge_id;

-- name: merges_to_settle
-- Merges that can no longer be undone, locked.
SELECT merge_id, survivor_id, merged_id FROM merges
WHERE kept IS NOT NULL AND undo_until <= :now
ORDER BY undo_until
LIMIT :rows
FOR UPDATE SKIP LOCKED;

-- name: settle_merges!
-- What was kept for undoing them goes.
WITH aside AS (DELETE FROM clearances_set_aside WHERE merge_id = ANY (:merge_ids::uuid[]))
UPDATE merges SET version = version + 1, kept = NULL, moved = NULL WHERE merge_id = ANY (:merge_ids::uuid[]);

-- name: merges_listed
-- Merges: all, or those on behalf of some organisations, of whom they reach in some districts.
SELECT m.merge_id, m.version, m.survivor_id, m.merged_id, m.organisation_id, m.merged_at, m.undo_until, m.undone_at,
    m.kept IS NOT NULL AS can_be_undone
FROM merges AS m
WHERE true
  AND m.organisation_id = ANY (:organisation_ids::uuid[]) -- when organisation_ids
  AND (m.organisation_id, m.survivor_id) IN (SELECT one.organisation_id, one.volunteer_id FROM volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS one) -- when organisation_ids

-- name: is_in_reach$
-- Whether one of these is reached by one of these organisations in its district.
SELECT EXISTS (
    SELECT FROM volunteers_in_reach(:organisation_ids::uuid[], :districts::text[]) AS one
    WHERE one.volunteer_id = ANY (:volunteer_ids::uuid[])
);

-- name: ids_of_person
-- Every id of these persons: their own, those that were merged into it, and those into which it was.
WITH RECURSIVE person (id) AS (
    SELECT unnest(:volunteer_ids::uuid[])
    UNION
    SELECT CASE WHEN m.survivor_id = person.id THEN m.merged_id ELSE m.survivor_id END
    FROM person JOIN merges AS m ON m.undone_at IS NULL AND person.id IN (m.survivor_id, m.merged_id)
)
SELECT id FROM person ORDER BY id;

-- name: survivor_of$
-- Who a volunteer is today: themselves, or whom they were merged into in the end.
WITH RECURSIVE way (id, length) AS (
    SELECT :volunteer_id::uuid, 0
    UNION ALL
    SELECT m.survivor_id, way.length + 1 FROM way JOIN merges AS m ON m.merged_id = way.id AND m.undone_at IS NULL
    WHERE way.length < 100
)
SELECT id FROM way ORDER BY length DESC LIMIT 1;

-- name: remove_merges$
-- Forget the merges of a person; how many rows.
WITH removed AS (
    DELETE FROM merges WHERE survivor_id = ANY (:volunteer_ids::uuid[]) OR merged_id = ANY (:volunteer_ids::uuid[])
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: prune_undone_merges$
-- Forget merges that were undone long ago; how many.
WITH old AS (
    SELECT merge_id FROM merges WHERE undone_at < :before ORDER BY undone_at LIMIT :rows
), removed AS (DELETE FROM merges USING old WHERE merges.merge_id = old.merge_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: clearances_of_person
-- The clearances of a volunteer, or some of them, locked.
SELECT * FROM clearances
WHERE volunteer_id = :volunteer_id AND (:only::uuid[] IS NULL OR clearance_id = ANY (:only::uuid[]))
ORDER BY clearance_id
FOR UPDATE;

-- name: move_clearance!
-- A locked clearance goes on under another id.
UPDATE clearances
SET volunteer_id = :to_id, version = version + 1, published_version = published_version + 1
WHERE clearance_id = :clearance_id;
