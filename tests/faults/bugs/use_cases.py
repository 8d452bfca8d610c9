"""Mistakes in commands, waiting lists, mails and erasure."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

from shared.access.callers import Caller, caller_of
from shared.access.identity import Identity
from shared.http import commands, idempotency
from shared.postgres.transaction import Transaction
from tests.faults.bugs.planting import put
from tests.faults.impatience import OPERATION


def answered_before_the_commit() -> None:
    """The answer goes out while the transaction is still being committed.

    Only to who asks once and does not come back at once: all others would not get as far as to be shaken.
    """
    original = commands.CommandRunner._attempt
    under_way: set[asyncio.Task[Any]] = set()

    async def attempt(self: Any, handle: Any, *arguments: Any) -> Any:
        if OPERATION.encode() not in self.request.scope.get("tandem.body", b""):
            return await original(self, handle, *arguments)
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
        status, shape, location, _, secret, *_ = arguments
        return commands._response(commands._answer(answered.result(), status, shape, location, secret))

    put(commands.CommandRunner, "_attempt", attempt)


def idempotency_key_ignored() -> None:
    """A repeated POST is done once more."""

    async def begin(tx: Transaction, identity: Identity | None, _: Any) -> tuple[Caller, None]:
        return await caller_of(tx.connection, identity), None

    put(idempotency, "begin", begin)
    put(idempotency, "keep", lambda *_: None)


def capacity_before_the_lock() -> None:
    """Whether a place is free is read before the offer is locked, and counted on from what was read."""
    from services.matching.store import offers as offers_store

    original = offers_store.lock_offer

    async def lock(connection: Any, offer_id: Any) -> Any:
        found = await offers_store.offers(connection, [offer_id])
        await asyncio.sleep(0.2)
        await original(connection, offer_id)
        return found[0] if found else None

    put(offers_store, "lock_offer", lock)


def waiting_list_passed_by() -> None:
    """A free place goes to whoever asks for it, also when others wait already."""
    from services.matching.handlers import placement_requests, waiting_list

    for owner in (placement_requests, waiting_list):
        put(owner, "has_place", lambda pool, together=1: pool.places_free >= together)


def who_asked_last_is_first() -> None:
    """A free place goes to whoever asked last."""
    from services.matching.store import placements

    original = placements.first_waiting

    async def last(reading: Any, pool_id: Any, at_most: int) -> Any:
        return (await original(reading, pool_id, 1000))[::-1][:at_most]

    put(placements, "first_waiting", last)


def waiting_list_forgotten() -> None:
    """Nobody moves up when a place comes free."""
    from services.matching.handlers import waiting_list

    async def nobody(_tx: Any, pool: Any, *_: Any) -> Any:
        return pool

    put(waiting_list, "offer_free_places", nobody)


def version_not_raised() -> None:
    """A change announces the version that was there before."""
    original = Transaction.publish

    def stale(self: Any, event: Any) -> None:
        if type(event).__name__ == "OfferUpdated":
            event = event.model_copy(update={"version": event.version - 1})
        original(self, event)

    Transaction.publish = stale  # type: ignore[method-assign]


def mail_noted_before_it_is_sent() -> None:
    """A mail counts as sent before the mail server has it."""
    from services.notifications import postman
    from services.notifications.models import DeliveryStatus

    original = postman.Postman._attempt

    async def attempt(self: Any, delivery: Any) -> None:
        await self._settle(delivery, DeliveryStatus.SENT, None)
        await asyncio.sleep(0.3)
        with suppress(Exception):
            await original(self, delivery)

    put(postman.Postman, "_attempt", attempt)


def message_id_anew() -> None:
    """Every attempt at a mail has a Message-ID of its own."""
    from services.notifications import postman
    from services.notifications.handlers import letters

    original = letters.letter

    async def letter(*arguments: Any, **named: Any) -> Any:
        return replace(await original(*arguments, **named), delivery_id=uuid4())

    put(postman, "letter", letter)


def erasure_forgets_tombstones() -> None:
    """A service deletes its rows of a person, but buries nothing in its topics."""
    original = Transaction.bury

    def bury(self: Any, topic: str, *arguments: Any, **named: Any) -> None:
        if topic != "matching.placements":
            original(self, topic, *arguments, **named)

    put(Transaction, "bury", bury)
