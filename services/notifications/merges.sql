-- name: move_messages!
-- The inbox of a merged volunteer, and what stands about them in others', go on under the survivor's id; remembered.
WITH mine AS (
    UPDATE messages SET subject_id = :survivor_id WHERE subject_id = :merged_id RETURNING message_id
), about AS (
    UPDATE messages SET concerns = :survivor_id WHERE concerns = :merged_id RETURNING message_id
)
INSERT INTO merge_moves (merge_id, survivor_id, merged_id, kind, thing_id, until)
SELECT :merge_id::uuid, :survivor_id::uuid, :merged_id::uuid, 'message', message_id, :until::timestamptz FROM mine
UNION ALL
SELECT :merge_id::uuid, :survivor_id::uuid, :merged_id::uuid, 'about_message', message_id, :until::timestamptz FROM about
ON CONFLICT DO NOTHING;

-- name: move_deliveries!
-- The same with mails; those that tell of the merge go where they are to go.
WITH mine AS (
    UPDATE deliveries SET subject_id = :survivor_id
    WHERE subject_id = :merged_id AND mail <> ALL (:excepted::text[])
    RETURNING delivery_id
), about AS (
    UPDATE deliveries SET concerns = :survivor_id WHERE concerns = :merged_id RETURNING delivery_id
)
INSERT INTO merge_moves (merge_id, survivor_id, merged_id, kind, thing_id, until)
SELECT :merge_id::uuid, :survivor_id::uuid, :merged_id::uuid, 'delivery', delivery_id, :until::timestamptz FROM mine
UNION ALL
SELECT :merge_id::uuid, :survivor_id::uuid, :merged_id::uuid, 'about_delivery', delivery_id, :until::timestamptz FROM about
ON CONFLICT DO NOTHING;

-- name: want_no_more_than_either!
-- Who switched suggestions off under either registration gets none.
INSERT INTO preferences AS p (subject_id, version, suggestions_by_mail)
SELECT :survivor_id::uuid, 2, false FROM preferences WHERE subject_id = :merged_id AND NOT suggestions_by_mail
ON CONFLICT (subject_id) DO UPDATE SET version = p.version + 1, suggestions_by_mail = false
WHERE p.suggestions_by_mail;

-- name: move_back!
-- What moved because of a merge goes back, and is remembered no longer.
WITH moves AS (
    DELETE FROM merge_moves WHERE merge_id = :merge_id RETURNING kind, thing_id, merged_id
), messages_back AS (
    UPDATE messages AS m
    SET subject_id = CASE WHEN v.kind = 'message' THEN v.merged_id ELSE m.subject_id END,
        concerns = CASE WHEN v.kind = 'about_message' THEN v.merged_id ELSE m.concerns END
    FROM moves AS v WHERE v.kind IN ('message', 'about_message') AND v.thing_id = m.message_id
)
UPDATE deliveries AS d
SET subject_id = CASE WHEN v.kind = 'delivery' THEN v.merged_id ELSE d.subject_id END,
    concerns = CASE WHEN v.kind = 'about_delivery' THEN v.merged_id ELSE d.concerns END
FROM moves AS v WHERE v.kind IN ('delivery', 'about_delivery') AND v.thing_id = d.delivery_id;

-- name: prune_moves$
-- Forget what moved because of merges that can no longer be undone; how many.
WITH old AS (
    SELECT merge_id, kind, thing_id FROM merge_moves WHERE until < :now ORDER BY until LIMIT :rows
), removed AS (
    DELETE FROM merge_moves USING old
    WHERE merge_moves.merge_id = old.merge_id AND merge_moves.kind = old.kind AND merge_moves.thing_id = old.thing_id
    RETURNING 1
)
SELECT count(*) FROM removed;

-- name: erase_moves$
-- Forget the merges of a person; how many rows.
WITH removed AS (
    DELETE FROM merge_moves WHERE survivor_id = :subject_id OR merged_id = :subject_id RETURNING 1
)
SELECT count(*) FROM removed;
