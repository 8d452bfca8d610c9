"""Which columns of a service's tables say something about a person, and rows that say it: planted in every table.

A column of type uuid is a person's unless its name is known to be a thing's. So a new table is looked at, too, without
anybody naming it here; only what is no person, or rightly stays, is named, with the reason.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql

THINGS = frozenset(
    (
        *("organisation_id", "offer_id", "placement_id", "course_id", "session_id", "enrolment_id", "qualification_id"),
        *("contact_id", "request_id", "group_id", "invitation_id", "campaign_id", "clearance_id", "published_id"),
        *("merge_id", "duplicate_id", "link_id", "import_id", "upload", "machine_id", "boundary_id", "change_id"),
        *("delivery_id", "message_id", "erasure_id", "record_id", "step_id", "entry_id", "dead_letter_id", "family_id"),
        *("jti", "holder", "batch", "umbrella_id", "addressed_to", "organisation_ids", "thing_id", "consent_id"),
        *(
            "one_organisation_id",
            "source_organisation_id",
            "told_organisation_id",
            "other_organisation_id",
            "responsible_organisation_id",
            "proposing_organisation_id",
        ),
        *("registered_by", "comment_id", "one_organisation_id", "other_organisation_id", "substitute_id"),
        *("handler_id", "shift_id", "joint_id", "pool_id", "tandem_id", "counterpart_id", "check_in_id"),
        *("responsible_organisation_id", "proposing_organisation_id"),
        *("series_id", "template_id", "activity_id", "told_after", "moved_told_after", "plan_id", "pairing_id"),
    )
)
"""uuid columns that name a thing. `registered_by` is the organisation that registered somebody, a substitute a contact."""

MEMBERS_TABLES = frozenset(("members", "member_contacts", "invitations", "contacts", "machines"))
"""Whose `subject_id` is a member."""
OF_MEMBERS = frozenset(("coordinator_id", "member_id", "member_ids", "through", "issuer", "memberships", "invited_for"))
OF_VOLUNTEERS = frozenset(
    (
        *(
            "volunteer_id",
            "volunteer_ids",
            "survivor_id",
            "merged_id",
            "first_id",
            "second_id",
            "concerns",
            "concerning",
        ),
        "author_id",
    )
)
"""Columns that name nobody but staff, or nobody but volunteers; what ends in `_by` was done by staff."""

PLATFORM = frozenset(("outbox", "relay", "schema_revision", "ended_aggregates", "rate_limits", "rate_limit_salts"))
"""Tables of the promise without a person's column: events on their way, counters under daily keys."""

VALUES: dict[str, Any] = {
    "purpose": "processing",
    "decision": "given",
    "channel": "web",
    "identity_established": "token",
    "ground": "unlawful",
    "extension_reason": "complexity",
    "text_version": "2026-01",
    "postal_code": "29221",
    "district": "03351",
    "language": "de",
    "mail": "planted@example.org",
    "name": "Planted Person",
    "phone": "+49 5141 000000",
    "told": "planted words",
    "translations": "{}",
    "stated": "{}",
    "text": "planted words",
    "reaction": "planted",
    "consumer": "planted",
}
IN_TABLE: dict[tuple[str, str], Any] = {
    ("deliveries", "mail"): "training-enrolled",
    ("messages", "mail"): "training-enrolled",
    ("deliveries", "data"): "{}",
    ("messages", "data"): "{}",
    ("consents_held", "purpose"): "migration_experience",
    ("characteristics", "characteristic"): "migration_experience",
}
ENUMERATED = re.compile(r"\(?\(*(\w+) = ANY \(\(?ARRAY\[(.*?)\]")


@dataclass(frozen=True)
class Column:
    """One column of one table."""

    table: str
    name: str
    type: str
    is_generated: bool

    @property
    def is_person(self) -> bool:
        return self.type in ("uuid", "_uuid") and self.name not in THINGS and not self.name.startswith("after_")

    def may_name(self, *, member: bool) -> bool:
        """Whether it can be a member's id, or a volunteer's."""
        if self.table in MEMBERS_TABLES and not member:
            return False
        if self.name in OF_VOLUNTEERS:
            return not member
        return self.is_person and (member or not (self.name in OF_MEMBERS or self.name.endswith("_by")))


