"""A valid request for any endpoint, made from the document of its API: only the permission decides how it is answered."""

from typing import Any
from uuid import UUID, uuid4

DISTRICT = "03351"
NAMED: dict[str, Any] = {
    "postal_code": "29221",
    "district": DISTRICT,
    "districts": [DISTRICT],
    "language": "de",
    "languages": [],
    "name": "Somebody (Demo)",
    "contact_name": "Somebody (Demo)",
    "text_version": "2026-01",
    "source": "demo_system",
    "external_id": "4711",
    "received_on": "2026-01-02",
    "inspected_on": "2026-01-02",
    "certificate_date": "2026-01-01",
    "valid_from": "2026-01-02",
    "valid_until": "2027-01-02",
    "starts_on": "2026-12-01",
    "ends_on": "2026-12-31",
    "topic": "homework_help",
    "texts": {"de": {"subject": "Aufruf (Demo)", "paragraphs": ["Ein erfundener Aufruf."]}},
    "birth_date": "1990-01-01",
    "reference": "F-2026-001",
    "start": "15:00",
    "end": "17:00",
}
"""What a pattern or a rule asks for, by the name of the field."""


IN_PATH: dict[str, str] = {"name": "skills", "purpose": "campaigns", "topic": "homework_help"}


def body_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The smallest JSON body that the operation's schema allows; None when it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else _smallest(document, schema)


def query_of(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the query that are required."""
    wanted = [p for p in operation.get("parameters", []) if p["in"] == "query" and p.get("required")]
    return {p["name"]: _named(p["name"], _smallest(document, p["schema"])) for p in wanted}


def path_of(path: str, document: dict[str, Any], operation: dict[str, Any], known: dict[str, UUID | str]) -> str:
    """The path with something that nobody has: ids that point to nothing, unless `known` names one."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            name = parameter["name"]
            otherwise = IN_PATH.get(name) or _named(name, _smallest(document, parameter["schema"]))
            value = known.get(name, otherwise)
            path = path.replace("{" + name + "}", str(value))
    return path


def _named(name: str, otherwise: Any) -> Any:
    # Somebody else each time: mails to one address are few.
    return f"{uuid4().hex[:12]}@example.org" if name in ("mail", "contact_mail") else NAMED.get(name, otherwise)


def _smallest(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        found: dict[str, Any] = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _smallest(document, found)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _smallest(document, next(each for each in schema[choice] if each.get("type") != "null"))
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            fields, required = schema.get("properties", {}), schema.get("required", [])
            return {name: _named(name, _smallest(document, fields[name])) for name in required}
        case "array":
            return [_smallest(document, schema["items"])] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
    return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    match schema.get("format"):
        case "uuid":
            return str(uuid4())
        case "date":
            return "2026-12-01"
        case "date-time":
            return "2026-12-01T12:00:00Z"
        case "time":
            return "12:00"
    return "x" * max(int(schema.get("minLength", 1)), 1)


def content_type_of(operation: dict[str, Any]) -> str | None:
    """What the body is when it is no JSON: a file."""
    content = operation.get("requestBody", {}).get("content", {})
    return None if not content or "application/json" in content else str(next(iter(content)))
