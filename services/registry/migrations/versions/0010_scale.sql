-- Indexes that the size of a Land needs.

-- Of a person everything is found, also that they were merged and it was undone.
CREATE INDEX merges_by_merged ON merges (merged_id, merge_id);

-- How many an association's import has invited today.
CREATE INDEX invitations_by_day ON invitations (organisation_id, requested_at);

-- The export of a person: what somebody coordinates, and what associations' systems were told of them.
CREATE INDEX offers_by_coordinator ON offers (coordinator_id, offer_id);
CREATE INDEX changes_by_thing ON changes (id, position);

-- Those answered and those closed are tidied at different times, and most are closed.
DROP INDEX support_requests_to_tidy;
CREATE INDEX support_requests_to_tidy ON support_requests (status, changed_at) WHERE status <> 'open';
