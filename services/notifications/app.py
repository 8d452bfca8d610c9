"""The composition root: how the two processes of notifications are put together, each with what it needs alone."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from services.notifications import store
from services.notifications.settings import NotificationsSettings
from shared.access.keys import load_signing_key
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import Clock
from shared.runtime.service import Service, WorkerParts
from shared.runtime.settings import Mode, require
from shared.runtime.timers import Timer
from shared.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from fastapi import FastAPI

    from services.notifications.postman import Postman, Send

PRUNED_AT_ONCE = 1000


def build_api(settings: NotificationsSettings, clock: Clock, database: Database | None = None) -> "FastAPI":
    """The HTTP application; no I/O but reading the key."""
    from services.notifications.api import routers
    from shared.http.app import create_app

    keys = [load_signing_key(settings.signing_key_file, settings.mode)] if settings.signing_key_file else []
    return create_app(
        "notifications",
        settings,
        routers(),
        description="Who is told what: inbox, preferences, and the public keys of mailed links.",
        clock=clock,
        database=database,
        signing_keys=keys,
    )


def build_worker(settings: NotificationsSettings, database: Database, _clock: Clock, metrics: Metrics) -> WorkerParts:
    """Read models, reactions, the postman, pruning."""
    from services.notifications.handlers import merges
    from services.notifications.smtp import Transport
    from services.notifications.subscribers import projections, reactions

    transport = Transport(
        settings.smtp_url.get_secret_value(),
        settings.mail_from,
        settings.smtp_seconds_at_most,
        settings.smtp_ca_file,
    )
    return WorkerParts(
        projections=projections(),
        reactions=reactions(settings),
        timers=[
            Timer("prune-notifications", timedelta(minutes=1), lambda tx: _prune(tx, settings)),
            Timer("forget-merges", timedelta(minutes=10), merges.prune),
        ],
        components=[build_postman(settings, database, metrics, transport.send).run],
    )


def build_postman(settings: NotificationsSettings, database: Database, metrics: Metrics, send: "Send") -> "Postman":
    """The component that sends."""
    from services.notifications.handlers.letters import Stationery
    from services.notifications.postman import Postman

    return Postman(
        database=database,
        send=send,
        stationery=Stationery(
            key=load_signing_key(settings.signing_key_file, settings.mode),
            registry_url=settings.registry_public_url,
            receipt_address_wait=timedelta(minutes=settings.receipt_address_minutes),
        ),
        metrics=metrics,
        at_once=settings.deliveries_at_once,
        lease=timedelta(seconds=settings.delivery_lease_seconds),
        poll_seconds=settings.delivery_poll_seconds,
        grace_seconds=settings.shutdown_seconds,
    )


async def _prune(tx: Transaction, settings: NotificationsSettings) -> int:
    """A step of the timer: forget what nobody needs any more."""
    before: dict[str, datetime] = {
        "deliveries": tx.now - timedelta(days=settings.deliveries_kept_days),
        "messages": tx.now - timedelta(days=settings.messages_kept_days),
        "erasures": tx.now - timedelta(days=settings.erasures_kept_days),
    }
    return await store.prune(tx.connection, before, PRUNED_AT_ONCE)


def check(settings: NotificationsSettings, process: str) -> None:
    """Nobody's links are checked without the keys, and no mail may leave that leads to a default.

    Raises
    ------
    ConfigurationError
        It names what is missing.
    """
    require(settings, "signing_key_file")
    if process == "worker" and settings.mode is Mode.PRODUCTION:
        require(settings, "smtp_url", "mail_from", "registry_public_url")


SERVICE = Service(
    name="notifications",
    folder=Path(__file__).parent,
    settings=NotificationsSettings,
    api=build_api,
    worker=build_worker,
    check=check,
)
