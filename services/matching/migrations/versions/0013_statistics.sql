-- Statistics.
SELECT 1;
