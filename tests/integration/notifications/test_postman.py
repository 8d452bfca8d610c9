"""From a note to a mail at a real SMTP server, whatever that server answers."""

import asyncio
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import orjson
import pytest
from structlog.testing import capture_logs

from services.notifications.handlers.deliveries import settle
from services.notifications.models import Letter
from services.notifications.postman import Postman
from services.notifications.smtp import Transport
from shared.access.key_sets import KeySet
from shared.access.keys import jwks_document, load_signing_key
from shared.access.links import Link
from shared.access.signed_links import LinkVerifier
from shared.contracts import matching, registry
from shared.contracts.base import EventData
from shared.contracts.vocabulary import OfferStatus, OrganisationStatus, Role
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id
from shared.runtime.settings import Mode
from shared.telemetry import correlation
from tests.integration.notifications.conftest import Service
from tests.integration.notifications.events import (
    consents,
    everything,
    member,
    member_contact,
    offer,
    organisation,
    volunteer_contact,
)
from tests.integration.notifications.smtp_server import SmtpServer, text_of
from tests.support.waiting import eventually
from tests.unit.notifications.builders import LATER, ORGANISATION, VOLUNTEER, an_event

CONFIRMATION = "registration-confirmation"


def link_in(text: str) -> str:
    """The one link of a mail."""
    (found,) = {word for word in text.split() if word.startswith("http")}
    return found


async def verified(service: Service, url: str, purpose: str) -> Link:
    """What the registry makes of a link."""
    assert service.settings.signing_key_file is not None
    key = load_signing_key(service.settings.signing_key_file, Mode.TEST)
    file = service.settings.signing_key_file.with_name("jwks.json")
    await asyncio.to_thread(file.write_bytes, orjson.dumps(jwks_document(key)))
    verifier = LinkVerifier("registry", KeySet(str(file)), Mode.TEST, service.clock)
    return await verifier.verify(parse_qs(urlsplit(url).query)["token"][0], purpose)


async def test_a_clock_that_goes_an_hour_ahead_makes_nobody_wait(service: Service, smtp: SmtpServer) -> None:
    now = datetime.now(UTC)
    service.clock.advance(now + timedelta(hours=1) - service.clock.now())
    await service.consume(*everything(), an_event(matching.PlacementConfirmed))
    service.clock.advance(-timedelta(minutes=59))
    assert await service.postman().step() == 2


async def test_a_confirmed_placement_is_mailed_to_both_in_their_languages(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(matching.PlacementConfirmed))
    assert await service.postman().step() == 2
    assert sorted(smtp.recipients) == ["kim@example.org", "toni@example.org"]
    assert smtp.subjects() == [
        "Ihr Einsatz ist bestätigt: Hausaufgabenhilfe in Celle",
        "Placement confirmed: Hausaufgabenhilfe in Celle",
    ]
    by_recipient = {str(mail["To"]): text_of(mail) for mail in smtp.mails}
    assert "toni@example.org" in by_recipient["Kim Beispiel <kim@example.org>"]
    assert "kim@example.org" in by_recipient["Toni Muster <toni@example.org>"]
    assert {status for _, status, _ in await service.statuses()} == {"sent"}
    assert await service.postman().step() == 0


@pytest.mark.parametrize(
    ("cls", "purpose", "path"),
    [
        (registry.ConfirmationRequested, "confirmation", "/volunteers/confirmation"),
        (registry.SignInRequested, "sign-in", "/sign-in/redemption"),
        (registry.InvitationRequested, "invitation", "/invitations/redemption"),
    ],
)
async def test_a_mailed_link_is_accepted_by_the_registry_until_it_expires(
    service: Service, smtp: SmtpServer, cls: type[EventData], purpose: str, path: str
) -> None:
    event = an_event(cls)
    await service.consume(*everything(), event)
    await service.postman().step()
    url = link_in(text_of(smtp.mails[0]))
    assert url.startswith(f"http://registry.example{path}?token=")
    link = await verified(service, url, purpose)
    assert str(link.subject_id) == event.contract.key_of(event)
    assert link.expires_at == LATER
    with pytest.raises(Refusal):
        await verified(service, url, "something-else")
    service.clock.advance(timedelta(days=3))
    with pytest.raises(Refusal) as refusal:
        await verified(service, url, purpose)
    assert refusal.value.code == "link-expired"


