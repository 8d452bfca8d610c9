"""Which journey the running code belongs to: correlation id, causation id and W3C trace context.

HTTP requests and consumed events bind them; logs and published events read them. So one journey can be followed through
all services.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from shared.runtime.ids import new_id

_TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


@dataclass(frozen=True)
class Correlation:
    """What ties a line or an event to its journey. `causation_id` is the id of the event that caused it."""

    correlation_id: str
    causation_id: str | None
    traceparent: str


_current: ContextVar[Correlation | None] = ContextVar("tandem_correlation", default=None)


def current() -> Correlation | None:
    """What is bound here, or None outside any request or event."""
    return _current.get()


def current_or_new() -> Correlation:
    """What is bound here; outside any request or event the beginning of a journey of its own (timers)."""
    return _current.get() or Correlation(str(new_id()), None, new_traceparent())


@contextmanager
def bind(
    correlation_id: str | None = None, causation_id: str | None = None, traceparent: str | None = None
) -> Iterator[Correlation]:
    """Everything inside belongs to this journey; what is missing or malformed is made anew."""
    bound = Correlation(
        correlation_id=valid_correlation_id(correlation_id) or str(new_id()),
        causation_id=causation_id,
        traceparent=valid_traceparent(traceparent) or new_traceparent(),
    )
    token = _current.set(bound)
    try:
        yield bound
    finally:
        _current.reset(token)


def valid_correlation_id(text: str | None) -> str | None:
    """The id in its canonical spelling when it is a UUID, otherwise None: free text could carry personal data."""
    if text is None or len(text) != 36:
        return None
    try:
        return str(UUID(text))
    except ValueError:
        return None


def valid_traceparent(text: str | None) -> str | None:
    """The W3C header when it is one (version 00), otherwise None."""
    return text if text is not None and _TRACEPARENT.match(text) else None


def new_traceparent() -> str:
    """A fresh W3C `traceparent`, not sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
