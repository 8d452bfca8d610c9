"""Reactions: what happens once because of an event — a mail, a decision. Never replayed.

The natural key is recorded in the same transaction as the effect and remembered as long as the aggregate, so neither a
duplicate nor a reset offset makes it happen again. What has expired when it arrives is dropped.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.contracts.base import EventData, StateData, topics_of_event
from shared.contracts.envelope import Envelope
from shared.messaging.queries import queries
from shared.postgres.subjects import held_or_erased
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation


def natural_key(event: EventData, envelope: Envelope) -> str:
    """Aggregate and version of a state event; the event's own id where there is no version."""
    if isinstance(event, StateData):
        return f"{envelope.type} {envelope.subject} {event.version}"
    return f"{envelope.type} {envelope.id}"


@dataclass(frozen=True)
class Reaction:
    """What a service does once for each of some events of one topic.

    Parameters
    ----------
    name, topic, events
        Its name (part of the memory: never rename), the topic, the event classes.
    handle
        `handle(tx, event, envelope)`. Raising a Refusal sets the event aside; one of reason not-yet-known, and any other
        error, is tried again first.
    natural_key
        From event and envelope to the key under which it is remembered.
    expires_after
        Older events are dropped; None: never. An event with `expires_at` in the past is dropped in any case.
    even_when_erased
        Handle events about erased persons too (the erasure itself).
    alone
        In a transaction of its own: it takes a lock that requests wait for, and several of them in one transaction would
        wait for each other.
    """

    name: str
    topic: str
    events: tuple[type[EventData], ...]
    handle: Callable[[Transaction, Any, Envelope], Awaitable[None]]
    natural_key: Callable[[Any, Envelope], str] = natural_key
    expires_after: timedelta | None = None
    even_when_erased: bool = False
    alone: bool = False

    def __post_init__(self) -> None:
        for cls in self.events:
            if self.topic not in topics_of_event(cls):
                raise ValueError(f"{cls.__name__} does not stand in {self.topic}")

    async def run(self, tx: Transaction, event: EventData, envelope: Envelope) -> str:
        """Do it, unless it was done or has expired. Returns the outcome: applied, duplicate, expired, erased."""
        expires_at = getattr(event, "expires_at", None)
        if self.expires_after is not None and envelope.time + self.expires_after < tx.now:
            return "expired"
        if expires_at is not None and expires_at < tx.now:
            return "expired"
        person = type(event).contract.person_of(event)
        if person and not self.even_when_erased and await held_or_erased(tx.connection, person):
            return "erased"
        begun = await queries.begin_reaction(
            tx.connection,
            reaction=self.name,
            natural_key=self.natural_key(event, envelope),
            aggregate=f"{self.topic} {envelope.subject}",
            subject_id=person,
            now=tx.now,
        )
        if begun is None:
            return "duplicate"
        with correlation.bind(envelope.correlation_id, str(envelope.id), envelope.traceparent):
            await self.handle(tx, event, envelope)
        return "applied"