async def test_a_mail_waits_for_the_address_and_for_every_fact(service: Service, smtp: SmtpServer) -> None:
    await service.consume(an_event(matching.PlacementRequested))
    postman = service.postman()
    for known, reasons in (
        ((), {"address-unknown"}),
        (
            (volunteer_contact(), consents("contact_by_organisations"), member_contact()),
            {"offer-unknown", "member-unknown"},
        ),
        ((member(offer().organisation_id), offer()), {"organisation-unknown"}),
    ):
        await service.consume(*known)
        service.clock.advance(timedelta(minutes=5))
        await postman.step()
        assert {reason for _, _, reason in await service.statuses()} == reasons
    await service.consume(organisation())
    service.clock.advance(timedelta(minutes=5))
    await postman.step()
    assert len(smtp.mails) == 2


async def test_refused_for_now_is_tried_again_later(service: Service, smtp: SmtpServer) -> None:
    smtp.answers = ["451 try again", "250 OK"]
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    postman = service.postman()
    await postman.step()
    assert await service.statuses() == [(CONFIRMATION, "pending", "refused-for-now")]
    assert await postman.step() == 0, "not before its pause is over"
    service.clock.advance(timedelta(minutes=1))
    await postman.step()
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]
    assert len(smtp.mails) == 1


async def test_refused_for_good_is_not_tried_again(service: Service, smtp: SmtpServer) -> None:
    smtp.refused_recipients["kim@example.org"] = "550 no such user"
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    postman = service.postman()
    await postman.step()
    service.clock.advance(timedelta(days=1))
    assert await postman.step() == 0
    assert await service.statuses() == [(CONFIRMATION, "failed", "refused-for-good")]


@pytest.mark.parametrize("mail", ["kim", "kim@example.org\r\nBcc: x@example.org", "a@b@c"])
async def test_an_address_that_is_none_fails_alone(service: Service, smtp: SmtpServer, mail: str) -> None:
    await service.consume(*everything(), volunteer_contact(mail=mail, version=2), an_event(matching.PlacementConfirmed))
    await service.postman().step()
    assert await service.statuses() == [
        ("placement-confirmed-coordinator", "sent", None),
        ("placement-confirmed-volunteer", "failed", "address-unusable"),
    ]
    assert smtp.recipients == ["toni@example.org"]


@pytest.mark.parametrize(
    ("name", "mail"),
    [
        ("Kim\r\nBcc: x@example.org", "kim@example.org"),
        ('"><script>alert(1)</script>', '"kim beispiel"@example.org'),
        ("علي \u202egnp.exe", "kim@bücher.example"),
        ("Łukasz, Müller; <a@b>", "kîm@example.org"),
    ],
)
async def test_strange_names_and_addresses_arrive_as_they_are_meant(
    service: Service, smtp: SmtpServer, name: str, mail: str
) -> None:
    await service.consume(*everything(), volunteer_contact(name=name, mail=mail, version=2))
    await service.consume(an_event(matching.PlacementDeclined))
    await service.postman().step()
    assert await service.statuses() == [("placement-declined", "sent", None)]
    (found,) = smtp.mails
    assert len(smtp.recipients) == 1 and found["Bcc"] is None
    assert smtp.recipients[0].replace("xn--bcher-kva", "bücher") == mail


async def test_a_server_that_is_away_is_waited_for(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(matching.PlacementConfirmed))
    smtp.stop()
    postman = service.postman()
    for _ in range(20):
        await postman.step()
        service.clock.advance(timedelta(minutes=1))
    assert {(status, reason) for _, status, reason in await service.statuses()} == {("pending", "server-away")}
    smtp.start()
    for _ in range(2):
        await postman.step()
        service.clock.advance(timedelta(minutes=1))
    assert len(smtp.mails) == 2
    assert {status for _, status, _ in await service.statuses()} == {"sent"}


async def test_a_server_that_does_not_take_our_sender_is_as_good_as_away(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))

    async def no_sender(_server: object, _session: object, _envelope: object, _address: str, _options: object) -> str:
        return "550 sender not allowed"

    smtp.handle_MAIL = no_sender  # type: ignore[attr-defined]
    await service.postman().step()
    assert await service.statuses() == [(CONFIRMATION, "pending", "server-away")]


class Killed(BaseException):
    """The process ends here."""


