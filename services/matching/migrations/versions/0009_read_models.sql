-- Read models.
SELECT 1;
