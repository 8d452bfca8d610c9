"""Projections: read models that follow a topic by version. Replaying one at any time changes nothing or heals it.

An event applies when its version is above the row's; a tombstone deletes; nothing about an erased person is accepted; an
aggregate that ended is remembered with its version, so that an older duplicate does not bring it back.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts.base import EventData, StateData, topics_of_event
from shared.contracts.envelope import Envelope
from shared.contracts.registry import VolunteerErased
from shared.messaging.queries import queries
from shared.messaging.record import Item
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation

Connection = asyncpg.Connection

WHATEVER_VERSION = 2**63 - 1
"""Above every version."""


@dataclass
class Fate:
    """What a batch says about one key: whether it was deleted, and the newest state after that."""

    deleted: bool = False
    event: StateData | None = None
    envelope: Envelope | None = None
    erased: bool = False
    """Whether it is about somebody who was erased: that keeps old states away, nothing else need be remembered."""

    def see(self, item: Item) -> None:
        """Take in one record, in the log's order."""
        if item.tombstone:
            self.deleted, self.event, self.envelope = True, None, None
        elif isinstance(item.event, StateData) and (self.event is None or item.event.version > self.event.version):
            self.event, self.envelope = item.event, item.envelope


@dataclass(frozen=True)
class Change:
    """A row that changed or went: whom `changed` is told of, and the event that did it (None: a tombstone)."""

    told: str
    envelope: Envelope | None = None


