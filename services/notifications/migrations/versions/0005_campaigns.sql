CREATE TABLE campaigns (
    campaign_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    organisation_id uuid NOT NULL,
    texts jsonb NOT NULL,
    is_open boolean NOT NULL
);
COMMENT ON TABLE campaigns IS 'Read model of registry.campaigns: what volunteers are told. Whom a campaign is for is not known here.';

CREATE TABLE merge_moves (
    merge_id uuid NOT NULL,
    survivor_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('message', 'delivery', 'about_message', 'about_delivery')),
    thing_id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (merge_id, kind, thing_id)
);
COMMENT ON TABLE merge_moves IS 'Ids only: what went on under the survivor''s id when two volunteers were merged, until that cannot be undone.';
CREATE INDEX merge_moves_by_survivor ON merge_moves (survivor_id);
CREATE INDEX merge_moves_by_merged ON merge_moves (merged_id);
CREATE INDEX merge_moves_by_end ON merge_moves (until);
