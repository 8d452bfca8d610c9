-- name: exported_volunteer^
-- What a volunteer told, and what follows from it.
SELECT volunteer_id, status, languages, skills, skills_free, wishes, availability, absences, reach_km, travel,
    postal_code, district, age_reached, reaches_16_on, reaches_18_on, guardian_awaited, paused, paused_until, restricted,
    undertaking_valid, undertaking_version, registered_by, requested_at, registered_at, expires_at
FROM volunteers WHERE volunteer_id = :subject_id;

-- name: exported_address^
-- How a volunteer is reached.
SELECT name, mail, phone, language, claimed AS mail_is_proved, through
FROM volunteer_contacts WHERE volunteer_id = :subject_id;

-- name: exported_address_change^
-- An address that waits for its confirmation.
SELECT mail, requested_at, expires_at FROM address_changes WHERE volunteer_id = :subject_id;

-- name: exported_consents
-- The ledger of consents.
SELECT purpose, decision, text_version, language, channel, decided_at, organisation_id
FROM consents WHERE volunteer_id = :subject_id ORDER BY position LIMIT :rows;

-- name: exported_consents_held
-- What holds now.
SELECT purpose, text_version, given_at FROM consents_held WHERE volunteer_id = :subject_id ORDER BY purpose;

-- name: exported_characteristics
-- What a volunteer told with a consent of its own.
SELECT characteristic, value, told_at FROM characteristics WHERE volunteer_id = :subject_id ORDER BY characteristic;

-- name: exported_consents_to_others
-- The same, but for what is agreed to about characteristics, which tells of them.
SELECT purpose, decision, text_version, language, channel, decided_at, organisation_id
FROM consents WHERE volunteer_id = :subject_id AND purpose NOT IN ('migration_experience', 'age_band')
ORDER BY position LIMIT :rows;

-- name: exported_consents_held_to_others
-- The same, but for what is agreed to about characteristics.
SELECT purpose, text_version, given_at FROM consents_held
WHERE volunteer_id = :subject_id AND purpose NOT IN ('migration_experience', 'age_band') ORDER BY purpose;

-- name: exported_characteristics_to_others
-- Nobody's but the person's.
SELECT characteristic, value, told_at FROM characteristics WHERE volunteer_id = :subject_id AND false;

-- name: exported_undertakings
-- The confidentiality undertakings that were signed.
SELECT text_version, language, signed_at FROM undertakings WHERE volunteer_id = :subject_id ORDER BY signed_at LIMIT :rows;

-- name: exported_sign_ins
-- Since when which devices are signed in, and how often that was renewed.
SELECT f.signed_in_at, f.expires_at, f.revoked_at, count(t.*) AS renewals, max(t.used_at) AS last_renewed_at
FROM token_families AS f
LEFT JOIN refresh_tokens AS t ON t.family_id = f.family_id
WHERE f.volunteer_id = :subject_id
GROUP BY f.family_id
ORDER BY f.signed_in_at
LIMIT :rows;

-- name: exported_placements
-- What is known here of placements, for the question who has dealt with whom.
SELECT placement_id, offer_id, organisation_id, status, dealt_with
FROM placements WHERE volunteer_id = :subject_id ORDER BY placement_id LIMIT :rows;

-- name: exported_clearances
-- The inspections of certificates of conduct: the three facts, and when they go.
SELECT organisation_id, legal_basis, stated_basis, kind_of_activity, inspected_on, certificate_date,
    relevant_conviction, recorded_at, valid_until, delete_on, delete_reason
FROM (SELECT * FROM clearances WHERE volunteer_id = :subject_id
    UNION ALL
    -- Set aside by a merge that can still be undone.
    SELECT clearance_id, version, volunteer_id, organisation_id, legal_basis, stated_basis, kind_of_activity, inspected_on,
        certificate_date, relevant_conviction, recorded_at, valid_until, notices_due, delete_on, delete_reason,
        published_id, published_version
    FROM clearances_set_aside WHERE volunteer_id = :subject_id) AS known
ORDER BY clearance_id LIMIT :rows;

-- name: exported_clearances_to_others
-- The same, but for a relevant conviction: to all but the inspecting organisation it looks as if there were no clearance.
SELECT organisation_id, legal_basis, stated_basis, kind_of_activity, inspected_on, certificate_date,
    relevant_conviction, recorded_at, valid_until, delete_on, delete_reason
