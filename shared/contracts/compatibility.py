"""What may change in an event type without a new major.

Releases run side by side, and a topic keeps what earlier releases wrote. So within one major both must hold: whoever runs
the old release reads what the new one writes, and the new release reads what lies in the log. From that follows:

1. The topic, the key and the person concerned stay.
2. A field stays, also one with a default: the old consumer would take its default for the truth.
3. A required field stays required and does not become nullable; an optional one does not become required.
4. A new field is optional: the log has events without it. Old consumers ignore it.
5. The type and the format of a field stay.
6. A closed vocabulary (an enumeration) gets no new word, which the old consumer would refuse, and loses none, which lies
   in the log.
7. Bounds, lengths and patterns are neither loosened (the old consumer would refuse) nor tightened (the new one would).
8. The same holds inside objects, lists, dictionaries and alternatives.

Titles, descriptions, defaults and the order of a vocabulary may change: every producer writes every field. Whatever else
differs counts as incompatible; then the type gets a new major, which old consumers set aside as unsupported.
"""

from collections.abc import Iterator
from typing import Any

from shared.contracts.json_schemas import TERMS, Schema

_ANNOTATIONS = {"title", "description", "default", "examples", "$defs", "$schema", "$id", TERMS}
_NESTED = {"properties", "required", "items", "additionalProperties", "anyOf"}


def breaks(released: Schema, next_: Schema) -> list[str]:
    """What in the next release breaks the contract that was released, in words; empty when nothing does."""
    terms = [
        f"{name} was {was}, would be {next_[TERMS][name]}"
        for name, was in released[TERMS].items()
        if was != next_[TERMS][name]
    ]
    return terms + list(_differences(_resolved(released, released), _resolved(next_, next_), "data"))


def _resolved(schema: Any, root: Schema, within: tuple[str, ...] = ()) -> Any:
    """A schema with its references followed, without what only explains; one to itself says how far up it leads."""
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if reference in within:
        return {"$ref": len(within) - within.index(reference)}
    if reference is not None:
        return _resolved(root["$defs"][reference.removeprefix("#/$defs/")], root, (*within, reference))
    plain = {keyword: value for keyword, value in schema.items() if keyword not in _ANNOTATIONS}
    for keyword in plain.keys() & {"items", "additionalProperties"}:
        plain[keyword] = _resolved(plain[keyword], root, within)
    if "anyOf" in plain:
        plain["anyOf"] = [_resolved(branch, root, within) for branch in plain["anyOf"]]
    if "properties" in plain:
        plain["properties"] = {name: _resolved(field, root, within) for name, field in plain["properties"].items()}
    if "enum" in plain:
        plain["enum"] = sorted(plain["enum"], key=repr)
    return plain


def _differences(was: Any, would_be: Any, at: str) -> Iterator[str]:
    if not isinstance(was, dict) or not isinstance(would_be, dict):
        if was != would_be:
            yield f"{at} was {was}, would be {would_be}"
        return
    for keyword in sorted((was.keys() | would_be.keys()) - _NESTED):
        if was.get(keyword) != would_be.get(keyword):
            yield f"{at}: {keyword} was {was.get(keyword)}, would be {would_be.get(keyword)}"
    yield from _fields(was, would_be, at)
    yield from _differences(was.get("items"), would_be.get("items"), f"{at}[]")
    yield from _differences(was.get("additionalProperties"), would_be.get("additionalProperties"), f"{at}{{}}")
    yield from _alternatives(was.get("anyOf", []), would_be.get("anyOf", []), at)


def _fields(was: Schema, would_be: Schema, at: str) -> Iterator[str]:
    fields, next_fields = was.get("properties", {}), would_be.get("properties", {})
    required, next_required = set(was.get("required", ())), set(would_be.get("required", ()))
    for name, field in fields.items():
        if name not in next_fields:
            yield f"{at}.{name} is gone"
            continue
        yield from _differences(field, next_fields[name], f"{at}.{name}")
        if (name in required) != (name in next_required):
            yield f"{at}.{name} would be {'optional' if name in required else 'required'}"
    yield from (f"{at}.{name} is new and required" for name in next_fields if name in next_required - fields.keys())


def _alternatives(was: list[Any], would_be: list[Any], at: str) -> Iterator[str]:
    if len(was) != len(would_be):
        yield f"{at}: the alternatives were {was}, would be {would_be}"
        return
    for number, (branch, next_branch) in enumerate(zip(was, would_be, strict=True)):
        yield from _differences(branch, next_branch, f"{at}|{number}")
