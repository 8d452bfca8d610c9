-- A group's request goes on with its next speaker: what they write is theirs, to be handed out to them and erased with them.
ALTER TABLE support_messages ADD COLUMN author_id uuid;
COMMENT ON COLUMN support_messages.author_id IS 'The volunteer who wrote it, unless it is who asked; null: who asked, or staff.';
CREATE INDEX support_messages_by_author ON support_messages (author_id) WHERE author_id IS NOT NULL;
