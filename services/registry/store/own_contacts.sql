-- name: note_waiting!
-- Volunteers of a district who have no own contact are asked about, as many as a contact of this organisation may take.
INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
SELECT volunteer_id, :district::text, :now
FROM waiting_for(:district::text, :organisation_id::uuid, :at_most::bigint)
ORDER BY volunteer_id
ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;

-- name: note_of_contacts!
-- The volunteers whose own contact is one of these are asked about.
INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
SELECT volunteer_id, district, :now FROM own_contacts WHERE contact_id = ANY (:contact_ids::uuid[])
ORDER BY volunteer_id
ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;

-- name: note_of_placements!
-- The volunteers of these placements are asked about.
INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
SELECT DISTINCT p.volunteer_id, v.district, :now::timestamptz
FROM placements AS p
JOIN volunteers AS v ON v.volunteer_id = p.volunteer_id AND v.status = 'confirmed'
WHERE p.placement_id = ANY (:placement_ids::uuid[])
ORDER BY p.volunteer_id
ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;

-- name: note_of_offers!
-- The volunteers with a running placement in these offers are asked about.
INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
SELECT DISTINCT p.volunteer_id, v.district, :now::timestamptz
FROM placements AS p
JOIN volunteers AS v ON v.volunteer_id = p.volunteer_id AND v.status = 'confirmed'
WHERE p.offer_id = ANY (:offer_ids::uuid[]) AND p.status IN ('confirmed', 'active', 'suspended')
ORDER BY p.volunteer_id
ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;

-- name: try_to_search_alone$
-- One worker at a time looks for own contacts, so no contact is given to more volunteers than it has room for.
SELECT pg_try_advisory_xact_lock(hashtextextended(concat(current_schema(), ' own-contacts'), 0));

-- name: to_check
-- Volunteers who are asked about: of the district of whoever waits longest, so that they have the same contacts to choose from.
SELECT volunteer_id FROM own_contact_checks
WHERE district = (SELECT district FROM own_contact_checks ORDER BY noted_at LIMIT 1)
ORDER BY noted_at
LIMIT :rows;

-- name: checked
-- These volunteers are being looked at: what is noted from now on counts anew.
DELETE FROM own_contact_checks WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) RETURNING volunteer_id;

-- name: seekers
-- What is known of these volunteers, locked until commit.
SELECT v.volunteer_id, v.district, v.wishes, v.languages, v.registered_by, own.version, own.contact_id, own.reason,
    own.district AS searched, own.source_organisation_id, (
        SELECT coalesce(p.organisation_id, s.organisation_id)
        FROM external_ids AS x
        JOIN sources AS s ON s.source = x.source
        LEFT JOIN consent_proofs AS p ON p.link_id = x.link_id
        WHERE x.kind = 'volunteers' AND x.id = v.volunteer_id AND x.by_import AND x.confirmed_at IS NULL
        ORDER BY x.imported_at
        LIMIT 1
    ) AS told_by
FROM volunteers AS v
LEFT JOIN own_contacts AS own ON own.volunteer_id = v.volunteer_id
WHERE v.volunteer_id = ANY (:volunteer_ids::uuid[]) AND v.status = 'confirmed' AND NOT v.restricted
ORDER BY v.volunteer_id;

-- name: running_placements
-- The placements of these volunteers that run, with whoever answers for the offer now.
SELECT p.volunteer_id, p.organisation_id, coalesce(o.coordinator_id, p.coordinator_id) AS coordinator_id, p.status,
    o.topic, o.district
FROM placements AS p
LEFT JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.volunteer_id = ANY (:volunteer_ids::uuid[]) AND p.status IN ('confirmed', 'active', 'suspended');

-- name: candidates
-- Contacts with a member, of verified organisations, in these districts or of these organisations, and how many have them.
SELECT c.contact_id, c.organisation_id, c.subject_id, c.district, c.topic, c.languages, c.capacity, c.is_stale, c.absences,
    (SELECT count(*) FROM own_contacts AS own WHERE own.contact_id = c.contact_id) AS volunteers
