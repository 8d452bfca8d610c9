"""One use case, one transaction: the change and the events that announce it commit together or not at all."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts.base import EventData
from shared.contracts.envelope import Letterhead, write_value
from shared.postgres.queries import along_with, load_queries
from shared.runtime.ids import new_id_text
from shared.telemetry import correlation
from shared.telemetry.correlation import Correlation

queries = load_queries(__file__)


@dataclass
class Transaction:
    """An open transaction. `now` is the clock's instant at its begin, for every timestamp that it writes.

    Events are collected and inserted into the outbox as the last statement before the commit, so whoever publishes has
    locked the aggregate's row before: that keeps positions in the order of versions.
    """

    connection: "asyncpg.Connection[Any]"
    now: datetime
    source: str
    _records: list[tuple[str, str, str, bytes | None]] = field(default_factory=list)
    _announces: bool = False
    _last: tuple[Any, dict[str, Any]] | None = None
    _journey: Correlation | None = None
    _letterhead: Letterhead | None = None

    def publish(self, event: EventData) -> None:
        """Announce `event` when this transaction commits.

        Raises
        ------
        ValueError
            The event is larger than any may be.
        """
        terms = event.contract
        key = terms.key_of(event)
        person = terms.person_of(event)
        self._add(terms.topic_of(event), terms.type, terms.major, key, person, write_value(event))

    def bury(self, topic: str, key: UUID | str, person: UUID | None = None) -> None:
        """Publish a tombstone for `key`: consumers delete it, compaction removes what was before it."""
        self._add(topic, "tombstone", 1, str(key), person, None)

    def _add(self, topic: str, type_: str, major: int, key: str, person: UUID | None, value: bytes | None) -> None:
        journey = correlation.current_or_new()
        if self._letterhead is None or journey is not self._journey:
            self._journey = journey
            self._letterhead = Letterhead(
                self.source, self.now, journey.correlation_id, journey.causation_id, journey.traceparent
            )
        headers = self._letterhead.headers(new_id_text(), type_, major, key, person)
        self._records.append((topic, key, headers, value))

    def finally_do(self, statement: Any, **named: Any) -> None:
        """A statement that writes and is asked for nothing, done right before the commit, along with the events."""
        if self._last is not None:
            raise ValueError("there is a last statement already")
        self._last = (statement, named)

    @asynccontextmanager
    async def part(self, *, keep: bool = True) -> AsyncIterator["Transaction"]:
        """A part that fails alone (a savepoint): of one that fails, or is only tried out, nothing stays, no event either.

        Parameters
        ----------
        keep
            False: it is tried out.
        """
        savepoint = self.connection.transaction()
        await savepoint.start()
        inner = Transaction(self.connection, self.now, self.source)
        try:
            yield inner
        except BaseException:
            await savepoint.rollback()
            raise
        if not keep:
            await savepoint.rollback()
            return
        await savepoint.commit()
        self._records += inner._records

    @property
    def events(self) -> Sequence[tuple[str, str]]:
        """Topic and key of what will be announced, in order."""
        return [(topic, key) for topic, key, _, _ in self._records]

    async def flush(self) -> bool:
        """Insert what was collected into the outbox; True when this transaction has put anything there."""
        last, self._last = self._last, None
        if not self._records:
            if last is not None:
                await last[0](self.connection, **last[1])
            return self._announces
        topics, keys, headers, values = (list(column) for column in zip(*self._records, strict=True))
        records = {"topics": topics, "keys": keys, "headers": headers, "values": values}
        if last is None:
            await queries.add_to_outbox(self.connection, **records)
        else:
            await along_with(last[0], queries.add_to_outbox)(self.connection, **last[1], **records)
        self._records.clear()
        self._announces = True
        return True
