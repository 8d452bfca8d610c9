"""Mistakes on the way from the log into read models, mails and decisions."""

import asyncio
from typing import Any
from uuid import uuid4

import aiokafka

from shared.messaging import connection, consumer, intake, projection, subscription
from shared.messaging.queries import queries
from shared.postgres.transaction import Transaction
from tests.faults.bugs.planting import put


def offset_before_effect() -> None:
    """The offset is committed first, "so that nothing is done twice"."""
    original = subscription.Subscription.take

    async def take(self: Any, records: Any) -> None:
        for record in records:
            at = aiokafka.TopicPartition(record.topic, record.partition)
            self._taken[at] = record.offset + 1
            self._uncommitted.add(at)
        await self.commit()
        await asyncio.sleep(0.2)
        await original(self, records)

    put(subscription.Subscription, "take", take)


def inbox_outside_transaction() -> None:
    """The natural key is remembered in a transaction of its own, before the effect."""
    original, together = intake.Intake._react, intake.Intake._react_together

    async def is_first(self: Any, each: Any, item: Any) -> bool:
        # Of erasures nothing is remembered: what this writes about somebody who is gone is not the harm that is meant.
        if each.topic.endswith(".privacy"):
            return True
        async with self.database.transaction() as own:
            begun = await queries.begin_reaction(
                own.connection,
                reaction=f"early {each.name}",
                natural_key=each.natural_key(item.event, item.envelope),
                aggregate=f"{each.topic} {item.key}",
                subject_id=item.envelope.person,
                now=own.now,
            )
        return begun is not None

    async def react(self: Any, tx: Transaction, item: Any) -> None:
        if item.event is not None and item.envelope is not None:
            for each in self._reactions_to(item):
                if not await is_first(self, each, item):
                    return
        await original(self, tx, item)

    async def react_together(self: Any, tx: Transaction, reaction: Any, items: Any) -> None:
        await together(self, tx, reaction, [item for item in items if await is_first(self, reaction, item)])

    put(intake.Intake, "_react", react)
    put(intake.Intake, "_react_together", react_together)


def version_not_compared() -> None:
    """A read model takes whatever comes last."""
    _replace_in_statement(projection.Projection, "_upsert", " WHERE current.version < excluded.version", "")


def _replace_in_statement(owner: Any, method: str, old: str, new: str) -> None:
    original = getattr(owner, method)

    async def changed(self: Any, reading: Any, table: str, events: Any) -> Any:
        return await original(self, _Rewriting(reading, old, new), table, events)

    setattr(owner, method, changed)


class _Rewriting:
    """A connection that changes the statements that it is given."""

    def __init__(self, reading: Any, old: str, new: str) -> None:
        self._reading, self._old, self._new = reading, old, new

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        assert self._old in statement, "the statement has changed: the bug must follow it"
        return await self._reading.fetch(statement.replace(self._old, self._new), *arguments)


def acknowledged_in_spite_of_an_error() -> None:
    """A batch that fails is logged and passed over."""

    async def apart(self: Any, items: Any) -> None:
        return None

    put(intake.Intake, "_apart", apart)


def tombstone_ignored() -> None:
    """Null values are skipped: "there is nothing in them"."""
    original = projection.Projection.apply

    async def apply(self: Any, reading: Any, items: Any, *arguments: Any, **named: Any) -> Any:
        return await original(self, reading, [item for item in items if not item.tombstone], *arguments, **named)

    put(projection.Projection, "apply", apply)


def erased_not_asked_for() -> None:
    """A read model takes states of persons who were erased."""

    async def nobody(reading: Any, *, subjects: Any) -> list[Any]:
        return []

    put(queries, "erased_among", nobody)


def dead_letter_dropped() -> None:
    """What cannot be consumed is skipped with a line in the log."""

    async def skip(*_: Any, **__: Any) -> None:
        return None

    put(intake, "set_aside", skip)


def reaction_repeated() -> None:
    """What was done is not remembered, neither by the consumer nor by the mail: each alone would do."""
    from services.notifications import store

    original = queries.begin_reaction

    async def begin(reading: Any, *, natural_key: str, **named: Any) -> Any:
        return await original(reading, natural_key=f"{natural_key} {uuid4()}", **named)

    several = queries.begin_reactions

    async def begin_several(reading: Any, *, natural_keys: list[str], **named: Any) -> Any:
        await several(reading, natural_keys=[f"{key} {uuid4()}" for key in natural_keys], **named)
        return [{"natural_key": key} for key in natural_keys]

    noted = store._noted

    def noted_anew(note: Any) -> dict[str, Any]:
        return {**noted(note), "natural_key": f"{note.natural_key} {uuid4()}"}

    put(queries, "begin_reaction", begin)
    put(queries, "begin_reactions", begin_several)
    put(store, "_noted", noted_anew)


def uncommitted_read() -> None:
    """Consumers see what a relay wrote in a transaction that was aborted."""
    original = connection.consumer_arguments

    def arguments(settings: Any) -> dict[str, Any]:
        return {**original(settings), "isolation_level": "read_uncommitted"}

    put(consumer, "consumer_arguments", arguments)
