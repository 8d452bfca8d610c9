"""What a service holds of a person, as a document that people can read: in German or English, third persons left out.

The words stand in `words.toml`: one for every name that an export knows, in both languages. Names that are not there are
shown as they are; a test of each service makes sure that none is missing.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from shared.documents.blocks import Block, Document, Facts, Heading, Paragraph, Table
from shared.runtime.clock import BERLIN

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")
COLUMNS_AT_MOST = 6
NOTHING = "–"

OTHER_PERSONS = frozenset(
    (
        *("coordinator_id", "officer_id", "actor_id", "substitute_id", "speaker_id", "member_id", "member_ids"),
        *("contact_subject_id", "kept_id", "merged_id", "invited_by", "recorded_by", "decided_by", "inspected_by"),
        *("answered_by", "asked_by", "taken_by_id", "concerns", "volunteer_ids", "by_id", "author_id", "trainer_id"),
        *("through", "handler_id", "first_id", "second_id", "survivor_id"),
    )
)
"""Names whose value may be somebody else: shown only when it is the person themself (Art. 15(4) DSGVO)."""
FIRST_AND_LAST = (("start", "end"), ("first_day", "last_day"), ("begins_at", "ends_at"), ("valid_from", "valid_until"))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""A day as JSON has it."""
PERSONS = frozenset(("subject_id", "volunteer_id", "person_id"))


def without_other_persons(value: Any, subject_id: UUID) -> Any:
    """The same, with every other person's id left out (Art. 15(4) DSGVO): null, or missing from a list."""
    if isinstance(value, Mapping):
        return {name: _kept(name, inner, subject_id) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_other_persons(inner, subject_id) for inner in value]
    return value


def _kept(name: str, value: Any, subject_id: UUID) -> Any:
    is_person = name in OTHER_PERSONS or name in PERSONS or name.endswith("_by")
    if not is_person or value is None:
        return without_other_persons(value, subject_id)
    if isinstance(value, list | tuple):
        return [each for each in value if str(each) == str(subject_id)]
    if isinstance(value, str | UUID) and not _is_id(value):
        return value
    return value if str(value) == str(subject_id) else None


def _is_id(value: str | UUID) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


