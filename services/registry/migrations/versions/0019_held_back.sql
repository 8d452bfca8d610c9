-- While somebody's data may only be stored (Art. 18 DSGVO), an association is answered as about everybody else, so that no
-- answer tells of the restriction; what follows from what it told waits for the end of it.

ALTER TABLE external_ids ADD COLUMN held_back_since timestamptz;
COMMENT ON COLUMN external_ids.held_back_since IS
    'Told while the data was only to be stored: the volunteer was not asked yet, or the row had no effect; null: it had.';
CREATE INDEX external_ids_held_back ON external_ids (id) WHERE held_back_since IS NOT NULL;
