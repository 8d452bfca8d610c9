-- What moved when two volunteers were merged: remembered until that can no longer be undone.

CREATE TABLE merge_moves (
    merge_id uuid NOT NULL,
    survivor_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('enrolment', 'given_up', 'qualification', 'ended')),
    thing_id uuid NOT NULL,
    was text,
    completed_at timestamptz,
    until timestamptz NOT NULL,
    PRIMARY KEY (merge_id, kind, thing_id),
    CHECK ((kind = 'given_up') = (was IS NOT NULL))
);
COMMENT ON TABLE merge_moves IS 'Ids only: enrolments and qualifications that went on under the survivor''s id, and what was given up because the same person had it twice.';
COMMENT ON COLUMN merge_moves.was IS 'The status of an enrolment before it was given up; completed_at: when it was completed.';
CREATE INDEX merge_moves_by_survivor ON merge_moves (survivor_id);
CREATE INDEX merge_moves_by_merged ON merge_moves (merged_id);
CREATE INDEX merge_moves_by_end ON merge_moves (until);
