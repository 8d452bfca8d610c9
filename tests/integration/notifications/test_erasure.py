"""Erasure: the receipt goes out before the address does, and then nothing is left and nothing comes back."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from services.notifications.handlers.preferences import change_preferences
from shared.access.callers import Caller, CallerKind
from shared.contracts import matching, registry, training
from shared.contracts.privacy import ErasedHere
from tests.integration.notifications.conftest import Service
from tests.integration.notifications.events import ERASURE, erasure_requested, everything, volunteer_contact
from tests.integration.notifications.smtp_server import SmtpServer, text_of
from tests.unit.notifications.builders import COORDINATOR, OTHER, VOLUNTEER, an_event

PERSONAL_TABLES = ("deliveries", "messages", "preferences", "volunteer_contacts")


def receipt_due() -> Any:
    return an_event(registry.ErasureReceiptDue)


async def answers(service: Service) -> list[ErasedHere]:
    """What the service told the registry."""
    rows = await service.rows("SELECT topic, value FROM outbox ORDER BY position")
    return [ErasedHere(**orjson.loads(row["value"])) for row in rows if row["topic"] == "notifications.privacy"]


async def left_of(service: Service) -> dict[str, int]:
    """Rows that name the volunteer, by table."""
    found = {}
    for table in PERSONAL_TABLES:
        rows = await service.rows(f"SELECT * FROM {table}")
        found[table] = sum(str(VOLUNTEER) in str(row) for row in rows)
    return {table: count for table, count in found.items() if count}


async def told_something(service: Service) -> None:
    """A volunteer with messages, mails (sent and waiting), preferences, and others' mails about them."""
    await service.consume(*everything(), an_event(matching.PlacementRequested), an_event(training.TrainingEnrolled))
    await service.postman().step()
    await service.consume(an_event(matching.PlacementConfirmed, version=2))
    async with service.database.transaction() as tx:
        await change_preferences(tx, Caller(CallerKind.VOLUNTEER, None, VOLUNTEER), 1, False)


async def test_the_receipt_goes_out_before_the_address_does(service: Service, smtp: SmtpServer) -> None:
    await told_something(service)
    sent_before = len(smtp.mails)
    await service.consume(erasure_requested())
    assert await left_of(service) == {"volunteer_contacts": 1}
    assert await answers(service) == [], "not before the receipt"
    await service.consume(receipt_due())
    await service.postman().step()
    (mail,) = smtp.mails[sent_before:]
    assert mail["Subject"] == "Ihre Daten sind gelöscht"
    assert "Vermittlung: 3 Datensätze gelöscht am 2.3.2026" in text_of(mail)
    assert "15.4.2026" in text_of(mail)
    assert await left_of(service) == {}
    (answer,) = await answers(service)
    assert (answer.erasure_id, answer.subject_id, answer.service) == (ERASURE, VOLUNTEER, "notifications")
    assert answer.records >= 11 and answer.log_clean_by > answer.deleted_at.date()
    assert await service.rows("SELECT subject_id FROM erased_subjects") == [{"subject_id": VOLUNTEER}]
    assert await service.rows("SELECT receipt FROM erasures") == [{"receipt": "sent"}]


async def test_of_whom_has_no_mail_the_member_is_told_who_passes_it_on(service: Service, smtp: SmtpServer) -> None:
    """Art. 12(3) DSGVO."""
    await service.consume(*everything(), volunteer_contact(mail=None, through=COORDINATOR, version=2, name="Demo Ohne"))
    await service.consume(erasure_requested(), receipt_due())
    await service.postman().step()
    assert smtp.recipients == ["toni@example.org"]
    assert str(smtp.mails[0]["Subject"]) == "Please pass on to Demo Ohne: Your data has been erased"
    assert await left_of(service) == {}
    assert await service.rows("SELECT receipt FROM erasures") == [{"receipt": "sent"}]


async def test_a_receipt_does_not_wait_for_a_member_who_is_gone(service: Service, smtp: SmtpServer) -> None:
    await service.consume(volunteer_contact(mail=None, through=OTHER, version=2), erasure_requested(), receipt_due())
    await service.postman().step()
    assert await service.rows("SELECT receipt FROM erasures") == [{"receipt": None}]
    service.clock.advance(timedelta(hours=1))
    await service.postman().step()
    assert (smtp.mails, await left_of(service)) == ([], {})
    assert await service.rows("SELECT receipt FROM erasures") == [{"receipt": "undeliverable"}]


