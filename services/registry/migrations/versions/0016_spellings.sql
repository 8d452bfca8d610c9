-- Beside the hash of an external id as it is told, the hash of what is the same in every spelling of it.

ALTER TABLE external_ids ADD COLUMN spelling_digest bytea;
COMMENT ON COLUMN external_ids.spelling_digest IS
    'Keyed hash of the external id without case, white space and Unicode form: what keeps other spellings out after an erasure.';

CREATE OR REPLACE FUNCTION end_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH removed AS (
        DELETE FROM external_ids AS x USING (
            SELECT found.link_id, b.status
            FROM before AS b
            CROSS JOIN LATERAL (
                SELECT link_id FROM external_ids WHERE kind = 'volunteers' AND id = b.volunteer_id OFFSET 0
            ) AS found
        ) AS gone
        WHERE x.link_id = gone.link_id
        RETURNING x.digest, x.spelling_digest, gone.status
    )
    INSERT INTO suppressed_ids (digest, suppressed_at)
    SELECT DISTINCT told.digest, transaction_timestamp()
    FROM removed AS r
    CROSS JOIN LATERAL (VALUES (r.digest), (r.spelling_digest)) AS told (digest)
    WHERE r.status = 'confirmed' AND told.digest IS NOT NULL
    ON CONFLICT (digest) DO NOTHING;
    RETURN NULL;
END $$;
