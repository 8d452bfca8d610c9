"""Events at random, from the JSON Schema of their contract: whatever the schema allows, odd as it may be."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from shared.contracts.base import EventData
from shared.contracts.json_schemas import Schema, schema_of

FORMATS: Mapping[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(lambda day: day.isoformat()),
    "date-time": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat()),
}
INTEGER_AT_MOST = 2**53
TEXT_AT_MOST = 60
"""Longer texts and larger numbers cost time and find nothing more."""
UNDERSTOOD = {
    "string": {"format", "pattern", "minLength", "maxLength"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "additionalProperties"},
    "boolean": set(),
    "null": set(),
}
EXPLAINING = {"title", "description", "default", "$defs", "$schema", "$id", "x-tandem", "type"}


def events(cls: type[EventData]) -> st.SearchStrategy[EventData]:
    """Events of a class, made from its schema and read by its model."""
    return values(schema_of(cls)).map(cls.model_validate)


def values(schema: Schema, root: Schema | None = None) -> st.SearchStrategy[Any]:
    """JSON values that a schema allows.

    Raises
    ------
    ValueError
        The schema has a keyword that is not understood here, so the values would be too few or wrong.
    """
    root = root or schema
    if "$ref" in schema:
        return values(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([values(branch, root) for branch in schema["anyOf"]])
    kind = schema["type"]
    if unknown := schema.keys() - EXPLAINING - UNDERSTOOD[kind]:
        raise ValueError(f"{kind} with {unknown}")
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            lowest = schema.get("minimum", -INTEGER_AT_MOST)
            return st.integers(lowest, schema.get("maximum", INTEGER_AT_MOST))
        case "number":
            return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False)
        case "string":
            return _texts(schema)
        case "array":
            at_most = min(3, schema.get("maxItems", 3))
            return st.lists(values(schema["items"], root), min_size=schema.get("minItems", 0), max_size=at_most)
    return _objects(schema, root)


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    if "format" in schema:
        return FORMATS[schema["format"]]
    if "pattern" in schema:
        # Python's $ also stands before a last line break, pydantic's does not.
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True)
    at_most = min(schema.get("maxLength", TEXT_AT_MOST), TEXT_AT_MOST)
    return st.text(st.characters(codec="utf-8"), min_size=schema.get("minLength", 0), max_size=at_most)


def _objects(schema: Schema, root: Schema) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: values(field, root) for name, field in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties")
    if not fields and isinstance(others, dict):
        return st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=10), values(others, root), max_size=3)
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )
