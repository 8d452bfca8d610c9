-- name: profile^
-- What the read model of volunteers holds of a person.
SELECT
    volunteer_id, languages, skills, wishes, availability, absences, reach_km, travel, postal_code, district,
    age_reached, paused, undertaking_valid, registered_at
FROM volunteers
WHERE volunteer_id = :volunteer_id;

-- name: member_of^
-- How a member signs in, and what they are in which organisation, as far as it is known here.
SELECT issuer, subject, memberships FROM members WHERE subject_id = :subject_id;

-- name: offers_coordinated_by
-- The offers that a member answers for.
SELECT offer_id, title, organisation_id, district, status, created_at
FROM offers WHERE coordinator_id = :coordinator_id ORDER BY offer_id LIMIT 10000;

-- name: activities_kept_by
-- The entries of the directory that a member keeps.
SELECT activity_id, title, organisation_id, district, confirmed_on, created_at
FROM activities WHERE coordinator_id = :coordinator_id ORDER BY activity_id LIMIT 10000;

-- name: moves_of
-- What went on under one id when two entries were found to be the same person.
SELECT kind, thing_id, was, until FROM merge_moves
WHERE survivor_id = :volunteer_id OR merged_id = :volunteer_id
ORDER BY until, kind, thing_id LIMIT 10000;

-- name: checks_of
-- That offers are being looked for, for a volunteer who changed something.
SELECT due_at FROM suggestion_checks WHERE volunteer_id = :volunteer_id ORDER BY due_at LIMIT 100;

-- name: qualifications_of
-- What the read model of qualifications holds of a person.
SELECT qualification_id, qualification, granted_on, valid_until
FROM qualifications
WHERE volunteer_id = :volunteer_id
ORDER BY granted_on, qualification_id;

-- name: clearances_of
-- What the read model of clearances holds of a person.
SELECT clearance_id, organisation_id, legal_basis, kind_of_activity, valid_until
FROM clearances
WHERE volunteer_id = :volunteer_id
ORDER BY valid_until, clearance_id;

-- name: groups_of
-- The groups that a person is in; who else is in them is not theirs to know from here.
SELECT group_id, speaker_id = :volunteer_id AS is_speaker FROM groups
WHERE member_ids @> ARRAY[:volunteer_id::uuid] OR speaker_id = :volunteer_id
ORDER BY group_id LIMIT 10000;

-- name: contacts_of
-- As which staff contact a member is published.
SELECT contact_id, organisation_id, district, topic, is_stale FROM contacts WHERE subject_id = :subject_id
ORDER BY contact_id LIMIT 10000;

-- name: consents_of$
-- The purposes to which a person consents.
SELECT purposes FROM consents WHERE volunteer_id = :volunteer_id;

-- name: placements_of
-- Every placement of a person.
SELECT
    p.placement_id, p.offer_id, o.title AS offer_title, p.organisation_id, p.status, p.requested_at, p.changed_at,
    p.offered_until, p.confirmed_at, p.shift_id, p.group_id, p.joint_id, p.invited_by IS NOT NULL AS was_invited,
    p.started_at, p.suspended_at, p.suspended_because, p.completed_at, p.ended_at, p.end_reason, p.override_reason,
    p.override_at
FROM placements AS p
JOIN offers AS o ON o.offer_id = p.offer_id
WHERE p.volunteer_id = :volunteer_id
ORDER BY p.placement_id;

-- name: suggestions_told_to
-- Every offer that a person was told of.
SELECT t.offer_id, o.title AS offer_title, t.told_at
FROM told_suggestions AS t
JOIN offers AS o ON o.offer_id = t.offer_id
WHERE t.volunteer_id = :volunteer_id
ORDER BY t.told_at, t.offer_id;

