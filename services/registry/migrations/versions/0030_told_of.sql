-- Whom only an association told of waits for its contacts alone, and keeps nobody else waiting.
ALTER TABLE own_contacts ADD COLUMN source_organisation_id uuid REFERENCES organisations;
COMMENT ON COLUMN own_contacts.source_organisation_id IS
    'Whose system told of the volunteer, as long as they have not acted by themselves: only its contacts are looked for.';
UPDATE own_contacts AS own SET source_organisation_id = told.organisation_id
FROM (
    SELECT DISTINCT ON (x.id) x.id, coalesce(p.organisation_id, s.organisation_id) AS organisation_id
    FROM external_ids AS x
    JOIN sources AS s ON s.source = x.source
    LEFT JOIN consent_proofs AS p ON p.link_id = x.link_id
    WHERE x.kind = 'volunteers' AND x.by_import AND x.confirmed_at IS NULL
    ORDER BY x.id, x.imported_at
) AS told
WHERE told.id = own.volunteer_id AND own.contact_id IS NULL;

DROP INDEX own_contacts_missing;
CREATE INDEX own_contacts_missing ON own_contacts (district, since)
    WHERE contact_id IS NULL AND source_organisation_id IS NULL;
CREATE INDEX own_contacts_missing_there ON own_contacts (source_organisation_id, district, since)
    WHERE contact_id IS NULL AND source_organisation_id IS NOT NULL;

-- Those who wait for anybody, and those who wait for this organisation, who longest first.
CREATE FUNCTION waiting_for(in_district text, of_organisation uuid, at_most bigint)
RETURNS TABLE (volunteer_id uuid, since timestamptz) LANGUAGE sql STABLE AS $$
    SELECT found.volunteer_id, found.since FROM (
        (SELECT o.volunteer_id, o.since FROM own_contacts AS o
         WHERE o.district = in_district AND o.contact_id IS NULL AND o.source_organisation_id IS NULL
         ORDER BY o.since LIMIT at_most)
        UNION ALL
        (SELECT o.volunteer_id, o.since FROM own_contacts AS o
         WHERE o.source_organisation_id = of_organisation AND o.district = in_district AND o.contact_id IS NULL
           AND o.source_organisation_id IS NOT NULL
         ORDER BY o.since LIMIT at_most)
    ) AS found
    ORDER BY found.since LIMIT at_most
$$;

CREATE OR REPLACE FUNCTION note_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
    SELECT DISTINCT waiting.volunteer_id, waiting.district, clock_timestamp()
    FROM (
        SELECT c.district, c.organisation_id, count(*) AS places
        FROM before AS b JOIN contacts AS c ON c.contact_id = b.contact_id
        WHERE NOT EXISTS (
            SELECT FROM own_contacts AS o WHERE o.volunteer_id = b.volunteer_id AND o.contact_id = b.contact_id)
        GROUP BY c.district, c.organisation_id
    ) AS room
    CROSS JOIN LATERAL (
        SELECT v.volunteer_id, room.district
        FROM waiting_for(room.district, room.organisation_id, room.places) AS o
        JOIN volunteers AS v ON v.volunteer_id = o.volunteer_id
        FOR KEY SHARE OF v SKIP LOCKED
    ) AS waiting
    ORDER BY waiting.volunteer_id
    ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
