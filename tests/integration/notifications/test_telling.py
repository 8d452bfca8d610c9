"""From an event to a note of who is to be told what: once, in time, and to nobody who is gone."""

from datetime import timedelta

import asyncpg
import pytest

from services.notifications import store
from services.notifications.handlers.preferences import change_preferences
from services.notifications.rules.occasions import OCCASIONS, intents_of
from shared.access.callers import Caller, CallerKind
from shared.contracts import matching, registry, training
from shared.contracts.base import EventData
from shared.postgres.queries import load_queries
from tests.integration.notifications.conftest import SERVICE_NAME, Service
from tests.integration.notifications.events import course, everything, member_contact, offer, volunteer_contact
from tests.support.platform import PlatformDatabase
from tests.unit.notifications.builders import COORDINATOR, COURSE, NOW, OFFER, VOLUNTEER, an_event


@pytest.mark.parametrize("cls", OCCASIONS, ids=lambda cls: cls.__name__)
async def test_an_occasion_is_noted_once_however_often_its_event_comes(service: Service, cls: type[EventData]) -> None:
    event = an_event(cls)
    record = service.record(event)
    await service.take(record, record)
    await service.take(record)
    assert len(await service.statuses()) == len(intents_of(event))
    assert await service.rows("SELECT * FROM dead_letters") == []


async def test_the_same_version_in_another_event_is_the_same_occasion(service: Service) -> None:
    await service.consume(an_event(matching.PlacementConfirmed, version=3))
    await service.consume(an_event(matching.PlacementConfirmed, version=3))
    assert len(await service.statuses()) == 2
    await service.consume(an_event(matching.PlacementConfirmed, version=5))
    assert len(await service.statuses()) == 4


async def test_a_new_request_for_a_link_is_a_new_occasion(service: Service) -> None:
    await service.consume(an_event(registry.ConfirmationRequested))
    await service.consume(an_event(registry.ConfirmationRequested))
    assert len(await service.statuses()) == 2


async def test_what_is_too_late_is_no_occasion(service: Service) -> None:
    await service.consume(an_event(registry.SignInRequested, expires_at=NOW - timedelta(seconds=1)))
    await service.consume(an_event(matching.PlacementOffered, offered_until=NOW))
    await service.consume(an_event(matching.PlacementConfirmed), age=timedelta(days=15))
    assert await service.statuses() == []


async def test_a_note_holds_neither_names_nor_addresses_nor_secrets(service: Service) -> None:
    await service.consume(*everything())
    await service.consume(*(an_event(cls) for cls in OCCASIONS))
    noted = str(await service.rows("SELECT * FROM deliveries")) + str(await service.rows("SELECT * FROM messages"))
    for word in ("Kim", "Toni", "example.org", "token", "Celle"):
        assert word not in noted


async def test_links_are_never_in_the_inbox(service: Service) -> None:
    await service.consume(*(an_event(cls) for cls in OCCASIONS))
    kinds = {row["mail"] for row in await service.rows("SELECT mail FROM messages")}
    assert kinds and not kinds & {"registration-confirmation", "sign-in", "invitation"}


async def test_who_switched_suggestions_off_finds_them_in_the_inbox_only(service: Service) -> None:
    caller = Caller(CallerKind.VOLUNTEER, None, VOLUNTEER)
    async with service.database.transaction() as tx:
        await change_preferences(tx, caller, 1, False)
    await service.consume(an_event(matching.MatchSuggested), an_event(matching.PlacementDeclined))
    assert [mail for mail, _, _ in await service.statuses()] == ["placement-declined"]
    messages = await service.rows("SELECT mail FROM messages ORDER BY mail")
    assert [row["mail"] for row in messages] == ["offer-suggestion", "placement-declined"]


async def test_read_models_follow_their_topics_by_version(service: Service) -> None:
    await service.consume(*everything())
    await service.consume(
        volunteer_contact(name="Kim Neu", version=2),
        volunteer_contact(name="Kim Uralt"),
        member_contact(mail="toni@new.example", version=2),
        offer(matching.OfferUpdated, title="Nachhilfe", version=2),
    )
    assert (await service.rows("SELECT name FROM volunteer_contacts")) == [{"name": "Kim Neu"}]
    assert (await service.rows("SELECT mail FROM member_contacts")) == [{"mail": "toni@new.example"}]
    assert (await service.rows("SELECT title, version FROM offers")) == [{"title": "Nachhilfe", "version": 2}]
    async with service.database.reading() as connection:
        facts = await store.facts(
            connection, offers=[OFFER], courses=[COURSE], organisations=[], volunteers=[], members=[]
        )
    assert facts.offers[OFFER].weekly == ({"day": "tuesday", "start": "15:00", "end": "17:00"},)
    assert facts.courses[COURSE].first_session == course().sessions[0].starts_at
    assert set(facts.organisations.values()) == {"Demo-Initiative Celle"}
    await service.take(service.tombstone("registry.volunteer-contacts", VOLUNTEER))
    assert await service.rows("SELECT * FROM volunteer_contacts") == []
    async with service.database.reading() as connection:
        assert await store.memberships(connection, COORDINATOR) is not None


async def test_every_query_is_valid_in_the_migrated_schema(schema: PlatformDatabase) -> None:
    connection = await asyncpg.connect(
        schema.runtime_dsn(SERVICE_NAME), server_settings={"search_path": "notifications"}
    )
    queries = load_queries(store.__file__)
    names = [name for name in queries.available_queries if not name.endswith("_cursor")]
    assert len(names) > 30
    try:
        for name in names:
            await connection.prepare(getattr(queries, name).sql)
    finally:
        await connection.close()


async def test_training_is_told_too(service: Service) -> None:
    await service.consume(an_event(training.TrainingCompleted))
    assert await service.statuses() == [("training-completed", "pending", None)]
