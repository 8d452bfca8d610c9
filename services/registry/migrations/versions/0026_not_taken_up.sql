-- An activity that is not taken up: its clearance goes at once (§ 72a(5) sentence 5 SGB VIII), so nobody waits for a year.
UPDATE clearance_terms SET waiting_days = 90, version = version + 1 WHERE waiting_days > 90;
ALTER TABLE clearance_terms
    DROP CONSTRAINT clearance_terms_waiting_days_check,
    ADD CONSTRAINT clearance_terms_waiting_days_check CHECK (waiting_days BETWEEN 1 AND 90);
