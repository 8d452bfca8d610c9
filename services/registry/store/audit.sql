-- name: append_audit_entries!
-- Add entries, one for each thing.
INSERT INTO audit_log (entry_id, recorded_at, actor_kind, actor_id, organisation_ids, action, kind, thing_id,
    concerning, why)
SELECT e.entry_id, :recorded_at, :actor_kind, :actor_id, :organisation_ids, :action, :kind, e.thing_id, e.concerning, :why
FROM unnest(:entry_ids::uuid[], :thing_ids::uuid[], :persons::uuid[]) AS e (entry_id, thing_id, concerning);

-- name: seal_audit_log^
-- Chain up what was appended since; how many entries, and where the chain ends now.
SELECT sealed, head_position, head_hash FROM seal_audit_log(:at_most);

-- name: forget_audit_log$
-- Forget the oldest entries whose time has come; how many went.
SELECT forgotten FROM forget_audit_log(:at_most);

-- name: audit_chain^
-- Where the chain begins and ends.
SELECT base_position, base_hash, head_position, head_hash FROM audit_chain;

-- name: audit_entries_from
-- The next sealed entries, in the order of the chain.
SELECT * FROM audit_log WHERE position > :position ORDER BY position LIMIT :rows;

-- name: unsealed_audit_entries$
-- How many entries wait to be sealed.
SELECT count(*) FROM audit_log WHERE position IS NULL;

-- name: audit_entries_listed
-- The audit log, for the privacy officer.
SELECT e.entry_id, e.recorded_at, e.actor_kind, e.actor_id, e.organisation_ids, e.action, e.kind, e.thing_id,
    e.concerning, e.why, e.position
FROM audit_log AS e
WHERE true
  AND e.concerning = :concerning::uuid -- when concerning
  AND e.actor_id = :actor_id::uuid -- when actor_id
  AND e.thing_id = :thing_id::uuid -- when thing_id
