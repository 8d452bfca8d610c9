-- The mail with which somebody may answer to an association goes to the address that the association told. When that is
-- corrected, what was mailed to the earlier address decides nothing any more.

ALTER TABLE external_ids ADD COLUMN answered_from timestamptz;
COMMENT ON COLUMN external_ids.answered_from IS
    'Mailed links of the answer that end before are of an address that was corrected since; null: it never was.';