async def test_killed_between_acceptance_and_note_the_mail_goes_out_again_and_can_be_recognised(
    service: Service, smtp: SmtpServer
) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    transport = Transport(smtp.url, service.settings.mail_from, 5)

    async def send_and_die(letter: Letter) -> None:
        await transport.send(letter)
        raise Killed

    with pytest.raises(Killed):
        await die_with(service.postman(send_and_die))
    assert await service.statuses() == [(CONFIRMATION, "sending", None)]
    successor = service.postman()
    assert await successor.step() == 0, "its lease is not over yet"
    service.clock.advance(timedelta(seconds=service.settings.delivery_lease_seconds + 1))
    assert await successor.step() == 1
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]
    first, second = smtp.mails
    assert first["Message-ID"] == second["Message-ID"] and first["Date"] == second["Date"]
    links = [await verified(service, link_in(text_of(mail)), "confirmation") for mail in (first, second)]
    assert links[0] == links[1], "either link is the same link: it works once"


async def die_with(postman: Postman) -> None:
    """Send as the component does, and let what kills a dialogue out."""
    await postman._begin()
    outcomes = await asyncio.gather(*postman._under_way.values(), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def test_killed_before_the_dialogue_nothing_is_lost(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))

    async def die(_letter: Letter) -> None:
        raise Killed

    with pytest.raises(Killed):
        await die_with(service.postman(die))
    service.clock.advance(timedelta(minutes=10))
    await service.postman().step()
    assert len(smtp.mails) == 1


async def test_a_long_dialogue_keeps_its_lease(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    begun, go_on = asyncio.Event(), asyncio.Event()
    transport = Transport(smtp.url, service.settings.mail_from, 5)

    async def slow(letter: Letter) -> None:
        begun.set()
        await go_on.wait()
        await transport.send(letter)

    postman = service.postman(slow)
    postman.lease = timedelta(seconds=0.3)
    running = asyncio.create_task(postman.run())
    await asyncio.wait_for(begun.wait(), 10)
    service.clock.advance(timedelta(seconds=0.25))

    async def lease_is_extended() -> bool:
        (row,) = await service.rows("SELECT due_at FROM deliveries")
        return bool(row["due_at"] >= service.clock.now() + timedelta(seconds=0.3))

    await eventually(lease_is_extended)
    assert await service.postman().step() == 0, "nobody else takes it meanwhile"
    go_on.set()
    await eventually(lambda: len(smtp.mails) == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]


async def test_a_process_frozen_for_longer_than_its_lease_does_not_send_twice_by_itself(
    service: Service, smtp: SmtpServer
) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    go_on = asyncio.Event()
    transport = Transport(smtp.url, service.settings.mail_from, 5)

    async def slow(letter: Letter) -> None:
        await go_on.wait()
        await transport.send(letter)

    postman = service.postman(slow)
    assert await postman._begin() == 1
    service.clock.advance(timedelta(minutes=5))
    await postman._begin()
    go_on.set()
    await postman.step()
    assert len(smtp.mails) == 1
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]


async def test_a_database_that_is_away_for_a_moment_delays_a_mail_and_does_not_double_it(
    service: Service, smtp: SmtpServer
) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    transport = Transport(smtp.url, service.settings.mail_from, 5)

    async def send_and_lose_the_database(letter: Letter) -> None:
        await transport.send(letter)
        async with service.database.reading() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = current_user AND pid <> pg_backend_pid()"
            )

    await service.postman(send_and_lose_the_database).step()
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]
    assert len(smtp.mails) == 1


async def test_what_has_expired_is_dropped(service: Service, smtp: SmtpServer) -> None:
    await service.consume(an_event(registry.ConfirmationRequested))
    service.clock.advance(timedelta(days=2))
    await service.consume(*everything())
    await service.postman().step()
    assert await service.statuses() == [(CONFIRMATION, "dropped", "expired")]
    assert smtp.mails == []


async def test_who_left_the_organisation_hears_nothing_of_its_volunteers(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(matching.PlacementRequested))
    await service.consume(member(uuid4(), version=2))
    await service.postman().step()
    assert ("placement-requested-coordinator", "dropped", "recipient-left") in await service.statuses()
    assert smtp.recipients == ["kim@example.org"]


@pytest.mark.parametrize(
    "became",
    [
        member(ORGANISATION, version=2, role=Role.TRAINER),
        member(ORGANISATION, version=2, role=Role.ORGANISATION_ADMIN),
        member(ORGANISATION, version=2, districts=("03151",)),
    ],
    ids=["trainer", "organisation_admin", "elsewhere"],
)
async def test_who_is_coordinator_there_no_more_hears_nothing_of_its_volunteers(
    service: Service, smtp: SmtpServer, became: registry.MemberRegistered
) -> None:
    """What counts is the role that the mail is for, not that somebody still belongs to the organisation."""
    await service.consume(*everything(), an_event(matching.PlacementRequested))
    await service.consume(became)
    await service.postman().step()
    assert ("placement-requested-coordinator", "dropped", "recipient-left") in await service.statuses()


