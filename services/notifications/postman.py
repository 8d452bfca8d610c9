"""The component of the worker that sends what is due, some at once: what somebody waits for before what is told in bulk.

Here is the one place where exactly-once ends: between the mail server's acceptance and our note of it lies no
transaction. A process that is killed there leaves the delivery `sending`; when its lease is over it is sent again, with
the same Message-ID and the same link (jti), so receivers can tell and the link works once. Nothing is ever lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from services.notifications.handlers.deliveries import claim, keep, postpone, settle
from services.notifications.handlers.letters import NoLonger, NotYet, Stationery, letter
from services.notifications.models import Delivery, DeliveryStatus, Letter
from services.notifications.rules import lanes
from services.notifications.rules.addresses import AddressUnusable
from services.notifications.rules.patience import pause_after_refusal, pause_while_away, pause_while_unknown
from services.notifications.smtp import RefusedForGood, RefusedForNow, ServerAway
from shared.postgres.database import AGAIN, Database, is_away
from shared.postgres.transaction import Transaction
from shared.telemetry import correlation
from shared.telemetry.metrics import Metrics

log = structlog.get_logger()

Send = Callable[[Letter], Awaitable[None]]
DATABASE_PAUSE = 0.2
PERSIST_SECONDS = 300.0
"""So long an outcome is kept in mind while the database is away: what is forgotten is sent again."""
FAILURES_AT_MOST = 8
"""A delivery that fails so often for no reason that we know of is given up, so that it does not come back for ever."""


@dataclass
class Postman:
    """Sends. `at_once` dialogues at the same time, each under a lease that is extended while it goes on."""

    database: Database
    send: Send
    stationery: Stationery
    metrics: Metrics
    at_once: int
    lease: timedelta
    poll_seconds: float
    grace_seconds: float
    _away_in_a_row: int = 0
    _under_way: dict[UUID, "asyncio.Task[None]"] = field(default_factory=dict)
    _in_bulk: set[UUID] = field(default_factory=set)

    async def run(self) -> None:
        """Send what is due until cancelled; then finish the dialogues under way, so that none is left in doubt."""
        beating = asyncio.create_task(self._keep_leases())
        try:
            while True:
                if beating.done():
                    beating.result()
                if not await self._begin():
                    await self._pause()
                if self._away_in_a_row:
                    await asyncio.sleep(pause_while_away(self._away_in_a_row).total_seconds())
                while len(self._under_way) >= self.at_once:
                    await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way.values(), timeout=self.grace_seconds)
            beating.cancel()

    async def step(self) -> int:
        """Send what is due now, once, and wait until it is settled or postponed; how many were taken."""
        begun = await self._begin()
        while self._under_way:
            await asyncio.wait(self._under_way.values())
        return begun

    async def _pause(self) -> None:
        """Nothing more can be begun now: until it is time to look again, or a dialogue is over and leaves its room."""
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=self.poll_seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(self.poll_seconds)

    async def _begin(self) -> int:
        """Claim as many as there is room for and begin their dialogues."""
        in_bulk = len(self._in_bulk)
        # While the server is away one mail at a time asks whether it is back.
        room = lanes.room(1 if self._away_in_a_row else self.at_once, len(self._under_way) - in_bulk, in_bulk)
        if not room.together:
            return 0
        try:
            async with self.database.transaction() as tx:
                deliveries = await claim(tx, room, self.lease)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database-away", error=type(error).__name__)
            await asyncio.sleep(DATABASE_PAUSE)
            return 0
        for delivery in deliveries:
            # Frozen for longer than the lease, this process may have taken from itself what it is still sending.
            if delivery.delivery_id not in self._under_way:
                task = asyncio.create_task(self._deliver(delivery), name="delivery")
                self._under_way[delivery.delivery_id] = task
                if delivery.in_bulk:
                    self._in_bulk.add(delivery.delivery_id)
                task.add_done_callback(lambda _, done=delivery.delivery_id: self._over(done))  # type: ignore[misc]
        return len(deliveries)

    def _over(self, delivery_id: UUID) -> None:
        del self._under_way[delivery_id]
        self._in_bulk.discard(delivery_id)

    async def _keep_leases(self) -> None:
        """Heartbeat: a long dialogue keeps its lease, a killed process loses it soon."""
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            if not self._under_way:
                continue
            try:
                async with self.database.transaction() as tx:
                    await keep(tx, list(self._under_way), self.lease)
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("database-away", error=type(error).__name__)

    async def _deliver(self, delivery: Delivery) -> None:
        with correlation.bind(delivery.correlation_id, delivery.causation_id):
            try:
                await self._attempt(delivery)
            except Exception as error:
                # It stays `sending` and is claimed again when its lease is over.
                log.error("delivery-failed", delivery_id=str(delivery.delivery_id), error=error)

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            async with self.database.reading() as connection:
                ready = await letter(connection, delivery, self.stationery, self.database.clock.now())
            await self.send(ready)
        except NotYet as unknown:
            await self._postpone(delivery, unknown.reason, pause_while_unknown(delivery.attempts))
        except NoLonger as over:
            await self._settle(delivery, DeliveryStatus.DROPPED, over.reason)
        except (AddressUnusable, RefusedForGood) as refusal:
            reason = "address-unusable" if isinstance(refusal, AddressUnusable) else "refused-for-good"
            self._away_in_a_row = 0
            await self._settle(delivery, DeliveryStatus.FAILED, reason)
        except RefusedForNow:
            self._away_in_a_row = 0
            await self._postpone(delivery, "refused-for-now", pause_after_refusal(delivery.attempts))
        except ServerAway as away:
            self._away_in_a_row += 1
            log.warning("mail-server-away", error=away.__cause__, failures_count=self._away_in_a_row)
            await self._postpone(delivery, "server-away", pause_while_away(self._away_in_a_row))
        except Exception as error:
            if is_away(error):
                await self._postpone(delivery, "database-away", pause_while_unknown(1))
            else:
                await self._unforeseen(delivery, error)
        else:
            self._away_in_a_row = 0
            await self._settle(delivery, DeliveryStatus.SENT, None)

    async def _unforeseen(self, delivery: Delivery, error: Exception) -> None:
        """A mistake of ours (a text that cannot be made): tried a few times, then given up, never in the others' way."""
        log.error("delivery-failed", delivery_id=str(delivery.delivery_id), error=error)
        if delivery.attempts >= FAILURES_AT_MOST:
            await self._settle(delivery, DeliveryStatus.FAILED, "unforeseen")
        else:
            await self._postpone(delivery, "unforeseen", pause_after_refusal(delivery.attempts))

    async def _settle(self, delivery: Delivery, status: DeliveryStatus, reason: str | None) -> None:
        await self._persist(lambda tx: settle(tx, delivery, status, reason))
        self._count(delivery, {DeliveryStatus.DROPPED: "skipped"}.get(status, status.value))
        log.info(
            "mail-settled",
            delivery_id=str(delivery.delivery_id),
            mail_template=delivery.mail,
            outcome=status.value,
            reason=reason,
            attempts=delivery.attempts,
        )

    async def _postpone(self, delivery: Delivery, reason: str, pause: timedelta) -> None:
        await self._persist(lambda tx: postpone(tx, delivery, reason, pause))
        self._count(delivery, "postponed")

    async def _persist(self, change: Callable[[Transaction], Awaitable[None]]) -> None:
        """Note what happened, patiently while the database is away, so that fewer mails go out twice."""
        deadline = asyncio.get_running_loop().time() + PERSIST_SECONDS
        while True:
            try:
                async with self.database.transaction() as tx:
                    await change(tx)
            except Exception as error:
                passes = is_away(error) or isinstance(error, AGAIN)
                if not passes or asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(DATABASE_PAUSE)
            else:
                return

    def _count(self, delivery: Delivery, outcome: str) -> None:
        self.metrics.mails_total.labels(delivery.mail, outcome).inc()
