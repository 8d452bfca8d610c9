-- Ids that differ in their spelling only are different persons with one hash of the spellings: it stays as long as one of them
-- is to stay away.

ALTER TABLE suppressed_ids ADD COLUMN links integer NOT NULL DEFAULT 1 CHECK (links > 0);
COMMENT ON COLUMN suppressed_ids.links IS 'How many ended links it stands for: gone when the last of them is brought back.';

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
    INSERT INTO suppressed_ids AS s (digest, suppressed_at, links)
    SELECT told.digest, transaction_timestamp(), count(*)
    FROM removed AS r
    CROSS JOIN LATERAL (VALUES (r.digest), (r.spelling_digest)) AS told (digest)
    WHERE r.status = 'confirmed' AND told.digest IS NOT NULL
    GROUP BY told.digest
    ORDER BY told.digest
    ON CONFLICT (digest) DO UPDATE SET links = s.links + excluded.links;
    RETURN NULL;
END $$;
