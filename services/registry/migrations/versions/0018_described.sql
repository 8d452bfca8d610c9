-- By these a coordinator may merge: whoever came to look like somebody who was there already may be of anybody's making.

ALTER TABLE volunteers ADD COLUMN moved_at timestamptz;
COMMENT ON COLUMN volunteers.moved_at IS 'Since when the postal code is what it is; null: since the registration.';
ALTER TABLE volunteer_contacts ADD COLUMN described_at timestamptz, ADD COLUMN mail_since timestamptz;
COMMENT ON COLUMN volunteer_contacts.described_at IS
    'Since when name, mail and phone are what they are; null: since the registration.';
COMMENT ON COLUMN volunteer_contacts.mail_since IS
    'Since when mails go to this address: links that were asked for before went to another; null: since the registration.';