async def test_the_receipt_may_be_due_before_the_erasure_is_known(service: Service, smtp: SmtpServer) -> None:
    await service.consume(volunteer_contact(), an_event(matching.PlacementConfirmed))
    await service.consume(receipt_due())
    await service.consume(erasure_requested())
    await service.postman().step()
    assert await left_of(service) == {}
    assert len(await answers(service)) == 1 and len(smtp.mails) == 1


async def test_nobody_whose_erasure_is_under_way_is_told_anything_else(service: Service) -> None:
    await service.consume(*everything(), erasure_requested())
    await service.consume(
        an_event(matching.PlacementWithdrawn, version=3),
        an_event(registry.SignInRequested),
        an_event(matching.MatchSuggested),
    )
    assert await service.statuses() == []
    assert await service.rows("SELECT * FROM messages") == []


async def test_nothing_of_an_erased_person_comes_back(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), erasure_requested(), receipt_due())
    await service.postman().step()
    late = [service.record(event) for event in (volunteer_contact(version=9), erasure_requested(), receipt_due())]
    await service.take(*late, *late)
    await service.consume(an_event(matching.PlacementConfirmed, version=9))
    await service.take(service.tombstone("registry.volunteer-contacts", VOLUNTEER))
    assert await left_of(service) == {}
    assert len(await answers(service)) == 1
    assert len(smtp.mails) == 1
    assert await service.rows("SELECT * FROM dead_letters") == []


@pytest.mark.parametrize("how", ["refused", "address-gone", "address-unusable", "away-for-a-week"])
async def test_a_receipt_that_cannot_be_delivered_does_not_hold_the_erasure_up(
    service: Service, smtp: SmtpServer, how: str
) -> None:
    if how == "refused":
        smtp.refused_recipients["kim@example.org"] = "550 no such user"
    if how == "away-for-a-week":
        smtp.stop()
    if how != "address-gone":
        await service.consume(volunteer_contact(mail="kim" if how == "address-unusable" else "kim@example.org"))
    await service.consume(erasure_requested(), receipt_due())
    postman = service.postman()
    for _ in range(40):
        await postman.step()
        if await answers(service):
            break
        service.clock.advance(timedelta(hours=6))
    assert len(await answers(service)) == 1
    assert await left_of(service) == {}
    assert await service.rows("SELECT receipt FROM erasures") == [{"receipt": "undeliverable"}]
    assert smtp.mails == []


async def test_a_receipt_waits_a_while_for_an_address_that_is_behind(service: Service, smtp: SmtpServer) -> None:
    await service.consume(erasure_requested(), receipt_due())
    postman = service.postman()
    await postman.step()
    assert await answers(service) == []
    await service.consume(volunteer_contact())
    service.clock.advance(timedelta(minutes=1))
    await postman.step()
    assert smtp.recipients == ["kim@example.org"] and len(await answers(service)) == 1


async def test_a_person_erased_before_is_answered_for_again(service: Service, smtp: SmtpServer) -> None:
    await service.consume(volunteer_contact(), erasure_requested(), receipt_due())
    await service.postman().step()
    again = an_event(registry.ErasureReceiptDue, erasure_id=VOLUNTEER)
    await service.consume(again)
    first, second = await answers(service)
    assert first.erasure_id == ERASURE and second.erasure_id == VOLUNTEER
    assert len(smtp.mails) == 1


async def test_a_mail_noted_at_the_same_moment_does_not_survive_the_erasure(service: Service) -> None:
    await service.consume(*everything())
    for version in range(2, 12):
        await asyncio.gather(
            service.consume(an_event(matching.PlacementConfirmed, version=version)),
            service.consume(erasure_requested()),
        )
        assert await left_of(service) == {"volunteer_contacts": 1}
        async with service.database.reading() as connection:
            await connection.execute("DELETE FROM erasures")
            await connection.execute("DELETE FROM reactions WHERE reaction = 'erasure'")