def columns(connection: "psycopg.Connection[Any]", schema: str) -> list[Column]:
    """Every column of every table of a schema."""
    rows = connection.execute(
        "SELECT c.table_name, c.column_name, c.udt_name, c.identity_generation = 'ALWAYS' OR c.is_generated = 'ALWAYS'"
        " FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)"
        " WHERE c.table_schema = %s AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position",
        [schema],
    )
    return [Column(table, name, type_, bool(generated)) for table, name, type_, generated in rows]


def plant(
    connection: "psycopg.Connection[Any]", schema: str, person: UUID, chosen: Iterable[str], *, member: bool
) -> None:
    """A row about a person in each of these tables, whatever the constraints say; ids of things follow from their name."""
    allowed = dict(_allowed(connection, schema))
    every = columns(connection, schema)
    for table in chosen:
        values = {
            column.name: _value(column, person, allowed, member=member)
            for column in every
            if column.table == table and not column.is_generated
        }
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(schema, table),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() * len(values)),
            ),
            list(values.values()),
        )


def lift_constraints(connection: "psycopg.Connection[Any]", schema: str) -> None:
    """Planted rows need not be possible ones; which values a column allows was read before."""
    found = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE connamespace = %s::regnamespace AND contype = 'c' AND conrelid <> 0",
        [schema],
    ).fetchall()
    for table, name in found:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def rows_about(connection: "psycopg.Connection[Any]", schema: str, table: str, person: UUID) -> list[str]:
    """The columns of a table in whose rows a person's id still occurs."""
    found = []
    for column in (each for each in columns(connection, schema) if each.table == table):
        query = sql.SQL("SELECT 1 FROM {} WHERE {}::text LIKE %s LIMIT 1").format(
            sql.Identifier(schema, table), sql.Identifier(column.name)
        )
        if connection.execute(query, [f"%{person}%"]).fetchone():
            found.append(column.name)
    return found


_ALLOWED: dict[str, dict[tuple[str, str], str]] = {}


def _allowed(connection: "psycopg.Connection[Any]", schema: str) -> Iterator[tuple[tuple[str, str], str]]:
    """By (table, column): a value that its constraint allows. Read once, before the constraints are lifted."""
    if schema not in _ALLOWED:
        rows = connection.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = %s::regnamespace AND contype = 'c' AND conrelid <> 0",
            [schema],
        ).fetchall()
        _ALLOWED[schema] = {
            (table.removeprefix(f"{schema}."), match[1]): match[2].split(",")[-1].split("::")[0].strip().strip("'")
            for table, definition in rows
            for match in ENUMERATED.finditer(definition)
        }
    yield from _ALLOWED[schema].items()


def _value(column: Column, person: UUID, allowed: dict[tuple[str, str], str], *, member: bool) -> Any:
    if column.may_name(member=member):
        return person if column.type == "uuid" else [person]
    if column.type == "uuid":
        return uuid5(person, column.name)
    place = (column.table, column.name)
    if place == ("external_ids", "kind"):
        return "members" if member else "volunteers"
    known = IN_TABLE.get(place, allowed.get(place, VALUES.get(column.name)))
    if known is not None:
        return int(known) if column.type.startswith("int") else known
    if column.type in ("text", "varchar"):
        return f"planted-{column.name}-{person.hex[:4]}"
    # Different for everybody: planted rows of two persons must not be in each other's way.
    different = {"int8": int(person.hex[:6], 16), "bytea": person.bytes[:4]}
    return different.get(column.type, _BY_TYPE.get(column.type))


_BY_TYPE: dict[str, Any] = {
    "int2": 1,
    "int4": 16,
    "float8": 52.6,
    "float4": 0.5,
    "numeric": 1,
    "bool": False,
    "timestamptz": "2026-03-01T12:00:00Z",
    "date": "2026-03-01",
    "jsonb": "[]",
    "json": "[]",
    "point": "(1,1)",
    "_text": [],
    "_int8": [],
    "_int4": [],
    "_date": [],
    "_uuid": [],
}
