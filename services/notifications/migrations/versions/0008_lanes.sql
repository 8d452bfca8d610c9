-- Noted by a process that does not know of it yet, a mail counts as one that somebody waits for.
ALTER TABLE deliveries ADD COLUMN in_bulk boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN deliveries.in_bulk IS 'Told to many at once, and nobody waits for it: sent after what somebody waits for.';

UPDATE deliveries SET in_bulk = true
WHERE settled_at IS NULL AND mail IN (
    'undertaking-due', 'offer-suggestion', 'placement-invited', 'offer-confirmation-due', 'offer-boundary-ended',
    'activity-confirmation-due', 'tandem-check-in-due', 'tandem-trial-over-volunteer',
    'tandem-trial-over-coordinator', 'clearance-expiring-volunteer', 'clearance-expiring-member',
    'contact-confirmation-due', 'own-contact', 'own-contact-missing', 'volunteer-entrusted', 'person-request-due',
    'restriction-ending', 'restriction-ending-member', 'campaign-call', 'volunteer-imported',
    'volunteer-link-requested'
);

DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (in_bulk, due_at) WHERE settled_at IS NULL;
