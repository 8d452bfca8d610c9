-- Whoever leaves, is erased, merged or gets another contact leaves room behind: as many of those who wait in the district of
-- the contact are asked about. Whoever is just being erased or changed is passed over; nobody waits for them here.
CREATE FUNCTION note_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO own_contact_checks (volunteer_id, district, noted_at)
    SELECT waiting.volunteer_id, waiting.district, clock_timestamp()
    FROM (
        SELECT c.district, count(*) AS places
        FROM before AS b JOIN contacts AS c ON c.contact_id = b.contact_id
        WHERE NOT EXISTS (
            SELECT FROM own_contacts AS o WHERE o.volunteer_id = b.volunteer_id AND o.contact_id = b.contact_id)
        GROUP BY c.district
    ) AS room
    CROSS JOIN LATERAL (
        SELECT o.volunteer_id, o.district
        FROM own_contacts AS o JOIN volunteers AS v ON v.volunteer_id = o.volunteer_id
        WHERE o.district = room.district AND o.contact_id IS NULL
        ORDER BY o.since
        LIMIT room.places
        FOR KEY SHARE OF v SKIP LOCKED
    ) AS waiting
    ORDER BY waiting.volunteer_id
    ON CONFLICT (volunteer_id) DO UPDATE SET noted_at = excluded.noted_at;
    RETURN NULL;
END $$;
CREATE TRIGGER room_left_by_deletion AFTER DELETE ON own_contacts
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION note_room();
CREATE TRIGGER room_left_by_change AFTER UPDATE ON own_contacts
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION note_room();
