"""Reactions: what happens once because of an event — a mail, a decision. Never replayed.

The natural key is recorded in the same transaction as the effect and remembered as long as the aggregate, so neither a
duplicate nor a reset offset makes it happen again. What has expired when it arrives is dropped.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.contracts.base import EventData, StateData, topics_of_event
from shared.contracts.envelope import Envelope
from shared.messaging.queries import queries
from shared.postgres.subjects import held_or_erased, lock_subjects
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation

REACTIONS = "reactions"
Happened = tuple[EventData, Envelope]


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
    together
        `together(tx, events with envelopes)`: does for many what `handle` does for one, in a handful of statements. Given,
        it is always called instead; it binds the journeys itself.
    group
        The consumer group that takes it in. What may wait has one of its own, so that nothing waits behind it that may
        not. A reaction that moves to a group which is new to its topic is taken in from the log's beginning: its memory
        knows what was done. To a group that follows the topic already it may move only when the old one has no lag and no
        dead letters of it: what lies between the two positions is taken in by neither.
    """

    name: str
    topic: str
    events: tuple[type[EventData], ...]
    handle: Callable[[Transaction, Any, Envelope], Awaitable[None]]
    natural_key: Callable[[Any, Envelope], str] = natural_key
    expires_after: timedelta | None = None
    even_when_erased: bool = False
    alone: bool = False
    together: Callable[[Transaction, Sequence[Happened]], Awaitable[None]] | None = None
    group: str = REACTIONS

    def __post_init__(self) -> None:
        for cls in self.events:
            if self.topic not in topics_of_event(cls):
                raise ValueError(f"{cls.__name__} does not stand in {self.topic}")

    async def run(self, tx: Transaction, event: EventData, envelope: Envelope) -> str:
        """Do it, unless it was done or has expired. Returns the outcome: applied, duplicate, expired, erased."""
        if self._has_expired(tx, event, envelope):
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

    async def run_together(self, tx: Transaction, happened: Sequence[Happened]) -> Counter[str]:
        """The same for many events, set-based. Returns how many had which outcome."""
        assert self.together is not None
        current = [each for each in happened if not self._has_expired(tx, *each)]
        persons = [person for event, _ in current if (person := type(event).contract.person_of(event))]
        erased = set() if self.even_when_erased else await lock_subjects(tx, persons)
        outcome = Counter(expired=len(happened) - len(current))
        wanted: dict[str, Happened] = {}
        for event, envelope in current:
            key = self.natural_key(event, envelope)
            if type(event).contract.person_of(event) in erased:
                outcome["erased"] += 1
            elif key in wanted:
                outcome["duplicate"] += 1
            else:
                wanted[key] = (event, envelope)
        begun = await self._begin(tx, wanted)
        outcome += Counter(duplicate=len(wanted) - len(begun), applied=len(begun))
        if begun:
            await self.together(tx, [each for key, each in wanted.items() if key in begun])
        return outcome

    async def _begin(self, tx: Transaction, wanted: dict[str, Happened]) -> set[str]:
        if not wanted:
            return set()
        rows = await queries.begin_reactions(
            tx.connection,
            reaction=self.name,
            natural_keys=list(wanted),
            aggregates=[f"{self.topic} {envelope.subject}" for _, envelope in wanted.values()],
            subject_ids=[type(event).contract.person_of(event) for event, _ in wanted.values()],
            now=tx.now,
        )
        return {row["natural_key"] for row in rows}

    def _has_expired(self, tx: Transaction, event: EventData, envelope: Envelope) -> bool:
        expires_at = getattr(event, "expires_at", None)
        if self.expires_after is not None and envelope.time + self.expires_after < tx.now:
            return True
        return expires_at is not None and expires_at < tx.now
