-- What moved when two volunteers were merged: remembered until that can no longer be undone.

CREATE TABLE merge_moves (
    merge_id uuid NOT NULL,
    survivor_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('placement', 'given_up', 'told')),
    thing_id uuid NOT NULL,
    was text,
    until timestamptz NOT NULL,
    PRIMARY KEY (merge_id, kind, thing_id),
    CHECK ((kind = 'given_up') = (was IS NOT NULL))
);
COMMENT ON TABLE merge_moves IS 'Ids only: placements and suggestions that went on under the survivor''s id, and requests given up for another of the same person.';
COMMENT ON COLUMN merge_moves.was IS 'The status of a request before it was given up.';
CREATE INDEX merge_moves_by_survivor ON merge_moves (survivor_id);
CREATE INDEX merge_moves_by_merged ON merge_moves (merged_id);
CREATE INDEX merge_moves_by_end ON merge_moves (until);
