-- Placements.
SELECT 1;
