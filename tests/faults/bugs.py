"""Bugs that are planted in the services' processes, to see whether the checker finds them.

Each is a small patch of one method, the mistake that somebody might make in good faith. `BUGS` maps its name to what it
patches, what is lost by it, and the faults under which it shows.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import aiokafka
from aiokafka.errors import KafkaError

from shared.http import commands, idempotency
from shared.messaging import connection, consumer, intake, projection, publication, relay, subscription
from shared.messaging.queries import queries
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from tests.faults.steps import STEPS

KILLS = ("killed", "killed-at-a-step")
BEFORE_AN_EFFECT = ("consumer-1-batch-received", "consumer-2-effect-before-commit")
BEFORE_A_MAIL = ("postman-1-before-handing-over", "postman-2-after-handing-over")
IN_THE_RELAY = tuple(name for name in STEPS if name.startswith("relay"))
IN_A_COMMAND = tuple(name for name in STEPS if name.startswith("api"))


@dataclass(frozen=True)
class Bug:
    """One mistake. `shows_under`: names of faults that make it do harm."""

    plant: Callable[[], None]
    shows_under: tuple[str, ...]
    harm: str
    steps: tuple[str, ...] = ()
    """Numbered steps at which a death does the harm; none: at any."""


def plant(name: str) -> None:
    """Plant a bug in this process.

    Raises
    ------
    KeyError
        There is no such bug.
    """
    BUGS[name].plant()


def _put(owner: Any, name: str, changed: Any) -> None:
    assert hasattr(owner, name), f"{owner} has no {name}: the bug must follow it"
    setattr(owner, name, changed)


def _offset_before_effect() -> None:
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

    _put(subscription.Subscription, "take", take)


def _inbox_outside_transaction() -> None:
    """The natural key is remembered in a transaction of its own, before the effect."""
    original = intake.Intake._react

    async def react(self: Any, tx: Transaction, item: Any) -> None:
        if item.event is not None and item.envelope is not None:
            for each in self.reactions:
                if each.topic == item.record.topic and isinstance(item.event, each.events):
                    async with self.database.transaction() as own:
                        begun = await queries.begin_reaction(
                            own.connection,
                            reaction=f"early {each.name}",
                            natural_key=each.natural_key(item.event, item.envelope),
                            aggregate=f"{each.topic} {item.key}",
                            subject_id=None,
                            now=own.now,
                        )
                    if begun is None:
                        return
        await original(self, tx, item)

    _put(intake.Intake, "_react", react)


def _relay_without_fence() -> None:
    """A transactional id of its own for every process: nobody fences anybody."""
    original = connection.producer_arguments
    _put(publication, "producer_arguments", lambda settings, _id: original(settings, f"relay-{uuid4()}"))


def _relay_after_the_last_position() -> None:
    """The relay reads what lies above the last position that it has published."""
    original, last = queries.next_events, [0]

    async def next_events(reading: Any, *, limit: int) -> Any:
        rows = [row for row in await original(reading, limit=limit) if row["position"] > last[0]]
        if rows:
            last[0] = rows[-1]["position"]
        return rows

    _put(queries, "next_events", next_events)


def _removed_before_acknowledged() -> None:
    """The outbox is emptied when the batch is read."""
    original = relay.Relay._begin

    async def begin(self: Any, lease: Any) -> Any:
        rows, batch = await original(self, lease)
        async with self._database.reading() as reading:
            await reading.execute("DELETE FROM outbox WHERE position = ANY ($1)", [row["position"] for row in rows])
        return rows, batch

    _put(relay.Relay, "_begin", begin)


def _last_batch_not_asked_for() -> None:
    """A new relay does not ask Kafka whether the last batch is in the log."""

    async def nothing(self: Any) -> None:
        return None

    _put(publication.Publication, "last_committed", nothing)


def _commit_error_is_success() -> None:
    """An error while committing is logged and forgotten: the rows leave the outbox."""
    original = publication.Publication.publish

    async def publish(self: Any, records: Any, batch: Any = None) -> None:
        with suppress(KafkaError):
            await original(self, records, batch)

    _put(publication.Publication, "publish", publish)


def _version_not_compared() -> None:
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


def _acknowledged_in_spite_of_an_error() -> None:
    """A batch that fails is logged and passed over."""

    async def apart(self: Any, items: Any) -> None:
        return None

    _put(intake.Intake, "_apart", apart)


def _tombstone_ignored() -> None:
    """Null values are skipped: "there is nothing in them"."""
    original = projection.Projection.apply

    async def apply(self: Any, reading: Any, items: Any, *arguments: Any, **named: Any) -> Any:
        return await original(self, reading, [item for item in items if not item.tombstone], *arguments, **named)

    _put(projection.Projection, "apply", apply)


def _erased_not_asked_for() -> None:
    """A read model takes states of persons who were erased."""

    async def nobody(reading: Any, *, subjects: Any) -> list[Any]:
        return []

    _put(queries, "erased_among", nobody)


def _dead_letter_dropped() -> None:
    """What cannot be consumed is skipped with a line in the log."""

    async def skip(*_: Any, **__: Any) -> None:
        return None

    _put(intake, "set_aside", skip)


def _reaction_repeated() -> None:
    """What was done is not remembered."""
    original = queries.begin_reaction

    async def begin(reading: Any, *, natural_key: str, **named: Any) -> Any:
        return await original(reading, natural_key=f"{natural_key} {uuid4()}", **named)

    _put(queries, "begin_reaction", begin)


def _outbox_after_the_commit() -> None:
    """Events are written in a transaction of their own, after the change."""
    original = Database.transaction

    @asynccontextmanager
    async def transaction(self: Any) -> Any:
        async with original(self) as tx:
            yield tx
            waiting, tx._records = tx._records, []
        await asyncio.sleep(0.05)
        if waiting:
            async with original(self) as second:
                second._records = waiting

    Database.transaction = transaction  # type: ignore[method-assign]


def _answered_before_the_commit() -> None:
    """The answer goes out while the transaction is still being committed."""
    original = commands.CommandRunner._attempt
    under_way: set[asyncio.Task[Any]] = set()

    async def attempt(self: Any, handle: Any, *arguments: Any) -> Any:
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def early(tx: Any, caller: Any) -> Any:
            result = await handle(tx, caller)
            if not answered.done():
                answered.set_result(result)
            await asyncio.sleep(0.3)
            return result

        task = asyncio.create_task(original(self, early, *arguments))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        await asyncio.wait({task, answered}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        status, shape, location, _, secret, _ = arguments
        return commands._response(commands._answer(answered.result(), status, shape, location, secret))

    _put(commands.CommandRunner, "_attempt", attempt)


def _idempotency_key_ignored() -> None:
    """A repeated POST is done once more."""

    async def never(*_: Any) -> None:
        return None

    _put(idempotency, "claim", never)
    _put(idempotency, "keep", never)


def _capacity_before_the_lock() -> None:
    """Whether a place is free is read before the offer is locked, and counted anew from what was read."""
    from services.matching.store import offers as offers_store

    original = offers_store.lock_offer

    async def lock(reading: Any, offer_id: Any) -> Any:
        offer = await original(reading, offer_id)
        # What another transaction has taken meanwhile is not seen.
        return (
            offer if offer is None else replace(offer, places_taken=max(0, offer.places_taken - random.choice((0, 1))))
        )

    _put(offers_store, "lock_offer", lock)


def _waiting_list_passed_by() -> None:
    """A free place goes to whoever asks for it, also when others wait already."""
    from services.matching.handlers import placement_requests, waiting_list

    for owner in (placement_requests, waiting_list):
        _put(owner, "has_place", lambda pool, together=1: pool.places_free >= together)


def _who_asked_last_is_first() -> None:
    """A free place goes to whoever asked last."""
    from services.matching.store import placements

    original = placements.first_waiting

    async def last(reading: Any, pool_id: Any, at_most: int) -> Any:
        return (await original(reading, pool_id, 1000))[::-1][:at_most]

    _put(placements, "first_waiting", last)


def _version_not_raised() -> None:
    """A change announces the version that was there before."""
    original = Transaction.publish

    def stale(self: Any, event: Any) -> None:
        if type(event).__name__ == "OfferUpdated":
            event = event.model_copy(update={"version": event.version - 1})
        original(self, event)

    Transaction.publish = stale  # type: ignore[method-assign]


def _partition_by_chance() -> None:
    """Events are spread evenly over the partitions."""
    _put(publication, "partition_of", lambda key: random.randrange(12))


def _mail_noted_before_it_is_sent() -> None:
    """A mail counts as sent before the mail server has it."""
    from services.notifications import postman
    from services.notifications.models import DeliveryStatus

    original = postman.Postman._attempt

    async def attempt(self: Any, delivery: Any) -> None:
        await self._settle(delivery, DeliveryStatus.SENT, None)
        await asyncio.sleep(0.3)
        with suppress(Exception):
            await original(self, delivery)

    _put(postman.Postman, "_attempt", attempt)


def _message_id_anew() -> None:
    """Every attempt at a mail has a Message-ID of its own."""
    from services.notifications import postman
    from services.notifications.handlers import letters

    original = letters.letter

    async def letter(*arguments: Any, **named: Any) -> Any:
        return replace(await original(*arguments, **named), delivery_id=uuid4())

    _put(postman, "letter", letter)


def _erasure_forgets_tombstones() -> None:
    """A service deletes its rows of a person, but buries nothing in its topics."""
    from services.matching.store import persons

    async def nothing(*_: Any) -> list[Any]:
        return []

    _put(persons, "placement_ids_of", nothing)


def _uncommitted_read() -> None:
    """Consumers see what a relay wrote in a transaction that was aborted."""
    original = connection.consumer_arguments

    def arguments(settings: Any) -> dict[str, Any]:
        return {**original(settings), "isolation_level": "read_uncommitted"}

    _put(consumer, "consumer_arguments", arguments)


def _waiting_list_forgotten() -> None:
    """Nobody moves up when a place comes free."""
    from services.matching.handlers import waiting_list

    async def nobody(_tx: Any, pool: Any, *_: Any) -> Any:
        return pool

    _put(waiting_list, "offer_free_places", nobody)


BUGS: dict[str, Bug] = {
    "offset-before-effect": Bug(_offset_before_effect, KILLS, "events lost at a kill", BEFORE_AN_EFFECT),
    "inbox-outside-transaction": Bug(_inbox_outside_transaction, KILLS, "mails lost at a kill", BEFORE_AN_EFFECT),
    "relay-without-fence": Bug(_relay_without_fence, ("frozen", *KILLS), "events twice, old after new"),
    "relay-after-the-last-position": Bug(
        _relay_after_the_last_position, ("transaction-that-commits-late",), "events of late transactions lost"
    ),
    "removed-before-acknowledged": Bug(
        _removed_before_acknowledged,
        (*KILLS, "broker-killed"),
        "events lost at a kill or without a broker",
        IN_THE_RELAY,
    ),
    "last-batch-not-asked-for": Bug(_last_batch_not_asked_for, KILLS, "events twice", IN_THE_RELAY),
    "commit-error-is-success": Bug(_commit_error_is_success, ("broker-killed", "frozen"), "events lost"),
    "version-not-compared": Bug(_version_not_compared, ("duplicates-and-reordering",), "read models go back"),
    "acknowledged-in-spite-of-an-error": Bug(
        _acknowledged_in_spite_of_an_error, ("poison", "connections-cut", "duplicates-and-reordering"), "events lost"
    ),
    "tombstone-ignored": Bug(_tombstone_ignored, ("tombstone",), "what was deleted stays"),
    "erased-not-asked-for": Bug(_erased_not_asked_for, ("duplicates-and-reordering",), "erased persons return"),
    "dead-letter-dropped": Bug(_dead_letter_dropped, ("poison",), "what cannot be read is lost"),
    "reaction-repeated": Bug(_reaction_repeated, ("duplicates-and-reordering",), "mails twice"),
    "outbox-after-the-commit": Bug(_outbox_after_the_commit, KILLS, "changes without events", IN_A_COMMAND),
    "answered-before-the-commit": Bug(_answered_before_the_commit, KILLS, "acknowledged, but not there", IN_A_COMMAND),
    "idempotency-key-ignored": Bug(_idempotency_key_ignored, KILLS, "offers twice", IN_A_COMMAND),
    "capacity-before-the-lock": Bug(_capacity_before_the_lock, (), "more placements than places"),
    "waiting-list-passed-by": Bug(_waiting_list_passed_by, (), "who asked later has the place"),
    "who-asked-last-is-first": Bug(_who_asked_last_is_first, (), "who asked earlier waits longer"),
    "version-not-raised": Bug(_version_not_raised, (), "read models stay behind"),
    "partition-by-chance": Bug(_partition_by_chance, (), "no order per aggregate"),
    "mail-noted-before-it-is-sent": Bug(_mail_noted_before_it_is_sent, KILLS, "mails lost at a kill", BEFORE_A_MAIL),
    "message-id-anew": Bug(_message_id_anew, (), "mails that nobody can tell apart"),
    "erasure-forgets-tombstones": Bug(_erasure_forgets_tombstones, (), "erased persons stay in the log"),
    "uncommitted-read": Bug(_uncommitted_read, ("frozen", *KILLS), "effects of what was never announced", IN_THE_RELAY),
    "waiting-list-forgotten": Bug(_waiting_list_forgotten, (), "places stay free"),
}
"""`uncommitted-read` and `waiting-list-passed-by` are expected to do no harm; see the README of this folder."""
