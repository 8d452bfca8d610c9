"""What surrounds every request: correlation, one line in the log, one metric, a bounded body, and a last resort for errors.

Plain ASGI, so that nothing of Starlette's own error pages or background tasks comes between.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

import orjson
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.models import has_refused_characters
from shared.http.problems import Problem, ProblemError, answer, malformed_json, temporarily_unavailable, unexpected
from shared.http.settings import HttpSettings
from shared.postgres.database import AGAIN, is_away
from shared.telemetry import correlation
from shared.telemetry.logging import get_logger
from shared.telemetry.metrics import Metrics

QUIET_ROUTES = frozenset(("/health/live", "/health/ready", "/metrics"))
"""Asked every few seconds: logged only when they fail."""
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

DOCUMENTATION = ("/docs", "/redoc")
ASSETS = "/static-offline-docs"
DOCUMENTATION_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The documentation asks no other host, whatever its bundles would like to."""
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""For the few other pages (the buttons of mailed links), unless they say otherwise."""

log = get_logger()


class RequestContext:
    """Outermost: binds the journey, logs `http-request` by route template, and answers what nobody else answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with correlation.bind(headers.get("x-correlation-id"), None, headers.get("traceparent")) as bound:
            await self._observed(scope, receive, send, bound)

    async def _observed(self, scope: Scope, receive: Receive, send: Send, bound: correlation.Correlation) -> None:
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, message, bound)
            await send(message)

        began = time.perf_counter()
        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            problem = self._problem(error)
            if status == 0:
                await answer(Request(scope, receive), problem)(scope, receive, sending)
        except asyncio.CancelledError:
            log.info("http-request-cancelled", route=route_template(scope), method=_method(scope))
            raise
        seconds = time.perf_counter() - began
        self._record(scope, status, seconds)

    def _problem(self, error: Exception) -> Problem:
        if isinstance(error, AGAIN) or is_away(error):
            log.warning("http-request-unavailable", error=error)
            return temporarily_unavailable()
        log.error("http-request-failed", error=error)
        return unexpected()

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = route_template(scope), _method(scope)
        self.metrics.http_requests.labels(route, method, f"{status // 100}xx").observe(seconds)
        if route in QUIET_ROUTES and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        keys: dict[str, Any] = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        if "tandem.problem" in scope:
            keys["code"] = scope["tandem.problem"]
        log.info("http-request", **keys)


@dataclass(frozen=True)
class Stream:
    """A path whose POST takes a file.

    Parameters
    ----------
    kinds
        Media types that are taken.
    bytes_at_most
        Instead of what bounds every other body.
    """

    path: str
    kinds: frozenset[str]
    bytes_at_most: int


