-- name: claim_source$
-- Whose source system of this name it is: the organisation's that named it first.
WITH added AS (
    INSERT INTO sources (source, organisation_id, added_at) VALUES (:source, :organisation_id, :now)
    ON CONFLICT (source) DO NOTHING
    RETURNING organisation_id
)
SELECT organisation_id FROM added
UNION ALL
SELECT organisation_id FROM sources WHERE source = :source
LIMIT 1;

-- name: organisation_of_source$
-- Whose source system it is.
SELECT organisation_id FROM sources WHERE source = :source;

-- name: add_machine!
-- A machine that waits for its code.
INSERT INTO machines (machine_id, organisation_id, source, name, added_at)
VALUES (:machine_id, :organisation_id, :source, :name, :now);

-- name: count_machines$
-- How many machines an organisation has.
SELECT count(*) FROM machines WHERE organisation_id = :organisation_id;

-- name: machine_for_update^
-- One machine of an organisation, locked until commit.
SELECT machine_id, organisation_id, source, name, added_at, code_expires_at, subject_id, bound_at
FROM machines WHERE machine_id = :machine_id AND organisation_id = :organisation_id
FOR UPDATE;

-- name: machine_by_code^
-- The machine for which a code was made, locked until commit.
SELECT machine_id, organisation_id, source, name, added_at, code_expires_at, subject_id, bound_at
FROM machines WHERE code_hash = :code_hash
FOR UPDATE;

-- name: set_code!
-- A code was made; the one before is void.
UPDATE machines SET code_hash = :code_hash, code_expires_at = :expires_at WHERE machine_id = :machine_id;

-- name: forget_machine_of_subject!
-- A machine whose role was withdrawn makes room for its successor under the same account.
DELETE FROM machines WHERE subject_id = :subject_id;

-- name: bind_machine!
-- The machine showed its code.
UPDATE machines SET subject_id = :subject_id, bound_at = :now, code_hash = NULL, code_expires_at = NULL
WHERE machine_id = :machine_id;

-- name: machines_of_organisation
-- The machines of an organisation, and whether the role is still theirs.
SELECT k.machine_id, k.organisation_id, k.source, k.name, k.added_at, k.code_expires_at, k.subject_id, k.bound_at,
    EXISTS (
        SELECT FROM members AS m WHERE m.subject_id = k.subject_id AND m.memberships @> jsonb_build_array(
            jsonb_build_object('organisation_id', k.organisation_id::text, 'role', 'integration'))
    ) AS holds_role
FROM machines AS k
WHERE k.organisation_id = :organisation_id::uuid
  AND k.source = :source::text -- when source

-- name: remove_machine!
-- The organisation does without it.
DELETE FROM machines WHERE machine_id = :machine_id;

-- name: organisations_within
-- An organisation and those under it, five levels deep at most.
WITH RECURSIVE within AS (
    SELECT organisation_id, 0 AS depth FROM organisations WHERE organisation_id = :organisation_id
    UNION
    SELECT o.organisation_id, w.depth + 1
    FROM within AS w JOIN organisations AS o ON o.umbrella_id = w.organisation_id
    WHERE w.depth < 5
)
SELECT DISTINCT organisation_id FROM within ORDER BY organisation_id LIMIT 10000;
