"""From the bytes of a record to a row, or to what is wrong with it; and by what a row is known again. Pure."""

from collections.abc import Mapping
from dataclasses import replace

import orjson

from services.registry.models.exchange import (
    AnyRow,
    Incoming,
    Kind,
    Outcome,
    Result,
    RowFault,
    external_id_of,
    row_of,
)
from services.registry.rules.import_files import TOO_LONG, Columns, Shapes, Unreadable, nested
from services.registry.rules.suppression import KeyedHashes

COLUMNS: Mapping[Kind, frozenset[str]] = {
    Kind.ORGANISATIONS: frozenset(("external_id", "name", "kind", "districts", "legal_profile")),
    Kind.MEMBERS: frozenset(("external_id", "organisation", "name", "mail", "language", "role", "districts")),
    Kind.CONTACTS: frozenset(
        ("external_id", "organisation", "member", "district", "topic", "languages", "name", "mail", "phone",
         "postal_code", "office_hours", "absences", "capacity", "substitute")
    ),
    Kind.VOLUNTEERS: frozenset(
        ("external_id", "name", "mail", "language", "postal_code", "district", "languages", "wishes", "skills",
         "availability", "reach_km", "travel", "birth_date", "consent.purpose", "consent.text_version",
         "consent.given_at", "consent.channel", "consent.reference")
    ),
}  # fmt: skip
"""The columns that a CSV file of a kind may have."""

SHAPES: Mapping[Kind, Shapes] = {
    Kind.ORGANISATIONS: Shapes(lists=frozenset(("districts",))),
    Kind.MEMBERS: Shapes(lists=frozenset(("districts",))),
    Kind.CONTACTS: Shapes(
        lists=frozenset(("languages",)),
        parts={"office_hours": ("day", "start", "end"), "absences": ("first_day", "last_day")},
        divider=" ",
        examples={"office_hours": "monday 09:00 12:00", "absences": "2026-07-01 2026-07-14"},
    ),
    Kind.VOLUNTEERS: Shapes(
        lists=frozenset(("wishes", "skills", "travel")),
        parts={"languages": ("language", "level"), "availability": ("day", "part")},
        examples={"languages": "uk:native", "availability": "monday:evening"},
    ),
}


def read(
    kind: Kind, number: int, record: bytes, columns: Columns | None, source: str, hashes: KeyedHashes
) -> Incoming[AnyRow] | Result:
    """A record as a row; a result at once when it cannot be one."""
    try:
        if record == TOO_LONG:
            raise Unreadable("row-too-long")
        values = _object(record) if columns is None else nested(columns.read(record), SHAPES[kind])
    except Unreadable as unreadable:
        return _refused(number, RowFault("#", unreadable.code))
    external_id = external_id_of(values.pop("external_id", None))
    if isinstance(external_id, RowFault):
        return _refused(number, external_id)
    row = row_of(kind, values)
    if isinstance(row, tuple):
        digest = hashes.of_external_id(source, kind, external_id)
        faults = row if columns is None else tuple(_with_example(fault, SHAPES[kind]) for fault in row)
        return Result(number, Outcome.REFUSED, faults, digest, external_id)
    return incoming(number, source, kind, external_id, row, hashes)


def digest_of(kind: Kind, record: bytes, columns: Columns | None, source: str, hashes: KeyedHashes) -> bytes | None:
    """By which external id a record is known, as far as it can be read."""
    try:
        values = _object(record) if columns is None else columns.read(record)
    except Unreadable:
        return None
    external_id = external_id_of(values.get("external_id"))
    return None if isinstance(external_id, RowFault) else hashes.of_external_id(source, kind, external_id)


def incoming(
    number: int, source: str, kind: Kind, external_id: str, row: AnyRow, hashes: KeyedHashes
) -> Incoming[AnyRow]:
    """A row with what it is known by. Fields at their defaults do not count: a later release may have more of them."""
    content = row.model_dump_json(exclude_defaults=True).encode()
    digest = hashes.of_external_id(source, kind, external_id)
    spelling = hashes.of_spellings(source, kind, external_id)
    return Incoming(number, external_id, row, digest, spelling, hashes.of_content(content))


def _object(record: bytes) -> dict[str, object]:
    try:
        values = orjson.loads(record)
    except orjson.JSONDecodeError:
        raise Unreadable("malformed-json") from None
    if not isinstance(values, dict):
        raise Unreadable("not-an-object")
    return values


def _with_example(fault: RowFault, shapes: Shapes) -> RowFault:
    """In a table the parts of an entry have no names: how the whole entry is written is said at each of them."""
    example = shapes.examples.get(fault.pointer.removeprefix("#/").partition("/")[0])
    if example is None or fault.de is None or fault.en is None:
        return fault
    return replace(
        fault,
        de=f"{fault.de} Ein Eintrag sieht so aus: {example}",
        en=f"{fault.en} An entry looks like this: {example}",
    )


def _refused(number: int, fault: RowFault) -> Result:
    return Result(number, Outcome.REFUSED, (fault,))
