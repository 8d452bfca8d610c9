-- Shifts.
SELECT 1;