@dataclass(frozen=True)
class Projection:
    """A read model: one table that follows one topic.

    Parameters
    ----------
    name
        For metrics, replay and the memory of ended aggregates.
    topic, events, ended
        The topic, the event classes that carry state, and those that end the aggregate.
    table, key
        The table and its primary key's column. It has a `version bigint` besides the columns of `row`.
    row
        From an event to the columns besides key and version, as JSON-ready values.
    changed
        Called in the same transaction with the keys whose rows really changed; never in a replay.
    told
        The column that `changed` is told instead of the key: whom a row concerns is known also when the row is gone.
    """

    name: str
    topic: str
    events: tuple[type[StateData], ...]
    table: str
    key: str
    row: Callable[[Any], dict[str, Any]]
    ended: tuple[type[StateData], ...] = ()
    person: bool = False
    changed: Callable[[Transaction, list[Any]], Awaitable[None]] | None = field(default=None)
    told: str | None = None

    def __post_init__(self) -> None:
        for cls in (*self.events, *self.ended):
            if self.topic not in topics_of_event(cls):
                raise ValueError(f"{cls.__name__} does not stand in {self.topic}")

    @property
    def wanted(self) -> tuple[type[EventData], ...]:
        """The event classes that it handles."""
        return (*self.events, *self.ended)

    async def apply(
        self, connection: "Connection[Any]", items: Sequence[Item], now: Any, table: str | None = None
    ) -> dict[str, Change]:
        """Bring the table up to date with records of its topic, in a handful of statements whatever their number.

        Returns
        -------
        The keys whose rows changed or went, with whom that concerns and the event that did it.
        """
        fates: dict[str, Fate] = defaultdict(Fate)
        for item in items:
            if item.tombstone or isinstance(item.event, self.wanted):
                fates[item.key].see(item)
        await self._remember_erased(connection, items, now)
        changed: dict[str, Change] = {}
        into = table or self.table
        deleted = [key for key, fate in fates.items() if fate.deleted]
        if deleted:
            gone = await self._delete(connection, into, dict.fromkeys(deleted, WHATEVER_VERSION))
            changed |= {key: Change(told) for key, told in gone}
            await queries.forget_ended(connection, projection=self.name, keys=deleted)
            await queries.drop_buried(connection, topic=self.topic, keys=[key.encode() for key in deleted])
        current = await self._acceptable(connection, fates)
        ending = {key: fate for key, fate in current.items() if isinstance(fate.event, self.ended)}
        if ending:
            changed |= await self._end(connection, into, ending)
        upserts = {key: fate for key, fate in current.items() if key not in ending}
        if upserts:
            written = await self._upsert(connection, into, [fate.event for fate in upserts.values() if fate.event])
            changed |= {key: Change(told, upserts[key].envelope) for key, told in written}
        return changed

    async def tell_changed(self, tx: Transaction, changed: dict[str, Change]) -> None:
        """Call `changed` for what changed, each within the journey of the event that changed it."""
        if self.changed is None:
            return
        journeys: dict[tuple[str | None, str | None], tuple[Envelope | None, list[str]]] = {}
        for change in changed.values():
            envelope = change.envelope
            journey = (envelope.correlation_id, envelope.traceparent) if envelope else (None, None)
            journeys.setdefault(journey, (envelope, []))[1].append(change.told)
        for (correlation_id, traceparent), (envelope, told) in journeys.items():
            with correlation.bind(correlation_id, str(envelope.id) if envelope else None, traceparent):
                await self.changed(tx, [_typed(each) for each in dict.fromkeys(told)])

    async def _remember_erased(self, connection: "Connection[Any]", items: Sequence[Item], now: Any) -> None:
        """Also when the tombstone, or a duplicate of an older state, follows in the same batch."""
        events = [item.event for item in items if isinstance(item.event, self.wanted)]
        erased = {event.volunteer_id for event in events if isinstance(event, VolunteerErased)}
        if erased:
            await queries.remember_erased_subjects(connection, subjects=list(erased), now=now)

    async def _acceptable(self, connection: "Connection[Any]", fates: dict[str, Fate]) -> dict[str, Fate]:
        """What is about nobody who was erased, and is newer than the aggregate's end."""
        with_event = {key: fate for key, fate in fates.items() if fate.event is not None}
        persons = {
            key: person
            for key, fate in with_event.items()
            if fate.event is not None and (person := type(fate.event).contract.person_of(fate.event))
        }
        erased: set[UUID] = set()
        if persons:
            rows = await queries.erased_among(connection, subjects=list(set(persons.values())))
            erased = {row["subject_id"] for row in rows}
        rows = await queries.ended_versions(connection, projection=self.name, keys=list(with_event))
        ended = {row["key"]: row["version"] for row in rows}
        for key, person in persons.items():
            fates[key].erased = person in erased
        return {
            key: fate
            for key, fate in with_event.items()
            if fate.event is not None
            and fate.event.version > ended.get(key, 0)
            and (not fate.erased or isinstance(fate.event, self.ended))
        }

    async def _delete(
        self, connection: "Connection[Any]", table: str, versions: dict[str, int]
    ) -> list[tuple[str, str]]:
        """Delete the rows of these keys that are older than these versions; key and whom it concerned of each."""
        kind = "uuid" if self._uuid_keys(versions) else "text"
        rows = await connection.fetch(
            f"DELETE FROM {table} AS current "
            f"USING unnest($1::text[]::{kind}[], $2::bigint[]) AS gone (key, version) "
            f'WHERE current."{self.key}"::{kind} = gone.key AND current.version < gone.version '
            f'RETURNING current."{self.key}"::text, current."{self.told or self.key}"::text AS told',
            list(versions),
            list(versions.values()),
        )
        return [(row[0], row[1]) for row in rows]

    @staticmethod
    def _uuid_keys(keys: Iterable[str]) -> bool:
        """Whether all keys are UUIDs, so that the primary key's index serves."""
        return all(isinstance(_typed(key), UUID) for key in keys)

    async def _end(self, connection: "Connection[Any]", table: str, ending: dict[str, Fate]) -> dict[str, Change]:
        events = [fate.event for fate in ending.values() if fate.event is not None]
        lasting = {key: fate.event.version for key, fate in ending.items() if fate.event and not fate.erased}
        await queries.remember_ended(
            connection, projection=self.name, keys=list(lasting), versions=list(lasting.values())
        )
        # A late duplicate of an end must not delete what began again after it; who was erased never begins again.
        below = [WHATEVER_VERSION if isinstance(event, VolunteerErased) else event.version for event in events]
        gone = await self._delete(connection, table, dict(zip(ending, below, strict=True)))
        return {key: Change(told, ending[key].envelope) for key, told in gone}

    async def _upsert(
        self, connection: "Connection[Any]", table: str, events: list[StateData]
    ) -> list[tuple[str, str]]:
        rows = []
        for event in events:
            key = getattr(event, type(event).contract.key_field)
            rows.append({self.key: key, "version": event.version, **self.row(event)})
        columns = ", ".join(f'"{column}"' for column in rows[0])
        updates = ", ".join(f'"{column}" = excluded."{column}"' for column in rows[0] if column != self.key)
        found = await connection.fetch(
            f"INSERT INTO {table} AS current ({columns}) "
            f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb) "
            f'ON CONFLICT ("{self.key}") DO UPDATE SET {updates} WHERE current.version < excluded.version '
            f'RETURNING "{self.key}"::text, "{self.told or self.key}"::text AS told',
            rows,
        )
        return [(row[0], row[1]) for row in found]


def _typed(key: str) -> UUID | str:
    try:
        return UUID(key)
    except ValueError:
        return key
