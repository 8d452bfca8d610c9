"""Refusals and errors as RFC 9457 problem details: a stable code, a text in German and in English, nothing internal.

`title` and `detail` are in the reader's language (`Accept-Language`, German unless English is preferred); of `detail` both
texts are there too.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_jsonable_python
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.http.validation import Fault, faults_of
from shared.runtime.errors import Reason, Refusal
from shared.telemetry import correlation

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"

STATUS: dict[Reason, HTTPStatus] = {
    Reason.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Reason.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Reason.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.GONE: HTTPStatus.GONE,
    Reason.CONFLICT: HTTPStatus.CONFLICT,
    Reason.NOT_YET_KNOWN: HTTPStatus.CONFLICT,
    Reason.VERSION_MISMATCH: HTTPStatus.PRECONDITION_FAILED,
    Reason.VERSION_REQUIRED: HTTPStatus.PRECONDITION_REQUIRED,
    Reason.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
}


@dataclass(frozen=True)
class Problem:
    """What is answered instead of a result."""

    status: int
    code: str
    de: str
    en: str
    headers: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def response(self, accept_language: str | None) -> Response:
        """The answer, with `title` and `detail` in the reader's language."""
        bound = correlation.current()
        language = preferred_language(accept_language)
        body: dict[str, Any] = {
            "type": f"urn:tandem:problem:{self.code}",
            "title": title_of(self.status, language),
            "status": self.status,
            "code": self.code,
            "detail": self.de if language == "de" else self.en,
            "detail_de": self.de,
            "detail_en": self.en,
            "correlation_id": bound.correlation_id if bound else None,
        }
        if self.faults:
            body["errors"] = [fault.as_json() for fault in self.faults]
        if self.details:
            body["details"] = to_jsonable_python(dict(self.details), fallback=str)
        headers = {**self.headers, "Content-Language": language, "Cache-Control": "no-store"}
        return Response(orjson.dumps(body), self.status, headers, MEDIA_TYPE)


class ProblemError(Exception):
    """Raised inside `shared.http` for what only HTTP knows of; use cases raise `Refusal`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def bad_request(code: str, de: str, en: str) -> ProblemError:
    """400: the request cannot be understood."""
    return ProblemError(Problem(400, code, de, en))


def problem_of_refusal(refusal: Refusal) -> Problem:
    """A use case's refusal as a problem."""
    headers: dict[str, str] = {}
    details = dict(refusal.details)
    if refusal.reason is Reason.UNAUTHENTICATED:
        error = "" if refusal.code == "token-missing" else ', error="invalid_token"'
        headers["WWW-Authenticate"] = f'Bearer realm="tandem"{error}'
    elif refusal.reason is Reason.NOT_YET_KNOWN:
        headers["Retry-After"] = RETRY_SECONDS
    elif refusal.reason is Reason.TOO_MANY:
        headers["Retry-After"] = str(math.ceil(float(details.pop("retry_after_seconds", 60))))
    return Problem(STATUS[refusal.reason], refusal.code, refusal.de, refusal.en, headers=headers, details=details)


def temporarily_unavailable() -> Problem:
    """The database is away; nothing happened."""
    return Problem(
        503,
        "temporarily-unavailable",
        "Das ist gerade nicht möglich. Bitte gleich noch einmal versuchen.",
        "This is not possible right now. Please try again in a moment.",
        headers={"Retry-After": RETRY_SECONDS},
    )


def unexpected() -> Problem:
    """A mistake of ours; the log knows more under the correlation id."""
    return Problem(
        500,
        "unexpected-error",
        "Das hat nicht geklappt, und es liegt an uns. Die Kennung hilft uns beim Suchen.",
        "This did not work, and it is our fault. The correlation id helps us to find out why.",
    )


_TITLES_DE: dict[int, str] = {
    400: "Unverständliche Anfrage",
    401: "Nicht angemeldet",
    403: "Nicht erlaubt",
    404: "Nicht gefunden",
    405: "Hier nicht möglich",
    406: "In dieser Form nicht zu haben",
    409: "Widerspruch zum jetzigen Stand",
    410: "Nicht mehr da",
    412: "Inzwischen geändert",
    413: "Zu groß",
    415: "Unbekanntes Format",
    422: "Angaben nicht annehmbar",
    428: "Version fehlt",
    429: "Zu viele Anfragen",
    500: "Unerwarteter Fehler",
    503: "Gerade nicht möglich",
}


def title_of(status: int, language: str) -> str:
    """What a status is called (RFC 9457 § 3.1.3); in English as the standard has it."""
    return (_TITLES_DE.get(status) if language == "de" else None) or HTTPStatus(status).phrase


_BY_STATUS: dict[int, tuple[str, str, str]] = {
    400: ("malformed-request", "Die Anfrage ist nicht lesbar.", "The request cannot be read."),
    404: ("route-not-found", "Diese Adresse gibt es nicht.", "There is no such address."),
    405: ("method-not-allowed", "Das geht an dieser Adresse nicht.", "This cannot be done at this address."),
}


def problem_of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """What the framework refuses by itself."""
    code, de, en = _BY_STATUS.get(status, ("refused", "Die Anfrage wurde abgelehnt.", "The request was refused."))
    allowed = {name: value for name, value in (headers or {}).items() if name.lower() == "allow"}
    return Problem(status, code, de, en, headers=allowed)


def problem_of_validation(error: RequestValidationError) -> Problem:
    """Every fault with its place, never with what was entered."""
    raw = error.errors()
    if any(fault["type"] == "json_invalid" for fault in raw):
        return malformed_json()
    faults = faults_of(raw)
    de = "Einige Angaben stimmen nicht. Bitte prüfen Sie die genannten Stellen."
    en = "Some of the input is not right. Please check the places named."
    if len(faults) == 1:
        de, en = f"{faults[0].pointer}: {faults[0].de}", f"{faults[0].pointer}: {faults[0].en}"
    return Problem(422, "invalid-input", de, en, faults=faults)


def malformed_json() -> Problem:
    """The body is no JSON (RFC 8259), or nested too deeply."""
    return Problem(400, "malformed-json", "Der Inhalt ist kein gültiges JSON.", "The body is not valid JSON.")


def install(app: FastAPI) -> None:
    """Answer every refusal and error of the application as a problem."""

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # The framework names the methods of the first route that fits, not those of all at this address.
            error.headers = {"Allow": ", ".join(sorted(_methods_at(request)))}
        return answer(request, problem_of(error))

    for kind in (Refusal, ProblemError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, refused)


def _methods_at(request: Request) -> set[str]:
    """The methods that some route answers at the request's address."""
    return {
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    }


def problem_of(error: Exception) -> Problem:
    """The problem that stands for an exception."""
    match error:
        case Refusal():
            return problem_of_refusal(error)
        case ProblemError():
            return error.problem
        case RequestValidationError():
            return problem_of_validation(error)
        case HTTPException():
            return problem_of_status(error.status_code, error.headers)
    return unexpected()


def answer(request: Request, problem: Problem) -> Response:
    """The response; its code is remembered for the request's line in the log."""
    request.scope["tandem.problem"] = problem.code
    return problem.response(request.headers.get("accept-language"))


def preferred_language(accept_language: str | None, offered: Collection[str] = ("de", "en")) -> str:
    """One of the languages offered (RFC 9110 § 12.5.4); German when none of them is asked for."""
    best, best_weight = "de", 0.0
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        name, _, number = parameters.strip().partition("=")
        try:
            weight = float(number) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if language in offered and weight > best_weight:
            best, best_weight = language, weight
    return best
