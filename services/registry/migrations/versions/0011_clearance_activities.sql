-- An offer says for which kind of activity it asks for a clearance; until then that was its topic.

ALTER TABLE offers ADD COLUMN clearance_activity text;
COMMENT ON COLUMN offers.clearance_activity IS 'The kind of activity for which a clearance is asked for; null: none is, and the topic counts.';
CREATE INDEX offers_by_organisation_and_activity ON offers (organisation_id, clearance_activity) WHERE clearance_activity IS NOT NULL;
