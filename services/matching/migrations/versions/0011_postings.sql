-- Postings.
SELECT 1;
