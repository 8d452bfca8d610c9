"""The way of a delivery: claimed (committed) → handed over → settled, or postponed."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from services.notifications import store
from services.notifications.handlers.erasure import finish_erasure
from services.notifications.models import Delivery, DeliveryStatus, ReceiptOutcome, Room
from services.notifications.rules.mails import RECEIPT
from shared.postgres.transaction import Transaction


async def claim(tx: Transaction, room: Room, lease: timedelta) -> list[Delivery]:
    """Take what is due. Committed before the dialogue with the mail server; lost to the next after `lease`."""
    return await store.claim_deliveries(tx.connection, tx.now, tx.now + lease, room)


async def keep(tx: Transaction, delivery_ids: Iterable[UUID], lease: timedelta) -> None:
    """Heartbeat of dialogues under way: nobody else may take these deliveries yet."""
    await store.extend_leases(tx.connection, delivery_ids, tx.now + lease)


async def settle(tx: Transaction, delivery: Delivery, status: DeliveryStatus, reason: str | None = None) -> None:
    """It is over: sent, failed or dropped. A receipt that is settled ends the erasure here."""
    if delivery.mail == RECEIPT:
        sent = status is DeliveryStatus.SENT
        await finish_erasure(tx, delivery, ReceiptOutcome.SENT if sent else ReceiptOutcome.UNDELIVERABLE)
        return
    await store.settle_delivery(tx.connection, delivery, status, reason, tx.now)


async def postpone(tx: Transaction, delivery: Delivery, reason: str, pause: timedelta) -> None:
    """Try again after `pause`, or when it expires if that is earlier: then it is dropped."""
    await store.postpone_delivery(tx.connection, delivery, reason, min(tx.now + pause, delivery.expires_at))
