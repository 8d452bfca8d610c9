"""Refusals: what a use case says instead of doing it, with a stable code and a German and an English text.

Handlers and rules raise them and know nothing of HTTP; `shared.http.problems` maps them once to RFC 9457 problem
details, and a consumer treats them as final (no retry).
"""

from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """What kind of refusal it is; HTTP maps each kind to one status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    GONE = "gone"
    CONFLICT = "conflict"
    NOT_YET_KNOWN = "not-yet-known"
    VERSION_MISMATCH = "version-mismatch"
    VERSION_REQUIRED = "version-required"
    TOO_MANY = "too-many"


class Refusal(Exception):
    """A use case refused. `code` is stable, for machines; `de` and `en` say what to do; no personal data in either."""

    def __init__(self, reason: Reason, code: str, *, de: str, en: str, **details: Any) -> None:
        super().__init__(code)
        self.reason = reason
        self.code = code
        self.de = de
        self.en = en
        self.details = details


def not_found(what: str) -> Refusal:
    """It does not exist, or lies outside the caller's scope: both look the same (`what` is a kebab-case noun)."""
    return Refusal(
        Reason.NOT_FOUND,
        f"{what}-not-found",
        de="Nicht gefunden, oder außerhalb Ihres Zuständigkeitsbereichs.",
        en="Not found, or outside your area of responsibility.",
    )


def not_yet_known(what: str) -> Refusal:
    """The read model has not heard of it yet; the client asks again in a second."""
    return Refusal(
        Reason.NOT_YET_KNOWN,
        "not-yet-known",
        de="Das ist hier noch nicht bekannt. Bitte in einer Sekunde noch einmal versuchen.",
        en="This is not known here yet. Please try again in a second.",
        what=what,
    )


def version_mismatch(current: int) -> Refusal:
    """Somebody changed it since the caller read it (`If-Match`)."""
    return Refusal(
        Reason.VERSION_MISMATCH,
        "version-mismatch",
        de="Inzwischen wurde das geändert. Bitte neu laden und noch einmal versuchen.",
        en="It was changed in the meantime. Please reload and try again.",
        current_version=current,
    )
