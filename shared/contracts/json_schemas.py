"""The contracts as JSON Schemas: one file per (type, major), committed, for whoever reads our topics.

The committed file is what has been released: `compatibility` compares the next release with it.
"""

import json
from collections.abc import Mapping
from typing import Any

from shared.contracts.base import EventData

Schema = Mapping[str, Any]
Contracts = Mapping[tuple[str, int], type[EventData]]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TERMS = "x-tandem"
"""Our own keyword: topic, key and person, which belong to the contract as much as the data's form."""


def schema_of(cls: type[EventData]) -> dict[str, Any]:
    """The schema of an event's data as a consumer reads it: a field with a default is not required."""
    terms = cls.contract
    return {
        "$schema": DIALECT,
        "$id": terms.dataschema,
        TERMS: {"topic": terms.topic, "key": terms.key_field, "person": terms.person_field},
        **cls.model_json_schema(mode="validation"),
    }


def file_name(type_: str, major: int) -> str:
    """The name of a schema's file."""
    return f"{type_}.{major}.json"


def type_and_major(name: str) -> tuple[str, int]:
    """The (type, major) that a schema's file or a folder of examples is named after.

    Raises
    ------
    ValueError
        The name is none of ours.
    """
    type_, _, major = name.removesuffix(".json").rpartition(".")
    if not type_:
        raise ValueError(f"{name} is not named <type>.<major>")
    return type_, int(major)


def rendered(document: Schema) -> str:
    """A document as text, the same for the same contracts."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