async def test_a_suspended_organisation_hears_nothing_of_volunteers(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(matching.PlacementRequested))
    await service.consume(organisation(registry.OrganisationUpdated, version=2, status=OrganisationStatus.SUSPENDED))
    await service.postman().step()
    assert ("placement-requested-coordinator", "dropped", "organisation-suspended") in await service.statuses()
    assert smtp.recipients == ["kim@example.org"]


async def test_a_deadlock_after_the_server_has_accepted_does_not_double_a_mail(
    service: Service, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    victims = [asyncpg.DeadlockDetectedError()]

    async def settle_or_fall_victim(*arguments: Any) -> None:
        if victims:
            raise victims.pop()
        await settle(*arguments)

    monkeypatch.setattr("services.notifications.postman.settle", settle_or_fall_victim)
    await service.postman().step()
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]
    assert len(smtp.mails) == 1


async def test_a_closed_offer_is_not_suggested(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(matching.MatchSuggested))
    await service.consume(offer(matching.OfferClosed, version=2, status=OfferStatus.CLOSED))
    await service.postman().step()
    assert await service.statuses() == [("offer-suggestion", "dropped", "offer-closed")]


async def test_many_postmen_send_each_mail_once(service: Service, smtp: SmtpServer) -> None:
    events = [volunteer_contact(volunteer_id=new_id(), mail=f"v{number}@example.org") for number in range(60)]
    asked = [an_event(registry.ConfirmationRequested, volunteer_id=event.volunteer_id) for event in events]
    await service.consume(*events, *asked)
    postmen = [service.postman() for _ in range(4)]
    while sum(await asyncio.gather(*(postman.step() for postman in postmen))):
        pass
    assert sorted(smtp.recipients) == sorted(str(event.mail) for event in events)


async def test_a_stopped_worker_finishes_the_dialogues_under_way(service: Service, smtp: SmtpServer) -> None:
    await service.consume(*everything(), an_event(registry.ConfirmationRequested))
    begun, go_on = asyncio.Event(), asyncio.Event()
    transport = Transport(smtp.url, service.settings.mail_from, 5)

    async def slow(letter: Letter) -> None:
        begun.set()
        await go_on.wait()
        await transport.send(letter)

    running = asyncio.create_task(service.postman(slow).run())
    await asyncio.wait_for(begun.wait(), 10)
    running.cancel()
    go_on.set()
    await asyncio.gather(running, return_exceptions=True)
    assert await service.statuses() == [(CONFIRMATION, "sent", None)]


async def test_a_mail_belongs_to_the_journey_of_its_event_and_no_log_line_says_who(
    service: Service, smtp: SmtpServer
) -> None:
    journey = str(new_id())
    smtp.answers = ["451 Kim Beispiel <kim@example.org> is not here", "554 go away, toni@example.org"]
    journeys = set()

    def note_journey(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if line["event"] == "mail-settled" and (bound := correlation.current()):
            journeys.add(bound.correlation_id)
        return line

    with capture_logs([note_journey]) as lines:
        await service.consume(*everything())
        await service.consume(an_event(matching.PlacementConfirmed), correlation_id=journey)
        for _ in range(3):
            await service.postman().step()
            service.clock.advance(timedelta(minutes=1))
    assert journeys == {journey}
    assert [line["event"] for line in lines].count("mail-settled") == 2
    for word in ("Kim", "Toni", "kim@", "toni@"):
        assert word not in str(lines)


async def test_a_text_that_cannot_be_made_is_given_up_and_stands_in_nobodys_way(
    service: Service, smtp: SmtpServer
) -> None:
    await service.consume(*everything(), an_event(matching.PlacementConfirmed))
    async with service.database.reading() as connection:
        await connection.execute(
            "UPDATE deliveries SET data = data - 'placement_id' || '{\"offer_id\": \"no id\"}' WHERE recipient = 'volunteer'"
        )
    postman = service.postman()
    for _ in range(20):
        await postman.step()
        service.clock.advance(timedelta(hours=1))
    assert await service.statuses() == [
        ("placement-confirmed-coordinator", "sent", None),
        ("placement-confirmed-volunteer", "failed", "unforeseen"),
    ]
    assert VOLUNTEER is not None and len(smtp.mails) == 1
