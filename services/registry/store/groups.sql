-- name: add_group!
-- A new group.
INSERT INTO groups (group_id, version, name, about, formed_at) VALUES (:group_id, 1, :name, :about, :now);

-- name: group_by_id^
-- One group.
SELECT group_id, version, name, about, formed_at, organisation_id, agreed_at FROM groups WHERE group_id = :group_id;

-- name: group_for_update^
-- One group, locked until commit.
SELECT group_id, version, name, about, formed_at, organisation_id, agreed_at FROM groups WHERE group_id = :group_id
FOR UPDATE;

-- name: groups_for_update
-- Some groups, locked until commit, always in the same order.
SELECT group_id, version, name, about, formed_at, organisation_id, agreed_at FROM groups
WHERE group_id = ANY (:group_ids::uuid[])
ORDER BY group_id
FOR UPDATE;

-- name: save_group!
-- The group has changed; it is locked.
UPDATE groups
SET version = :version, name = :name, about = :about, organisation_id = :organisation_id, agreed_at = :agreed_at
WHERE group_id = :group_id;

-- name: remove_group!
-- The group is dissolved, with members and invitations.
DELETE FROM groups WHERE group_id = :group_id;

-- name: members_of_groups
-- Who has said yes to these groups, in the order of their ids.
SELECT group_id, volunteer_id, is_speaker, joined_at FROM group_members
WHERE group_id = ANY (:group_ids::uuid[])
ORDER BY group_id, volunteer_id;

-- name: add_group_member$
-- Somebody said yes; null when they had before.
INSERT INTO group_members (group_id, volunteer_id, is_speaker, joined_at)
VALUES (:group_id, :volunteer_id, :is_speaker, :now)
ON CONFLICT (group_id, volunteer_id) DO NOTHING
RETURNING volunteer_id;

-- name: remove_group_member!
-- Somebody leaves.
DELETE FROM group_members WHERE group_id = :group_id AND volunteer_id = :volunteer_id;

-- name: stop_speaking!
-- Nobody speaks for the group; somebody else will in the same transaction.
UPDATE group_members SET is_speaker = false WHERE group_id = :group_id AND is_speaker;

-- name: begin_speaking!
-- From now on this member speaks.
UPDATE group_members SET is_speaker = true WHERE group_id = :group_id AND volunteer_id = :volunteer_id;

-- name: group_ids_of_volunteer
-- The groups of a volunteer, in the order in which they are locked.
SELECT group_id FROM group_members WHERE volunteer_id = :volunteer_id ORDER BY group_id;

-- name: own_groups_listed
-- The groups to which a volunteer has said yes.
SELECT g.group_id, g.version, g.name, g.about, g.formed_at, g.organisation_id, g.agreed_at IS NOT NULL AS organisation_agreed,
    (SELECT count(*) FROM group_members AS each WHERE each.group_id = g.group_id) AS members_count, m.is_speaker AS speaks
FROM group_members AS m
JOIN groups AS g ON g.group_id = m.group_id
WHERE m.volunteer_id = :volunteer_id;

-- name: groups_of_organisations_listed
-- The groups that say they are one of these organisations.
SELECT g.group_id, g.version, g.name, g.about, g.formed_at, g.organisation_id, g.agreed_at IS NOT NULL AS organisation_agreed,
    (SELECT count(*) FROM group_members AS each WHERE each.group_id = g.group_id) AS members_count, false AS speaks
FROM groups AS g
WHERE g.organisation_id = ANY (:organisation_ids::uuid[]);

-- name: member_names
-- The names of volunteers, for those who are in a group with them.
SELECT c.volunteer_id, c.name FROM volunteer_contacts AS c
WHERE c.volunteer_id = ANY (:volunteer_ids::uuid[])
  AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = c.volunteer_id);

-- name: add_group_invitation$
-- Invite somebody, or again when an older invitation is over; null while one is open.
INSERT INTO group_invitations AS i (invitation_id, group_id, volunteer_id, invited_at, expires_at)
VALUES (:invitation_id, :group_id, :volunteer_id, :now, :expires_at)
ON CONFLICT (group_id, volunteer_id) DO UPDATE
SET invitation_id = excluded.invitation_id, invited_at = excluded.invited_at, expires_at = excluded.expires_at
WHERE i.expires_at <= :now
RETURNING invitation_id;

-- name: group_invitation^
-- One invitation.
SELECT invitation_id, group_id, volunteer_id, invited_at, expires_at FROM group_invitations
WHERE invitation_id = :invitation_id;

-- name: count_group_invitation$
-- One address more was invited, known or not; how many since the count began, which starts anew when that is long ago.
UPDATE groups
SET invited = CASE WHEN invited_since > :anew_before THEN invited + 1 ELSE 1 END,
    invited_since = CASE WHEN invited_since > :anew_before THEN invited_since ELSE :now END
WHERE group_id = :group_id
RETURNING invited;

-- name: remove_group_invitation!
-- Answered.
DELETE FROM group_invitations WHERE invitation_id = :invitation_id;

-- name: invitations_of_volunteer
-- The open invitations of a volunteer: into which group, by whom. The oldest first.
SELECT i.invitation_id, i.group_id, g.name AS "group", g.about, coalesce(c.name, '') AS speaker, i.invited_at, i.expires_at
FROM group_invitations AS i
JOIN groups AS g ON g.group_id = i.group_id
LEFT JOIN group_members AS m ON m.group_id = g.group_id AND m.is_speaker
LEFT JOIN volunteer_contacts AS c ON c.volunteer_id = m.volunteer_id
    AND NOT EXISTS (SELECT FROM restrictions AS r WHERE r.subject_id = c.volunteer_id)
WHERE i.volunteer_id = :volunteer_id AND i.expires_at > :now
ORDER BY i.invitation_id
LIMIT :rows;

-- name: remove_invitations_of_volunteer$
-- Forget the invitations of a volunteer; how many.
WITH removed AS (DELETE FROM group_invitations WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;

-- name: prune_group_invitations$
-- Forget invitations that nobody answered in time; how many.
WITH old AS (
    SELECT invitation_id FROM group_invitations WHERE expires_at < :now ORDER BY expires_at LIMIT :rows
), removed AS (
    DELETE FROM group_invitations USING old WHERE group_invitations.invitation_id = old.invitation_id RETURNING 1
)
SELECT count(*) FROM removed;

-- name: move_group_membership!
-- A member goes on under another id, with their seniority.
UPDATE group_members SET volunteer_id = :to_id WHERE group_id = :group_id AND volunteer_id = :from_id;

-- name: move_group_invitations
-- Invitations go on under another id, as far as that has none into the same group.
UPDATE group_invitations AS i SET volunteer_id = :to_id
WHERE i.volunteer_id = :from_id
  AND (:only::uuid[] IS NULL OR i.invitation_id = ANY (:only::uuid[]))
  AND NOT EXISTS (
      SELECT FROM group_invitations AS other WHERE other.group_id = i.group_id AND other.volunteer_id = :to_id)
  AND NOT EXISTS (SELECT FROM group_members AS m WHERE m.group_id = i.group_id AND m.volunteer_id = :to_id)
RETURNING invitation_id;

-- name: hold_count_of_groups!
-- Whoever joins or forms a group counts those of the volunteer after the other.
SELECT pg_advisory_xact_lock(hashtextextended(concat(current_schema(), ' groups of ', :volunteer_id::uuid), 0));
