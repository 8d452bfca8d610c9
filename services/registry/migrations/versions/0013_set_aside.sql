CREATE TABLE clearances_set_aside (
    LIKE clearances,
    merge_id uuid NOT NULL REFERENCES merges ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (clearance_id)
);
COMMENT ON TABLE clearances_set_aside IS 'Of two clearances for one purpose the one that was inspected earlier, whose person may be another one after all: counts for nothing, is shown to nobody but that person, and goes with the time for undoing the merge, or with the clearance that counts.';
CREATE INDEX clearances_set_aside_by_merge ON clearances_set_aside (merge_id);
CREATE INDEX clearances_set_aside_by_volunteer ON clearances_set_aside (volunteer_id);
