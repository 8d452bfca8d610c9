-- Indexes that the size of a Land needs.

-- Of a person everything is found, also that they were merged and it was undone.
CREATE INDEX merges_by_merged ON merges (merged_id, merge_id);

-- How many an association's import has invited today.
CREATE INDEX invitations_by_day ON invitations (organisation_id, requested_at);