@cache
def words() -> dict[str, dict[str, Any]]:
    """The words of `words.toml`: `names`, `values`, `values_of`, `services`, `texts`, `information`."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def said(field: str, value: str, language: Language) -> str:
    """A value in words: as its field means it, else as all fields do; what is not known stays as it is."""
    meant = words()["values_of"].get(field, {}).get(value)
    return str(meant[LANGUAGES.index(language)]) if meant is not None else word("values", value, language)


def word(group: str, name: str, language: Language) -> str:
    """A word in one language; what is not known stays as it is, readable."""
    found = words()[group].get(name)
    if found is None:
        return name.replace("_", " ") if group == "names" else name
    return str(found[LANGUAGES.index(language)])


def information(service: str, language: Language, *, to_the_person: bool = True) -> list[str]:
    """What Art. 15(1) DSGVO wants to be told besides: purposes, recipients, duration, rights, origin.

    Of what is handed to somebody else for the person: what only the person themself is given, too.
    """
    general: list[list[str]] = words()["information"]["general"]
    own: list[list[str]] = words()["information"][service]
    withheld: list[list[str]] = [] if to_the_person else [words()["only_for_the_person"][service]]
    return [lines[LANGUAGES.index(language)] for lines in (*withheld, *own, *general)]


def in_words(value: Any, terms: Mapping[str, Mapping[str, Mapping[str, str]]], language: Language) -> Any:
    """The same, with terms of vocabularies in words. `terms`: by name of the field, term → language → word."""
    if isinstance(value, Mapping):
        return {
            name: [terms[name].get(each, {}).get(language, each) for each in inner]
            if name in terms and isinstance(inner, list | tuple)
            else in_words(inner, terms, language)
            for name, inner in value.items()
        }
    return [in_words(each, terms, language) for each in value] if isinstance(value, list | tuple) else value


def record_document(service: str, record: Mapping[str, Any], created: datetime, language: Language) -> Document:
    """An export as a document. `record`: scalars, objects and lists of objects, as in its JSON.

    Of what stands in `only_for_the_person` it is not said that nothing is stored.
    """
    at = LANGUAGES.index(language)
    withheld = record.get("only_for_the_person", ())
    record = {name: value for name, value in record.items() if name != "only_for_the_person"}
    told = information(service, language, to_the_person=not withheld)
    blocks: list[Block] = [Paragraph(line) for line in told]
    held = {name: value for name, value in record.items() if value is not None and value not in ([], (), {})}
    scalars = {name: value for name, value in held.items() if not isinstance(value, Mapping | list | tuple)}
    blocks.append(_facts(scalars, language))
    for name, value in held.items():
        if name not in scalars:
            blocks.append(Heading(word("names", name, language)))
            blocks += _blocks(value, language, 2)
    if nothing := [word("names", name, language) for name in record if name not in held and name not in withheld]:
        blocks += [Heading(word("texts", "nothing", language)), Paragraph(", ".join(nothing))]
    title, footer = words()["texts"]["title"][at], words()["texts"]["footer"][at]
    service_word = word("services", service, language)
    return Document(f"{title}: {service_word}", language, created, tuple(blocks), footer)


def _blocks(value: Any, language: Language, level: int) -> Iterator[Block]:
    if isinstance(value, Mapping):
        yield from _object(value, language, level)
    elif all(isinstance(each, Mapping) for each in value):
        yield from _rows(value, language, level)
    else:
        yield Paragraph(_shown("", value, language))


def _object(value: Mapping[str, Any], language: Language, level: int) -> Iterator[Block]:
    nested = {name: inner for name, inner in value.items() if _is_nested(inner)}
    value = {name: value[name] for name in _in_order(value)}
    flat = {name: inner for name, inner in value.items() if name not in nested}
    if flat:
        yield _facts(flat, language)
    for name, inner in nested.items():
        yield Heading(word("names", name, language), 3 if level > 2 else 2)
        yield from _blocks(inner, language, level + 1)


def _rows(rows: Sequence[Mapping[str, Any]], language: Language, level: int) -> Iterator[Block]:
    columns = _in_order(dict.fromkeys(name for row in rows for name in row))
    is_flat = not any(_is_nested(inner) for row in rows for inner in row.values())
    if is_flat and len(columns) <= COLUMNS_AT_MOST:
        header = tuple(word("names", name, language) for name in columns)
        yield Table(header, tuple(tuple(_shown(name, row.get(name), language) for name in columns) for row in rows))
        return
    for number, row in enumerate(rows, 1):
        yield Heading(str(number), 3 if level > 2 else 2)
        yield from _object(row, language, level + 1)


def _is_nested(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value)


def _facts(values: Mapping[str, Any], language: Language) -> Facts:
    return Facts(
        tuple((word("names", name, language), _shown(name, value, language)) for name, value in values.items())
    )


def _in_order(names: Iterable[str]) -> list[str]:
    """The same names, the first of two that belong together before the last: JSON from the database is sorted by name."""
    found = list(names)
    for first, last in FIRST_AND_LAST:
        if first in found and last in found and found.index(last) < found.index(first):
            found.remove(first)
            found.insert(found.index(last), first)
    return found


def _shown(field: str, value: Any, language: Language) -> str:
    match value:
        case None | [] | () | {}:
            return NOTHING
        case bool():
            return word("values", "yes" if value else "no", language)
        case datetime():
            local = value.astimezone(BERLIN)
            return f"{local:%d.%m.%Y, %H:%M} Uhr" if language == "de" else f"{local:%d %B %Y, %H:%M}"
        case date():
            return f"{value:%d.%m.%Y}" if language == "de" else f"{value:%d %B %Y}"
        case list() | tuple():
            return ", ".join(_shown(field, each, language) for each in value)
        case str():
            day = _day(value)
            return said(field, value, language) if day is None else _shown(field, day, language)
    return str(value)


def _day(value: str) -> date | None:
    if not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
