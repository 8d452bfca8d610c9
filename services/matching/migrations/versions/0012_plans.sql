-- Plans.
SELECT 1;
