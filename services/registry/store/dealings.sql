-- name: deals_with$
-- Whether an organisation and a volunteer have dealt with each other.
SELECT EXISTS (
    SELECT FROM placements
    WHERE volunteer_id = :volunteer_id AND organisation_id = :organisation_id AND dealt_with
);

-- name: has_to_do_with$
-- Whether an organisation has dealt with a volunteer, or registered them itself and they are here for good.
SELECT EXISTS (
    SELECT FROM placements
    WHERE volunteer_id = :volunteer_id AND organisation_id = :organisation_id AND dealt_with
) OR EXISTS (
    SELECT FROM volunteers
    WHERE volunteer_id = :volunteer_id AND registered_by = :organisation_id AND status = 'confirmed'
);

-- name: is_in_reach$
-- Whether an organisation has dealt with a volunteer in one of these districts, or registered them there.
SELECT EXISTS (
    SELECT FROM volunteers_in_reach(
        array_fill(:organisation_id::uuid, ARRAY[cardinality(:districts::text[])]), :districts::text[]
    ) AS reached
    WHERE reached.volunteer_id = :volunteer_id
);

-- name: organisations_of_volunteer
-- The organisations with which a volunteer has dealt.
SELECT DISTINCT organisation_id FROM placements
WHERE volunteer_id = :volunteer_id AND dealt_with
ORDER BY organisation_id;

-- name: volunteers_dealt_with
-- Which of these volunteers have dealt with one of these organisations.
SELECT DISTINCT volunteer_id FROM placements
WHERE volunteer_id = ANY (:volunteer_ids::uuid[]) AND organisation_id = ANY (:organisation_ids::uuid[]) AND dealt_with;

-- name: remove_placements_of_volunteer$
-- Forget a volunteer's placements; how many rows went.
WITH removed AS (DELETE FROM placements WHERE volunteer_id = :volunteer_id RETURNING 1)
SELECT count(*) FROM removed;
