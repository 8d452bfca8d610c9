"""What may change in an event type without a new major.

Releases run side by side, and a topic keeps what earlier releases wrote. So within one major both must hold: whoever runs
the old release reads what the new one writes, and the new release reads what lies in the log. From that follows:

1. The topic, the key and the person concerned stay.
2. A field stays, also one with a default: the old consumer would take its default for the truth.
3. A required field stays required, and does not become nullable; an optional one does not become required.
4. A new field has a default: the log has events without it. Old consumers ignore it.
5. The type and the format of a field stay.
6. A closed vocabulary (an enumeration) gets no new word, which the old consumer would refuse, and loses none, which lies
   in the log.
7. Bounds, lengths and patterns are neither loosened (the old consumer refuses) nor tightened (the new one does).
8. The same holds inside objects, lists, dictionaries and alternatives.

Titles, descriptions and defaults may change: every producer writes every field. Whatever cannot be shown to be
compatible counts as incompatible; then the type gets a new major, which old consumers set aside as unsupported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.contracts.json_schemas import TERMS, Schema

_ANNOTATIONS = {"title", "description", "default", "examples", "$defs", "$schema", "$id", TERMS}
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_COMPARED = {
    *_LOWER,
    *_UPPER,
    "type",
    "format",
    "pattern",
    "enum",
    "items",
    "properties",
    "required",
    "additionalProperties",
}
_JSON_TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float)}


def breaks(released: Schema, next_: Schema) -> list[str]:
    """What in the next release breaks the contract that was released, in words; empty when nothing does."""
    found = [
        f"{name}: was {was}, would be {will_be}"
        for name, was in released[TERMS].items()
        if was != (will_be := next_[TERMS][name])
    ]
    old_reads = _Reading(released, next_, "an old consumer", every_field=True)
    new_reads = _Reading(next_, released, "a new consumer of what lies in the log", every_field=False)
    for reading in (old_reads, new_reads):
        found += [f"{reading.who}: {problem}" for problem in reading.refusals(reading.reader, reading.writer, "data")]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class _Reading:
    """One release reads what another writes."""

    reader: Schema
    writer: Schema
    who: str
    every_field: bool
    """Whether the reader misses also what it has a default for."""

    def refusals(
        self, reader: Schema, writer: Schema, at: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> Iterator[str]:
        """What the writer may write at this place and the reader does not accept."""
        names = (reader.get("$ref", ""), writer.get("$ref", ""))
        if all(names):
            if names in seen:
                return
            seen |= {names}
        accepted = _branches(reader, self.reader)
        for written in _branches(writer, self.writer):
            tried = [list(self._one(branch, written, at, seen)) for branch in accepted]
            if all(tried):
                same_type = [
                    found
                    for branch, found in zip(accepted, tried, strict=True)
                    if branch.get("type") == written.get("type")
                ]
                yield from same_type[0] if same_type else [f"{at} may be {_kind(written)}"]

    def _one(self, reader: Schema, writer: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        for keyword in sorted((reader.keys() | writer.keys()) - _COMPARED):
            if reader.get(keyword) != writer.get(keyword):
                yield f"{at}: {keyword} differs"
        if not reader:
            return
        if "enum" in writer:
            yield from (f"{at} may be {value!r}" for value in writer["enum"] if not _takes(reader, value))
            return
        if "enum" in reader:
            yield f"{at} may be any {_kind(writer)}"
            return
        types = (reader.get("type"), writer.get("type"))
        if types[0] != types[1] and types != ("number", "integer"):
            yield f"{at} may be {_kind(writer)}"
            return
        yield from _limits(reader, writer, at)
        if types[0] == "object":
            yield from self._object(reader, writer, at, seen)
        elif types[0] == "array":
            yield from self.refusals(reader.get("items", {}), writer.get("items", {}), f"{at}[]", seen)

    def _object(self, reader: Schema, writer: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        required, always = set(reader.get("required", ())), set(writer.get("required", ()))
        written = writer.get("properties", {})
        for name, field in reader.get("properties", {}).items():
            if name in written:
                yield from self.refusals(field, written[name], f"{at}.{name}", seen)
                if name in required - always:
                    yield f"{at}.{name} may be missing"
            elif name in required or self.every_field:
                yield f"{at}.{name} is missing"
        others, other = reader.get("additionalProperties", True), writer.get("additionalProperties", True)
        if others is False and (other is not False or written.keys() - reader.get("properties", {}).keys()):
            yield f"{at} may have fields besides those known"
        elif isinstance(others, dict):
            yield from self.refusals(others, other if isinstance(other, dict) else {}, f"{at}{{}}", seen)


def _branches(schema: Schema, root: Schema) -> list[dict[str, Any]]:
    """The alternatives of a schema, references followed, without what only explains."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return _branches(root["$defs"][name], root)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return [branch for each in schema[keyword] for branch in _branches(each, root)]
    plain = {keyword: value for keyword, value in schema.items() if keyword not in _ANNOTATIONS}
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    return [plain]


def _limits(reader: Schema, writer: Schema, at: str) -> Iterator[str]:
    for keyword in _LOWER:
        if keyword in reader and (keyword not in writer or writer[keyword] < reader[keyword]):
            yield f"{at}: {keyword} is {writer.get(keyword, 'none')}, not {reader[keyword]}"
    for keyword in _UPPER:
        if keyword in reader and (keyword not in writer or writer[keyword] > reader[keyword]):
            yield f"{at}: {keyword} is {writer.get(keyword, 'none')}, not {reader[keyword]}"
    for keyword in ("pattern", "format"):
        if keyword in reader and writer.get(keyword) != reader[keyword]:
            yield f"{at}: {keyword} is {writer.get(keyword, 'none')}, not {reader[keyword]}"


def _takes(reader: Schema, value: object) -> bool:
    """Whether a reader accepts one word of a writer's vocabulary."""
    if "enum" in reader:
        return value in reader["enum"]
    expected = _JSON_TYPES.get(reader.get("type", ""))
    if expected is None or not isinstance(value, expected) or "format" in reader:
        return False
    if not isinstance(value, str):
        return not any(_limits(reader, {"minimum": value, "maximum": value}, ""))
    length = {"minLength": len(value), "maxLength": len(value), "pattern": reader.get("pattern")}
    return not any(_limits(reader, length, "")) and bool(re.search(reader.get("pattern", ""), value))


def _kind(schema: Schema) -> str:
    return str(schema.get("type") or schema.get("enum") or "anything")