FROM contacts AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
JOIN members AS m ON m.subject_id = c.subject_id AND (
    m.memberships @> jsonb_build_array(
        jsonb_build_object('organisation_id', c.organisation_id::text, 'role', 'coordinator'))
    OR m.memberships @> jsonb_build_array(
        jsonb_build_object('organisation_id', c.organisation_id::text, 'role', 'organisation_admin')))
WHERE (c.district = ANY (:districts::text[]) OR c.organisation_id = ANY (:organisation_ids::uuid[]))
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = c.subject_id);

-- name: hold_contacts
-- Those of these contacts that are there, kept from being withdrawn or given to somebody else until commit.
SELECT contact_id FROM contacts WHERE contact_id = ANY (:contact_ids::uuid[]) ORDER BY contact_id FOR KEY SHARE;

-- name: who_can_answer
-- Those of these contacts behind whom there is a member who may read and answer what is asked.
SELECT c.contact_id
FROM contacts AS c
JOIN members AS m ON m.subject_id = c.subject_id AND (
    m.memberships @> jsonb_build_array(
        jsonb_build_object('organisation_id', c.organisation_id::text, 'role', 'coordinator'))
    OR m.memberships @> jsonb_build_array(
        jsonb_build_object('organisation_id', c.organisation_id::text, 'role', 'organisation_admin')))
WHERE c.contact_id = ANY (:contact_ids::uuid[])
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = c.subject_id);

-- name: save_own_contacts!
-- Whose own contact is who.
INSERT INTO own_contacts AS own (volunteer_id, version, contact_id, organisation_id, reason, district, since,
    source_organisation_id)
SELECT volunteer_id, 1, contact_id, organisation_id, reason, district, :now, source_organisation_id
FROM unnest(:volunteer_ids::uuid[], :contact_ids::uuid[], :organisation_ids::uuid[], :reasons::text[], :districts::text[],
    :source_organisation_ids::uuid[])
    AS found (volunteer_id, contact_id, organisation_id, reason, district, source_organisation_id)
ORDER BY volunteer_id
ON CONFLICT (volunteer_id) DO UPDATE
SET version = own.version + 1, contact_id = excluded.contact_id, organisation_id = excluded.organisation_id,
    reason = excluded.reason, district = excluded.district, source_organisation_id = excluded.source_organisation_id,
    since = CASE WHEN own.contact_id IS NOT DISTINCT FROM excluded.contact_id THEN own.since ELSE excluded.since END;

-- name: own_contact^
-- A volunteer's own contact.
SELECT volunteer_id, version, contact_id, organisation_id, reason, since FROM own_contacts
WHERE volunteer_id = :volunteer_id;

-- name: count_of_contact$
-- How many volunteers have this contact as their own.
SELECT count(*) FROM own_contacts WHERE contact_id = :contact_id;

-- name: volunteers_of_contact
-- The volunteers whose own contact this is.
SELECT own.volunteer_id, own.since, own.reason, v.name, v.mail, v.language,
    EXISTS (
        SELECT FROM consents_held AS h
        WHERE h.volunteer_id = own.volunteer_id AND h.purpose = 'contact_by_organisations'
    ) AS agreed
FROM own_contacts AS own
JOIN volunteer_contacts AS v ON v.volunteer_id = own.volunteer_id
WHERE own.contact_id = :contact_id::uuid
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = own.volunteer_id)

-- name: remove_own_contact$
-- Forget a volunteer's own contact; how many rows went.
WITH found AS (DELETE FROM own_contacts WHERE volunteer_id = :volunteer_id RETURNING 1
), noted AS (DELETE FROM own_contact_checks WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT (SELECT count(*) FROM found) + (SELECT count(*) FROM noted);
