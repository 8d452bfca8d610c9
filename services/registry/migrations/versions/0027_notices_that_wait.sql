-- A notice about a clearance that is to be deleted waits until it is no longer.
DROP INDEX clearances_by_notice;
CREATE INDEX clearances_by_notice ON clearances ((notices_due[1])) WHERE notices_due <> '{}' AND delete_on IS NULL;
