-- name: leave_erased_out_of_groups!
-- Who was erased is in no group, also when an older event names them.
UPDATE groups AS g
SET member_ids = ARRAY (
    SELECT m.member_id FROM unnest(g.member_ids) WITH ORDINALITY AS m (member_id, place)
    WHERE NOT EXISTS (SELECT FROM erased_subjects AS e WHERE e.subject_id = m.member_id)
    ORDER BY m.place
)
WHERE g.group_id = ANY (:group_ids::uuid[])
  AND EXISTS (SELECT FROM erased_subjects AS e WHERE e.subject_id = ANY (g.member_ids));

-- name: drop_groups_of_erased!
-- A group whose speaker was erased is known again by its next event, which names another one.
DELETE FROM groups AS g
WHERE g.group_id = ANY (:group_ids::uuid[])
  AND EXISTS (SELECT FROM erased_subjects AS e WHERE e.subject_id = g.speaker_id);

-- name: leave_erased_out_of_contacts!
-- Who was erased is no contact, also when an older event names them.
UPDATE contacts AS c
SET subject_id = NULL
WHERE c.contact_id = ANY (:contact_ids::uuid[])
  AND EXISTS (SELECT FROM erased_subjects AS e WHERE e.subject_id = c.subject_id);
