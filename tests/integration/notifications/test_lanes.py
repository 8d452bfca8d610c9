"""What somebody waits for is neither taken in nor sent behind what thousands are told; and those are told all the same."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.notifications import subscribers
from services.notifications.app import build_postman
from services.notifications.handlers.telling import tell
from services.notifications.rules.lanes import room
from services.notifications.rules.occasions import IN_BULK
from services.notifications.settings import NotificationsSettings
from shared.contracts import registry
from shared.contracts.base import EventData
from shared.messaging.consumer import Consumer
from shared.messaging.reaction import Happened
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from shared.runtime.ids import new_id
from shared.telemetry.metrics import Metrics
from tests.integration.notifications.conftest import SERVICE_NAME, Service
from tests.integration.notifications.events import erasure_requested, everything, volunteer_contact
from tests.integration.notifications.smtp_server import SmtpServer
from tests.support.event_log import EventLog
from tests.support.platform import PlatformDatabase
from tests.support.waiting import eventually
from tests.unit.notifications.builders import NOW, VOLUNTEER, an_event

MANY = 2500


def imported(number: int) -> list[EventData]:
    """What is heard of so many whom an association has told of."""
    volunteers = [new_id() for _ in range(number)]
    return [
        *(volunteer_contact(volunteer_id=each, mail=f"{each}@imported.example") for each in volunteers),
        *(an_event(registry.VolunteerImported, volunteer_id=each, link_id=new_id()) for each in volunteers),
    ]


def to_imported(smtp: SmtpServer) -> int:
    """How many mails of an import the mail server has accepted."""
    return sum(each.endswith("@imported.example") for each in smtp.recipients)


async def waiting(service: Service) -> int:
    """How many mails of an import wait."""
    (row,) = await service.rows(
        "SELECT count(*) AS mails FROM deliveries WHERE mail = 'volunteer-imported' AND settled_at IS NULL"
    )
    return int(row["mails"])


async def test_a_sign_in_is_mailed_while_thousands_told_in_bulk_wait(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), *imported(MANY))
    service.clock.advance(timedelta(seconds=1))
    await service.consume(an_event(registry.SignInRequested))
    await service.postman().step()
    assert "kim@example.org" in smtp.recipients
    assert await waiting(service) == MANY - to_imported(smtp) > MANY - service.settings.deliveries_at_once


async def test_an_erasure_is_over_while_thousands_told_in_bulk_wait(service: Service, smtp: SmtpServer) -> None:
    own = an_event(registry.VolunteerImported, volunteer_id=VOLUNTEER)
    await service.consume(*everything(), *imported(MANY), own)
    service.clock.advance(timedelta(seconds=1))
    await service.consume(erasure_requested())
    assert await service.rows("SELECT mail FROM deliveries WHERE subject_id = $1", VOLUNTEER) == [], "in bulk, too"
    await service.consume(an_event(registry.ErasureReceiptDue))
    await service.postman().step()
    assert smtp.recipients.count("kim@example.org") == 1
    assert await service.rows("SELECT receipt FROM erasures") == [{"receipt": "sent"}]
    assert await waiting(service) > MANY - service.settings.deliveries_at_once


async def test_what_is_told_in_bulk_moves_on_behind_any_number_of_sign_ins(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), *imported(10))
    await service.consume(*(an_event(registry.SignInRequested, sign_in_id=new_id()) for _ in range(60)))
    postman = service.postman()
    for step in range(1, 4):
        await postman.step()
        assert to_imported(smtp) >= 2 * step
    assert smtp.recipients.count("kim@example.org") > to_imported(smtp)


async def test_slow_mails_in_bulk_leave_room_for_a_sign_in(service: Service, smtp: SmtpServer) -> None:
    """A sign-in does not wait until one of them is over."""
    await service.consume(*everything(), *imported(20))
    gate, begun = asyncio.Event(), 0

    async def send(letter: Any) -> None:
        nonlocal begun
        begun += 1
        if letter.to_mail.endswith("@imported.example"):
            await gate.wait()

    running = asyncio.create_task(build_postman(service.settings, service.database, service.metrics, send).run())
    try:
        at_most = room(service.settings.deliveries_at_once, 0, 0).in_bulk
        await eventually(lambda: begun == at_most)
        await service.consume(an_event(registry.SignInRequested))
        await eventually(lambda: begun == at_most + 1)
    finally:
        gate.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def consuming(
    platform_database: Callable[..., PlatformDatabase], settings: NotificationsSettings
) -> AsyncIterator[Database]:
    """Notifications' consumers beside the Kafka of this run, told what stands in their database."""
    schema = platform_database(SERVICE_NAME)
    told = schema.settings(SERVICE_NAME, NotificationsSettings, signing_key_file=settings.signing_key_file)
    database = await Database.connect(told, SettableClock(NOW), SERVICE_NAME)
    consumer = Consumer(
        SERVICE_NAME,
        database,
        told,
        Metrics(),
        projections=subscribers.projections(),
        reactions=subscribers.reactions(told),
    )
    await consumer.start()
    yield database
    await consumer.stop()
    await database.close()


async def test_a_sign_in_and_an_erasure_are_taken_in_while_an_import_is_not(
    consuming: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same topic and partition: however long those take that were there first."""
    gate = asyncio.Event()

    async def slowly(tx: Transaction, happened: Sequence[Happened], at_most: timedelta) -> int:
        if isinstance(happened[0][0], IN_BULK):
            await gate.wait()
        return await tell(tx, happened, at_most)

    monkeypatch.setattr(subscribers, "tell", slowly)
    volunteer, erased = new_id(), new_id()
    links = [an_event(registry.VolunteerImported, volunteer_id=volunteer, link_id=new_id()) for _ in range(5)]
    await log.publish(*links, an_event(registry.SignInRequested, volunteer_id=volunteer))
    await log.publish(erasure_requested().model_copy(update={"erasure_id": new_id(), "subject_id": erased}))

    async def told() -> list[str]:
        async with consuming.reading() as connection:
            rows = await connection.fetch("SELECT mail FROM deliveries WHERE subject_id = $1", volunteer)
        return sorted(row["mail"] for row in rows)

    async def begun() -> bool:
        async with consuming.reading() as connection:
            return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM erasures WHERE subject_id = $1)", erased))

    try:
        await eventually(told, 30)
        await eventually(begun, 30)
        assert await told() == ["sign-in"]
    finally:
        gate.set()
    await eventually(lambda: _are(told, ["sign-in", *["volunteer-imported"] * 5]), 30)


async def _are(told: Callable[[], Any], expected: list[str]) -> bool:
    return bool(await told() == expected)
