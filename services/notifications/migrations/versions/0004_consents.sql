ALTER TABLE volunteer_contacts
    ALTER COLUMN mail DROP NOT NULL,
    ADD COLUMN through uuid,
    ADD COLUMN mail_to_confirm text;
COMMENT ON COLUMN volunteer_contacts.through IS 'The member who is told instead of somebody without mail.';
COMMENT ON COLUMN volunteer_contacts.mail_to_confirm IS 'A new address: only the link that confirms it goes there.';

CREATE TABLE consents (
    volunteer_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    purposes text[] NOT NULL
);
COMMENT ON TABLE consents IS 'Read model of registry.consents: what holds now.';