FROM (SELECT * FROM clearances WHERE volunteer_id = :subject_id
    UNION ALL
    SELECT clearance_id, version, volunteer_id, organisation_id, legal_basis, stated_basis, kind_of_activity, inspected_on,
        certificate_date, relevant_conviction, recorded_at, valid_until, notices_due, delete_on, delete_reason,
        published_id, published_version
    FROM clearances_set_aside WHERE volunteer_id = :subject_id) AS known
WHERE NOT relevant_conviction
ORDER BY clearance_id LIMIT :rows;

-- name: exported_clearance_placements
-- What is known here of placements, for the periods of clearances.
SELECT placement_id, organisation_id, status, taken_up, last_exercised_on, closed_at
FROM clearance_placements WHERE volunteer_id = :subject_id ORDER BY placement_id LIMIT :rows;

-- name: exported_own_contact
-- The staff contact that was found for a volunteer.
SELECT c.contact_id, c.organisation_id, c.reason, c.district, c.since
FROM own_contacts AS c WHERE c.volunteer_id = :subject_id;

-- name: exported_support_requests
-- What was asked of the staff contact.
SELECT request_id, group_id, contact_id, organisation_id, district, topic, due_on, status, escalation, asked_at, changed_at
FROM support_requests WHERE volunteer_id = :subject_id ORDER BY request_id LIMIT :rows;

-- name: exported_support_messages
-- What was written about it, in both directions, without what another speaker of the group wrote; and what this one wrote.
SELECT request_id, from_volunteer, text, written_at
FROM (
    SELECT m.request_id, m.number, m.from_volunteer, m.text, m.written_at
    FROM support_requests AS r
    JOIN support_messages AS m ON m.request_id = r.request_id AND m.author_id IS NULL
    WHERE r.volunteer_id = :subject_id
    UNION ALL
    SELECT request_id, number, from_volunteer, text, written_at FROM support_messages WHERE author_id = :subject_id
) AS written
ORDER BY request_id, number
LIMIT :rows;

-- name: exported_groups
-- The groups to which a volunteer belongs.
SELECT g.group_id, g.name, m.is_speaker, m.joined_at
FROM group_members AS m
JOIN groups AS g ON g.group_id = m.group_id
WHERE m.volunteer_id = :subject_id
ORDER BY m.joined_at
LIMIT :rows;

-- name: exported_group_invitations
-- The groups that wait for an answer.
SELECT i.group_id, g.name, i.invited_at, i.expires_at
FROM group_invitations AS i
JOIN groups AS g ON g.group_id = i.group_id
WHERE i.volunteer_id = :subject_id
ORDER BY i.invited_at
LIMIT :rows;

-- name: exported_campaign_calls
-- The campaigns that called a volunteer, and what they answered.
SELECT campaign_id, called_at, answer, answered_at
FROM campaign_calls WHERE volunteer_id = :subject_id ORDER BY campaign_id LIMIT :rows;

-- name: exported_campaign_calls_to_others
-- The same, but for campaigns that chose by characteristics: who was called by them has them.
SELECT c.campaign_id, c.called_at, c.answer, c.answered_at
FROM campaign_calls AS c
JOIN campaigns AS k ON k.campaign_id = c.campaign_id
WHERE c.volunteer_id = :subject_id AND NOT k.own_migration_experience AND cardinality(k.age_bands) = 0
ORDER BY c.campaign_id LIMIT :rows;

-- name: exported_duplicates
-- That somebody else was taken for the same person; not whom.
SELECT reasons, status, found_at
FROM duplicates WHERE first_id = :subject_id OR second_id = :subject_id ORDER BY found_at LIMIT :rows;

-- name: exported_duplicate_keys
-- By what the same person would be noticed.
SELECT kind, key FROM duplicate_keys WHERE volunteer_id = :subject_id ORDER BY kind, key LIMIT :rows;

-- name: exported_merges
-- That two entries were found to be the same person; not what the other one said, who may be somebody else after all.
SELECT merged_at, organisation_id, undo_until, undone_at
FROM merges WHERE survivor_id = :subject_id OR merged_id = :subject_id ORDER BY merged_at LIMIT :rows;

-- name: exported_external_ids
-- Under which numbers an association's own system knows the person.
SELECT x.source, s.organisation_id, x.kind, x.external_id, x.by_import, x.confirmed_at, x.imported_at,
    p.text_version AS consent_text_version, p.channel AS consent_channel, p.given_at AS consent_given_at
