-- Contacts directory, volunteers' own contacts, support requests. First the read models of matching that they need.

CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    topic text NOT NULL,
    district text NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE offers IS 'Read model of matching.offers.';

CREATE TABLE placements (
    placement_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    offer_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    coordinator_id uuid NOT NULL,
    volunteer_id uuid NOT NULL,
    status text NOT NULL,
    dealt_with boolean NOT NULL
);
COMMENT ON TABLE placements IS 'Read model of matching.placements: who dealt with whom.';
COMMENT ON COLUMN placements.dealt_with IS 'The volunteer acted, or was confirmed: not a mere invitation.';
CREATE INDEX placements_by_volunteer ON placements (volunteer_id, organisation_id) INCLUDE (dealt_with, status);
CREATE INDEX placements_dealt_with ON placements (organisation_id, volunteer_id) WHERE dealt_with;
