-- Tandems.
SELECT 1;
