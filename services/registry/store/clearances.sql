-- name: hold_clearances!
-- Whoever records, corrects or settles clearances of a volunteer does so after the other.
SELECT pg_advisory_xact_lock(hashtextextended('clearances ' || :volunteer_id::uuid::text, 0));

-- name: clearance_by_id^
-- One clearance of an organisation.
SELECT * FROM clearances WHERE clearance_id = :clearance_id AND organisation_id = :organisation_id;

-- name: clearance_for_update^
-- One clearance of an organisation, locked until commit.
SELECT * FROM clearances WHERE clearance_id = :clearance_id AND organisation_id = :organisation_id FOR UPDATE;

-- name: clearance_of_purpose^
-- The clearance of a volunteer for a purpose, locked until commit.
SELECT * FROM clearances
WHERE volunteer_id = :volunteer_id AND organisation_id = :organisation_id AND legal_basis = :legal_basis
  AND kind_of_activity = :kind_of_activity AND stated_basis IS NOT DISTINCT FROM :stated_basis
FOR UPDATE;

-- name: add_clearance!
-- A certificate was inspected.
INSERT INTO clearances (clearance_id, version, volunteer_id, organisation_id, legal_basis, stated_basis,
    kind_of_activity, inspected_on, certificate_date, relevant_conviction, recorded_at, valid_until, notices_due,
    delete_on, delete_reason, published_id, published_version)
VALUES (:clearance_id, :version, :volunteer_id, :organisation_id, :legal_basis, :stated_basis,
    :kind_of_activity, :inspected_on, :certificate_date, :relevant_conviction, :recorded_at, :valid_until, :notices_due,
    :delete_on, :delete_reason, :published_id, :published_version);

-- name: save_clearance!
-- It was corrected, inspected again, or its fate has changed.
UPDATE clearances
SET version = :version, inspected_on = :inspected_on, certificate_date = :certificate_date,
    relevant_conviction = :relevant_conviction, recorded_at = :recorded_at, valid_until = :valid_until,
    notices_due = :notices_due, delete_on = :delete_on, delete_reason = :delete_reason, published_id = :published_id,
    published_version = :published_version
WHERE clearance_id = :clearance_id;

-- name: remove_clearance!
-- The record goes.
DELETE FROM clearances WHERE clearance_id = :clearance_id;

-- name: clearances_of_volunteer
-- What organisations recorded of a volunteer.
SELECT c.clearance_id, c.organisation_id, o.name AS organisation, c.legal_basis, c.stated_basis, c.kind_of_activity,
    c.inspected_on, c.certificate_date, c.relevant_conviction, c.valid_until, c.delete_on
FROM clearances AS c
JOIN organisations AS o ON o.organisation_id = c.organisation_id
WHERE c.volunteer_id = :volunteer_id
ORDER BY c.clearance_id;

-- name: clearances_to_settle
-- The clearances of a volunteer in an organisation, locked until commit.
SELECT * FROM clearances
WHERE volunteer_id = :volunteer_id AND organisation_id = :organisation_id
ORDER BY clearance_id
FOR UPDATE;

-- name: clearances_to_delete
-- Whose clearances' day has come.
SELECT volunteer_id, organisation_id FROM clearances
WHERE delete_on <= :today
ORDER BY delete_on
LIMIT :rows;

-- name: clearances_to_notice
-- Clearances of which a notice is due, locked; whoever else is at it takes others. Restricted data waits (Art. 18 DSGVO), and
-- so does what is to be deleted: it may be taken up again before, and then somebody has to know.
SELECT * FROM clearances AS c
WHERE c.notices_due <> '{}' AND c.delete_on IS NULL AND c.notices_due[1] <= :today
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = c.volunteer_id)
ORDER BY c.notices_due[1]
LIMIT :rows
FOR UPDATE OF c SKIP LOCKED;

-- name: remove_clearances_of_volunteer
-- Forget all clearances of a volunteer, also what was set aside of them.
WITH aside AS (DELETE FROM clearances_set_aside WHERE volunteer_id = :volunteer_id)
DELETE FROM clearances WHERE volunteer_id = :volunteer_id RETURNING *;

-- name: set_clearance_aside!
-- It counts no more, and comes back when the merge is undone. The merge is written in the same transaction.
INSERT INTO clearances_set_aside SELECT c.*, :merge_id::uuid FROM clearances AS c WHERE c.clearance_id = :clearance_id;

-- name: take_clearances_set_aside
-- What was set aside because of a merge, and stands there no more.
DELETE FROM clearances_set_aside WHERE merge_id = :merge_id
RETURNING clearance_id, version, volunteer_id, organisation_id, legal_basis, stated_basis, kind_of_activity, inspected_on,
    certificate_date, relevant_conviction, recorded_at, valid_until, notices_due, delete_on, delete_reason, published_id,
    published_version;

-- name: forget_clearances_set_aside!
-- The clearance that counts for a purpose is deleted: nor is anything kept of the one that it replaced.
DELETE FROM clearances_set_aside AS s USING merges AS m
WHERE m.merge_id = s.merge_id AND m.survivor_id = :volunteer_id AND s.organisation_id = :organisation_id
  AND s.legal_basis = :legal_basis AND s.kind_of_activity = :kind_of_activity
  AND s.stated_basis IS NOT DISTINCT FROM :stated_basis::text;

-- name: clearance_terms^
-- How an organisation inspects, when other than usual.
SELECT version, certificate_months, renewal_years, notice_days, waiting_days
FROM clearance_terms
WHERE organisation_id = :organisation_id;