class BoundedBody:
    """Reads the body before the application does: not too large, not too slow, of a kind we read, and well-formed.

    Forms are read only where `form_paths` says so: the buttons of mailed links. Their hidden field `idempotency_key`
    stands for the header that a form cannot send. Where `streams` says so a POST's body goes through in parts as they
    arrive, of its own kinds and up to a size of its own; the endpoint reads it with `request.stream()`.
    """

    def __init__(
        self, app: ASGIApp, settings: HttpSettings, form_paths: frozenset[str], streams: Sequence[Stream] = ()
    ) -> None:
        self.app = app
        self.settings = settings
        self.form_paths = form_paths
        self.streams = {stream.path: stream for stream in streams}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stream = self.streams.get(scope["path"])
        if stream is not None and scope["method"] == "POST":
            await self._pass_through(stream, scope, receive, send)
            return
        try:
            problem, body = _target_problem(scope), b""
            if problem is None:
                async with asyncio.timeout(self.settings.body_seconds_at_most):
                    problem, body = await self._read(scope, receive)
        except TimeoutError:
            problem = _TOO_SLOW
        except _Disconnected:
            return
        problem = problem or self._content_problem(scope, body)
        if problem is not None:
            await answer(Request(scope), problem)(scope, receive, send)
            return
        scope["tandem.body"] = body
        await self.app(scope, _replaying(body, receive), send)

    async def _pass_through(self, stream: Stream, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        problem = _target_problem(scope)
        if problem is None and (not declared.isdecimal() or int(declared[:20]) > stream.bytes_at_most):
            problem = _TOO_LARGE
        if problem is None and content_kind(headers) not in stream.kinds:
            problem = _wrong_stream(stream)
        if problem is not None:
            await answer(Request(scope), problem)(scope, receive, send)
            return
        arrived = 0

        async def bounded() -> Message:
            nonlocal arrived
            try:
                # Per part: a large file may take its time, as long as it keeps coming.
                async with asyncio.timeout(self.settings.body_seconds_at_most):
                    message = await receive()
            except TimeoutError:
                raise ProblemError(_TOO_SLOW) from None
            arrived += len(message.get("body", b""))
            if arrived > stream.bytes_at_most:
                raise ProblemError(_TOO_LARGE)
            return message

        await self.app(scope, bounded, send)

    async def _read(self, scope: Scope, receive: Receive) -> tuple[Problem | None, bytes]:
        declared = Headers(scope=scope).get("content-length", "0")
        limit = self.settings.body_bytes_at_most
        if not declared.isdecimal() or int(declared[:20]) > limit:
            return _TOO_LARGE, b""
        parts = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Disconnected
            parts += message.get("body", b"")
            if len(parts) > limit:
                return _TOO_LARGE, b""
            if not message.get("more_body", False):
                return None, bytes(parts)

    def _content_problem(self, scope: Scope, body: bytes) -> Problem | None:
        if not body:
            return None
        kind = content_kind(Headers(scope=scope))
        if kind == "application/x-www-form-urlencoded" and scope["path"] in self.form_paths:
            return _form_problem(scope, body)
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            return _WRONG_KIND
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            return malformed_json()
        return None


def content_kind(headers: Headers) -> str:
    """The media type of a body, without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class _Disconnected(Exception):
    """The client went away before it had sent everything."""


_TOO_LARGE = Problem(413, "body-too-large", "Der Inhalt ist zu groß.", "The body is too large.")
_TOO_SLOW = Problem(408, "body-too-slow", "Der Inhalt kam zu langsam an.", "The body arrived too slowly.")
_WRONG_KIND = Problem(
    415,
    "unsupported-content-type",
    "Der Inhalt muss JSON sein (Content-Type: application/json).",
    "The body must be JSON (Content-Type: application/json).",
)


def _wrong_stream(stream: Stream) -> Problem:
    kinds = sorted(stream.kinds)
    return Problem(
        415,
        "unsupported-content-type",
        f"Der Inhalt hat keine der Arten, die hier gelesen werden (Content-Type: {' oder '.join(kinds)}).",
        f"The body is of none of the kinds that are read here (Content-Type: {' or '.join(kinds)}).",
    )


_BAD_CHARACTERS = Problem(
    400,
    "invalid-characters",
    "Die Anfrage enthält unzulässige Zeichen.",
    "The request contains characters that are not allowed.",
)


def _target_problem(scope: Scope) -> Problem | None:
    """Path and query hold nothing that Postgres cannot store."""
    raw = scope.get("raw_path") or scope["path"].encode()
    for part in (raw.partition(b"?")[0], scope.get("query_string", b"").replace(b"+", b" ")):
        try:
            if has_refused_characters(unquote_to_bytes(part).decode()):
                return _BAD_CHARACTERS
        except UnicodeDecodeError:
            return _BAD_CHARACTERS
    return None


def _form_problem(scope: Scope, body: bytes) -> Problem | None:
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=20)
    except ValueError:
        return _BAD_CHARACTERS
    if any(has_refused_characters(text) for texts in fields.values() for text in texts):
        return _BAD_CHARACTERS
    scope["tandem.form_key"] = fields.get("idempotency_key", [None])[0]
    return None


def _replaying(body: bytes, receive: Receive) -> Receive:
    """The body as one message; after it only the client's disconnection is of interest."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def route_template(scope: Scope) -> str:
    """The path as it is declared (`/offers/{offer_id}`), never as it was asked for."""
    effective = scope.get("fastapi", {}).get("effective_route_context")
    for route in (effective, scope.get("route")):
        path = getattr(route, "path", None)
        if isinstance(path, str):
            return path
    if scope.get("endpoint") is not None and scope["path"] in QUIET_ROUTES:
        return str(scope["path"])
    if scope["path"].startswith(ASSETS + "/"):
        return ASSETS
    return "unmatched"


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "other"


def _add_headers(scope: Scope, message: Message, bound: correlation.Correlation) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Correlation-Id"] = bound.correlation_id
    headers["traceparent"] = bound.traceparent
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Cache-Control", "no-store")
    if headers.get("content-type", "").startswith("text/html"):
        is_documentation = scope["path"].startswith(DOCUMENTATION)
        headers.setdefault("Content-Security-Policy", DOCUMENTATION_POLICY if is_documentation else PAGE_POLICY)
