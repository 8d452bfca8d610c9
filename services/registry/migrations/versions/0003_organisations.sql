-- Organisations in full: umbrella, legal profile, lists; members and their invitations; districts of every Land.

CREATE FUNCTION folded(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(translate(replace(replace($1, 'ß', 'ss'), 'ẞ', 'SS'), 'ÄÖÜäöüÀÁÂÈÉÊÌÍÎÒÓÔÙÚÛàáâèéêìíîòóôùúûçñşğıİ', 'AOUaouAAAEEEIIIOOOUUUaaaeeeiiiooouuucnsgiI'));
COMMENT ON FUNCTION folded IS 'A name as it is sorted and searched: DIN 5007-1, whatever the locale of the database.';

ALTER TABLE organisations
    ADD COLUMN sort_name text NOT NULL GENERATED ALWAYS AS (folded(name)) STORED,
    ADD COLUMN umbrella_id uuid REFERENCES organisations,
    ADD COLUMN legal_profile text NOT NULL DEFAULT 'gdpr' CHECK (legal_profile IN ('gdpr', 'kdg', 'dsg_ekd')),
    ADD CONSTRAINT organisations_not_under_themselves CHECK (umbrella_id <> organisation_id);
COMMENT ON COLUMN organisations.legal_profile IS 'Which law on data protection binds it: DSGVO, KDG (Caritas) or DSG-EKD (Diakonie).';
CREATE INDEX organisations_by_name ON organisations (sort_name, organisation_id);
CREATE INDEX organisations_by_registration ON organisations (registered_at, organisation_id);
CREATE INDEX organisations_by_umbrella ON organisations (umbrella_id, sort_name, organisation_id) WHERE umbrella_id IS NOT NULL;
CREATE INDEX organisations_by_kind ON organisations (kind, sort_name, organisation_id);
CREATE INDEX organisations_by_words ON organisations USING gin (to_tsvector('simple', sort_name));

ALTER TABLE member_contacts ADD COLUMN sort_name text NOT NULL GENERATED ALWAYS AS (folded(name)) STORED;

ALTER TABLE invitations
    ADD COLUMN version bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN invited_by uuid;
COMMENT ON COLUMN invitations.invited_by IS 'Who invited, while it can be redeemed: nobody gives themselves a role of the authorities.';
DROP INDEX invitations_by_expiry, invitations_by_organisation;
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
CREATE INDEX invitations_by_organisation ON invitations (organisation_id, expires_at, invitation_id) WHERE redeemed_at IS NULL;
CREATE INDEX invitations_by_inviter ON invitations (invited_by) WHERE invited_by IS NOT NULL;

ALTER TABLE places ADD COLUMN attribution text NOT NULL DEFAULT '';
COMMENT ON COLUMN places.attribution IS 'Whom the licence of an import wants named wherever it is shown; empty for what is bundled.';

ALTER TABLE districts
    ADD COLUMN seat text NOT NULL DEFAULT '',
    ADD COLUMN attribution text NOT NULL DEFAULT '',
    ADD COLUMN sort_name text NOT NULL GENERATED ALWAYS AS (folded(name)) STORED;
CREATE INDEX districts_by_name ON districts (sort_name, ags);