-- name: set_clearance_terms$
-- An organisation sets its terms; null when somebody else has changed them meanwhile.
INSERT INTO clearance_terms (organisation_id, version, certificate_months, renewal_years, notice_days, waiting_days)
VALUES (:organisation_id, :version + 1, :certificate_months, :renewal_years, :notice_days, :waiting_days)
ON CONFLICT (organisation_id) DO UPDATE
SET version = excluded.version, certificate_months = excluded.certificate_months,
    renewal_years = excluded.renewal_years, notice_days = excluded.notice_days, waiting_days = excluded.waiting_days
WHERE clearance_terms.version = :version
RETURNING version;

-- name: clearances_listed
-- The clearances that an organisation has recorded, all or of whom it dealt with or registered in some districts; not of whom
-- data is only to be stored (Art. 18 DSGVO).
SELECT c.*
FROM clearances AS c
WHERE c.organisation_id = :organisation_id::uuid
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = c.volunteer_id)
  AND c.volunteer_id IN (SELECT reached.volunteer_id FROM volunteers_in_reach(array_fill(:organisation_id::uuid, ARRAY[cardinality(:districts::text[])]), :districts::text[]) AS reached) -- when districts
  AND c.volunteer_id = :volunteer_id::uuid -- when volunteer_id
  AND c.kind_of_activity = :kind_of_activity::text -- when kind_of_activity
  AND c.valid_until < :valid_until_before::date -- when valid_until_before

-- name: note_placement$
-- What a placement's event says; null when a newer one was there.
INSERT INTO clearance_placements AS known (placement_id, version, offer_id, organisation_id, volunteer_id, status,
    taken_up, last_exercised_on, closed_at, unsettled)
VALUES (:placement_id, :version, :offer_id, :organisation_id, :volunteer_id, :status,
    :taken_up, :last_exercised_on, :closed_at, false)
ON CONFLICT (placement_id) DO UPDATE
SET version = excluded.version, offer_id = excluded.offer_id, volunteer_id = excluded.volunteer_id,
    status = excluded.status, taken_up = excluded.taken_up, last_exercised_on = excluded.last_exercised_on,
    closed_at = excluded.closed_at
WHERE known.version < excluded.version
RETURNING placement_id;

-- name: noted_placement^
-- What is known of a placement, locked until commit.
SELECT version, taken_up, last_exercised_on FROM clearance_placements
WHERE placement_id = :placement_id
FOR UPDATE;

-- name: placements_with_kinds
-- The placements of a volunteer in an organisation, with kind of activity and coordinator once the offer is known.
SELECT p.placement_id, o.coordinator_id, p.status, p.taken_up, p.last_exercised_on, p.closed_at,
    coalesce(o.clearance_activity, o.topic) AS kind
FROM clearance_placements AS p
LEFT JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.volunteer_id = :volunteer_id AND p.organisation_id = :organisation_id
ORDER BY p.placement_id;

-- name: leave_unsettled!
-- The offer of the placement is not known yet.
UPDATE clearance_placements SET unsettled = true WHERE placement_id = :placement_id;

-- name: placements_to_settle
-- Placements whose offer has become known meanwhile.
SELECT p.placement_id, p.volunteer_id, p.organisation_id
FROM clearance_placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.unsettled
ORDER BY p.placement_id
LIMIT :rows;

-- name: settled!
-- These placements have been seen to.
UPDATE clearance_placements SET unsettled = false WHERE placement_id = ANY (:placement_ids::uuid[]);

-- name: remove_clearance_placements$
-- Forget what is known of a volunteer's placements; how many rows went.
WITH removed AS (DELETE FROM clearance_placements WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: admins_of_organisation
-- The organisation_admins of an organisation, and those among some members who still belong to it.
SELECT m.subject_id, m.memberships @> jsonb_build_array(jsonb_build_object(
    'organisation_id', :organisation_id::uuid::text, 'role', 'organisation_admin')) AS is_admin
FROM members AS m
WHERE m.memberships @> jsonb_build_array(jsonb_build_object('organisation_id', :organisation_id::uuid::text))
  AND (m.subject_id = ANY (:among::uuid[]) OR m.memberships @> jsonb_build_array(jsonb_build_object(
    'organisation_id', :organisation_id::uuid::text, 'role', 'organisation_admin')))
ORDER BY m.subject_id;

-- name: same_address$
-- Whether a member and a volunteer have the same mail address.
SELECT EXISTS (
    SELECT FROM member_contacts AS m
    JOIN volunteer_contacts AS v ON lower(trim(m.mail)) = lower(trim(v.mail))
    WHERE m.subject_id = :subject_id AND v.volunteer_id = :volunteer_id
);

-- name: has_offers_of_kind$
-- Whether an organisation has, or had, offers of a kind of activity.
SELECT EXISTS (SELECT FROM offers WHERE organisation_id = :organisation_id AND topic = :kind_of_activity)
    OR EXISTS (SELECT FROM offers WHERE organisation_id = :organisation_id AND clearance_activity = :kind_of_activity);

-- name: kinds_of_offers
-- The kinds of activity of an organisation's offers.
SELECT topic AS kind FROM offers WHERE organisation_id = :organisation_id
UNION
SELECT clearance_activity FROM offers WHERE organisation_id = :organisation_id AND clearance_activity IS NOT NULL
ORDER BY kind
LIMIT 50;

-- name: forget_closed_placements$
-- Forget placements that were over long ago and that no clearance depends on; how many rows went.
WITH over AS (
    SELECT p.placement_id
    FROM clearance_placements AS p
    WHERE p.closed_at < :before
      AND NOT EXISTS (
        SELECT FROM clearances AS c
        WHERE c.volunteer_id = p.volunteer_id AND c.organisation_id = p.organisation_id
      )
    ORDER BY p.closed_at
    LIMIT :rows
), removed AS (
    DELETE FROM clearance_placements WHERE placement_id IN (SELECT placement_id FROM over) RETURNING 1
)
SELECT count(*) FROM removed;
