-- A row of a source tells one role in one organisation, so somebody with two roles has two ids. Whoever redeems the second
-- invitation is one person under both.
DROP INDEX external_ids_by_thing;
CREATE INDEX external_ids_by_thing ON external_ids (kind, id, source);
CREATE UNIQUE INDEX external_ids_once ON external_ids (kind, id, source) WHERE kind <> 'members';
