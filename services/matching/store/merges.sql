-- name: version_of_volunteer$
-- At which version the read model knows a volunteer; null: not at all.
SELECT version FROM volunteers WHERE volunteer_id = :volunteer_id;

-- name: placement_ids_of_both
-- Every placement of the two, in order.
SELECT placement_id FROM placements WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) ORDER BY placement_id;

-- name: hand_over_placement!
-- A placement goes on under another id; its offer's row is locked.
UPDATE placements SET version = :version, volunteer_id = :volunteer_id WHERE placement_id = :placement_id;

-- name: move_told
-- What one was told counts as told to the other; answers what that had not been told before.
WITH gone AS (
    DELETE FROM told_suggestions
    WHERE volunteer_id = :from_id AND (:only::uuid[] IS NULL OR offer_id = ANY (:only::uuid[]))
    RETURNING offer_id, told_at
)
INSERT INTO told_suggestions (volunteer_id, offer_id, told_at)
SELECT :to_id, offer_id, told_at FROM gone
ON CONFLICT (volunteer_id, offer_id) DO NOTHING
RETURNING offer_id;

-- name: move_asks!
-- How often one was asked, and what they declined, counts for the other.
WITH asked AS (
    DELETE FROM asks WHERE volunteer_id = :from_id RETURNING offer_id, kind, asked_at
), kept AS (
    INSERT INTO asks (volunteer_id, offer_id, kind, asked_at)
    SELECT :to_id, offer_id, kind, asked_at FROM asked
    ON CONFLICT DO NOTHING
), declined AS (
    DELETE FROM declined_topics WHERE volunteer_id = :from_id RETURNING topic, declined_at
)
INSERT INTO declined_topics AS d (volunteer_id, topic, declined_at)
SELECT :to_id, topic, declined_at FROM declined
ON CONFLICT (volunteer_id, topic) DO UPDATE SET declined_at = greatest(d.declined_at, excluded.declined_at);

-- name: drop_checks_of!
-- Nobody looks at a merged volunteer any more, or proposes them.
WITH proposed AS (
    DELETE FROM plan_pairings WHERE volunteer_id = :volunteer_id
)
DELETE FROM suggestion_checks WHERE volunteer_id = :volunteer_id;

-- name: remember_moves!
-- What moved because of a merge.
INSERT INTO merge_moves (merge_id, survivor_id, merged_id, kind, thing_id, was, until)
SELECT :merge_id, :survivor_id, :merged_id, moved.kind, moved.thing_id, moved.was, :until
FROM unnest(:kinds::text[], :thing_ids::uuid[], :were::text[]) AS moved (kind, thing_id, was)
ON CONFLICT DO NOTHING;

-- name: moves_of
-- What moved because of a merge.
SELECT kind, thing_id, was FROM merge_moves WHERE merge_id = :merge_id ORDER BY kind, thing_id;

-- name: forget_moves!
-- The merge was undone.
DELETE FROM merge_moves WHERE merge_id = :merge_id;

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
    DELETE FROM merge_moves WHERE survivor_id = :volunteer_id OR merged_id = :volunteer_id RETURNING 1
)
SELECT count(*) FROM removed;