-- name: plans_with
-- Every plan that a person made, and every proposal about them or sent by them.
SELECT p.plan_id, p.created_at, NULL::uuid AS offer_id, 'made' AS part
FROM plans AS p
WHERE p.made_by = :subject_id
UNION ALL
SELECT pp.plan_id, p.created_at, n.offer_id, CASE WHEN pp.volunteer_id = :subject_id THEN pp.status ELSE 'sent' END
FROM plan_pairings AS pp
JOIN plans AS p ON p.plan_id = pp.plan_id
JOIN plan_needs AS n ON n.plan_id = pp.plan_id AND n.pool_id = pp.pool_id
WHERE pp.volunteer_id = :subject_id OR pp.invited_for = :subject_id
ORDER BY plan_id, offer_id;

-- name: asks_of
-- When a person was told of an offer or invited, as far as it still counts.
SELECT a.offer_id, a.kind, a.asked_at FROM asks AS a WHERE a.volunteer_id = :volunteer_id
ORDER BY a.asked_at, a.offer_id LIMIT 10000;

-- name: declined_topics_of
-- With which topics a person lately declined to help.
SELECT d.topic, d.declined_at FROM declined_topics AS d WHERE d.volunteer_id = :volunteer_id ORDER BY d.topic;

-- name: placement_ids_of
-- Every placement of a person, in order.
SELECT placement_id FROM placements WHERE volunteer_id = :volunteer_id ORDER BY placement_id;

-- name: delete_placements_of!
-- Erase the placements of a person.
DELETE FROM placements WHERE volunteer_id = :volunteer_id;

-- name: delete_rest_of$
-- Erase everything else of a person, and say how many rows that were.
WITH profile AS (
    DELETE FROM volunteers WHERE volunteer_id = :volunteer_id RETURNING 1
), held AS (
    DELETE FROM qualifications WHERE volunteer_id = :volunteer_id RETURNING 1
), asked AS (
    DELETE FROM asks WHERE volunteer_id = :volunteer_id RETURNING 1
), declined AS (
    DELETE FROM declined_topics WHERE volunteer_id = :volunteer_id RETURNING 1
), told AS (
    DELETE FROM told_suggestions WHERE volunteer_id = :volunteer_id RETURNING 1
), checks AS (
    DELETE FROM suggestion_checks WHERE volunteer_id = :volunteer_id RETURNING 1
), passed_over AS (
    UPDATE suggestion_checks SET passed_over = array_remove(passed_over, :volunteer_id::uuid)
    WHERE passed_over <> '{}' AND passed_over @> ARRAY[:volunteer_id::uuid] AND volunteer_id IS DISTINCT FROM :volunteer_id
), requirement_checked AS (
    DELETE FROM requirement_checks WHERE volunteer_id = :volunteer_id RETURNING 1
), cleared AS (
    DELETE FROM clearances WHERE volunteer_id = :volunteer_id RETURNING 1
), consented AS (
    DELETE FROM consents WHERE volunteer_id = :volunteer_id RETURNING 1
), spoken_for AS (
    DELETE FROM groups WHERE speaker_id = :volunteer_id RETURNING 1
), grouped AS (
    UPDATE groups SET member_ids = array_remove(member_ids, :volunteer_id::uuid)
    WHERE member_ids @> ARRAY[:volunteer_id::uuid] AND speaker_id <> :volunteer_id
    RETURNING 1
), planned AS (
    DELETE FROM plan_pairings WHERE volunteer_id = :volunteer_id OR invited_for = :volunteer_id RETURNING 1
), plans_made AS (
    DELETE FROM plans WHERE made_by = :volunteer_id RETURNING 1
), published AS (
    UPDATE contacts SET subject_id = NULL WHERE subject_id = :volunteer_id RETURNING 1
)
SELECT
    (SELECT count(*) FROM profile)
    + (SELECT count(*) FROM held)
    + (SELECT count(*) FROM asked)
    + (SELECT count(*) FROM declined)
    + (SELECT count(*) FROM told)
    + (SELECT count(*) FROM checks)
    + (SELECT count(*) FROM requirement_checked)
    + (SELECT count(*) FROM planned)
    + (SELECT count(*) FROM plans_made)
    + (SELECT count(*) FROM cleared)
    + (SELECT count(*) FROM consented)
    + (SELECT count(*) FROM spoken_for)
    + (SELECT count(*) FROM grouped)
    + (SELECT count(*) FROM published);
