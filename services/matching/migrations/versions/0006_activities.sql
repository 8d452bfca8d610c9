-- Activities.
SELECT 1;