FROM external_ids AS x
JOIN sources AS s ON s.source = x.source
LEFT JOIN consent_proofs AS p ON p.link_id = x.link_id
WHERE x.id = :subject_id
ORDER BY x.source, x.external_id
LIMIT :rows;

-- name: exported_changes
-- What associations' systems were told, or will be, by the feed of changes: of the person as a member, and of links that stand.
SELECT c.organisation_id, c.kind, c.source, c.external_id, c.change, c.recorded_at
FROM changes AS c
WHERE c.id = ANY (ARRAY(SELECT link_id FROM external_ids WHERE id = :subject_id) || :subject_id::uuid)
ORDER BY c.position
LIMIT :rows;

-- name: exported_restriction^
-- Since when the data may only be stored, and why.
SELECT ground, since, ends_on FROM restrictions WHERE subject_id = :subject_id;

-- name: exported_accesses
-- Who read or changed the data, latest first: the organisations, not their people.
SELECT e.recorded_at, e.actor_kind AS by, e.action, e.kind, e.why,
    ARRAY (
        SELECT coalesce(o.name, i::text)
        FROM unnest(e.organisation_ids) AS i
        LEFT JOIN organisations AS o ON o.organisation_id = i
        ORDER BY 1
    ) AS organisations
FROM audit_log AS e
-- Also under an id that was merged into this one for good.
WHERE e.concerning = ANY (ARRAY (
    WITH RECURSIVE own (id) AS (
        SELECT :subject_id::uuid
        UNION
        SELECT m.merged_id
        FROM own JOIN merges AS m ON m.survivor_id = own.id AND m.undone_at IS NULL AND m.kept IS NULL
    )
    SELECT id FROM own
))
ORDER BY e.entry_id DESC
LIMIT :rows;

-- name: exported_member^
-- How a member signs in, and what they are in which organisation.
SELECT subject_id, issuer, subject, memberships FROM members WHERE subject_id = :subject_id;

-- name: exported_member_address^
-- How a member is reached.
SELECT name, mail, language FROM member_contacts WHERE subject_id = :subject_id;

-- name: exported_invitations
-- The roles to which a member was invited.
SELECT organisation_id, role, districts, requested_at, expires_at, redeemed_at
FROM invitations WHERE subject_id = :subject_id ORDER BY requested_at LIMIT :rows;

-- name: exported_published_contacts
-- What is published of a member as a staff contact.
SELECT contact_id, organisation_id, district, topic, languages, name, mail, phone, office_hours, absences, capacity,
    confirmed_on
FROM contacts WHERE subject_id = :subject_id ORDER BY contact_id LIMIT :rows;

-- name: exported_boundary_proposals
-- What a member proposed as a task boundary, for their organisation.
SELECT boundary_id, revision, proposing_organisation_id AS organisation_id, tasks, proposed_at
FROM boundary_revisions WHERE member_id = :subject_id ORDER BY proposed_at LIMIT :rows;

-- name: exported_boundary_agreements
-- To which task boundaries a member agreed, for their organisation.
SELECT boundary_id, revision, organisation_id, agreed_at
FROM boundary_agreements WHERE member_id = :subject_id ORDER BY agreed_at LIMIT :rows;

-- name: exported_boundary_comments
-- What a member said about task boundaries.
SELECT boundary_id, organisation_id, text, written_at
FROM boundary_comments WHERE member_id = :subject_id ORDER BY comment_id LIMIT :rows;

-- name: exported_offers
-- The offers that a member answers for.
SELECT offer_id, organisation_id, topic, district, status
FROM offers WHERE coordinator_id = :subject_id ORDER BY offer_id LIMIT :rows;

-- name: exported_campaigns
-- The campaigns that a member made, submitted or decided on.
SELECT campaign_id, organisation_id, status, created_at, starts_on, ends_on
FROM campaigns WHERE :subject_id IN (created_by, submitted_by, decided_by) ORDER BY campaign_id LIMIT :rows;

-- name: exported_imports
-- The files that a member handed in for an association.
SELECT import_id, organisation_id, source, kind, status, requested_at, completed_at
FROM imports WHERE requested_by = :subject_id ORDER BY import_id LIMIT :rows;

-- name: exported_acts
-- What a member read or changed of sensitive records, latest first; not whose.
SELECT recorded_at, action, kind, why FROM audit_log WHERE actor_id = :subject_id ORDER BY entry_id DESC LIMIT :rows;
