"""Example records, committed: the tests of producers write them, the tests of consumers read them.

`examples/<type>.<major>/<case>.json` holds one record as {"headers": {…}, "key": "…", "value": {…}}. Tombstones lie in
`examples/tombstone.1/<topic>.json`, their value is null. Every person in them is made up.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.contracts.base import EventData
from shared.contracts.envelope import Undecodable, read_envelope, read_event
from shared.contracts.json_schemas import Contracts, schema_of, type_and_major
from shared.contracts.topics import TOPICS

FOLDER = Path(__file__).parent / "examples"
TOMBSTONES = "tombstone.1"
FULL = "full"
"""The case that every type has: every field told."""


@dataclass(frozen=True)
class Example:
    """One record."""

    path: Path
    headers: dict[str, str]
    key: str
    value: dict[str, Any] | None

    @property
    def case(self) -> str:
        """What is special about it."""
        return self.path.stem

    @property
    def name(self) -> str:
        """`<type>.<major>/<case>`, as tests print it."""
        return f"{self.path.parent.name}/{self.case}"

    @property
    def is_tombstone(self) -> bool:
        """Whether it stands among the tombstones."""
        return self.path.parent.name == TOMBSTONES

    @property
    def data(self) -> bytes | None:
        """The value as it lies in Kafka."""
        return None if self.value is None else json.dumps(self.value).encode()

    def topic(self, contracts: Contracts) -> str:
        """The topic in which it stands: a tombstone's is its file's name."""
        if self.is_tombstone:
            return self.case
        owner = self.headers["ce_source"].rpartition(":")[2]
        return contracts[type_and_major(self.path.parent.name)].contract.topic.format(service=owner)


def examples(folder: Path = FOLDER) -> Iterator[Example]:
    """Every committed example.

    Raises
    ------
    ValueError
        A file is no example.
    """
    for path in sorted(folder.glob("*/*.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            yield Example(path, told["headers"], told["key"], told["value"])
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path.parent.name}/{path.name} is no example: {error!r}") from None


def problems_of_examples(contracts: Contracts, folder: Path = FOLDER) -> list[str]:
    """What is wrong with the committed examples, in words: one that does not fit, a type without one, one without a type."""
    try:
        found = list(examples(folder))
    except ValueError as error:
        return [str(error)]
    problems = []
    for example in found:
        try:
            problem = _tombstone(example) if example.is_tombstone else _event(example, contracts)
        except (KeyError, ValueError, AttributeError) as error:
            problem = repr(error)
        if problem:
            problems.append(f"example {example.name}: {problem}")
    named = {example.name for example in found}
    missing = [name for type_, major in contracts if (name := f"{type_}.{major}/{FULL}") not in named]
    return problems + [f"example {name} is missing" for name in missing]


def _tombstone(example: Example) -> str | None:
    if example.case not in TOPICS:
        return "there is no such topic"
    envelope = read_tombstone(example)
    if example.value is not None:
        return "a tombstone's value is null"
    if envelope != ("tombstone", example.key, f"urn:tandem:{TOPICS[example.case].owner}"):
        return "its headers are not those of a tombstone of this key and topic"
    return None


def read_tombstone(example: Example) -> tuple[str, str, str]:
    """Type, subject and source of a tombstone.

    Raises
    ------
    ValueError
        The headers are no envelope.
    """
    try:
        envelope = read_envelope(example.headers)
    except Undecodable as error:
        raise ValueError(error.reason) from None
    return envelope.type, envelope.subject, envelope.source


def _event(example: Example, contracts: Contracts) -> str | None:
    cls = contracts.get(type_and_major(example.path.parent.name))
    if cls is None:
        return "its type is gone"
    if example.value is None:
        return "it has no value"
    try:
        envelope = read_envelope(example.headers)
        if (envelope.type, envelope.major) != (cls.contract.type, cls.contract.major):
            return "it is of another type than its folder"
        event = read_event(envelope, json.dumps(example.value).encode())
    except Undecodable as error:
        return error.reason
    if envelope.subject != example.key:
        return "ce_subject is not its key"
    if envelope.person != cls.contract.person_of(event):
        return "ce_person is not the person concerned"
    topic = cls.contract.topic_of(event)
    if envelope.source != f"urn:tandem:{TOPICS[topic].owner}":
        return f"only the owner of {topic} writes it"
    if example.case == FULL and (untold := _untold(cls, example.value)):
        return f"it does not tell {', '.join(untold)}"
    return _against_schema(cls, example.value)


def _untold(cls: type[EventData], value: dict[str, Any]) -> list[str]:
    return [name for name in cls.model_fields if value.get(name) in (None, "", [], {})]


def _against_schema(cls: type[EventData], value: dict[str, Any]) -> str | None:
    # A tool of development, not there in production.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(schema_of(cls), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return next((error.message for error in validator.iter_errors(value)), None)
