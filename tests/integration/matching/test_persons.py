"""A person's data: handed out whole, erased whole, and gone for good."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.matching.handlers.telling import tell_suggestions
from shared.contracts.registry import VolunteerErased
from tests.integration.matching.people import Person, Platform
from tests.support.waiting import eventually

TABLES = (
    *("volunteers", "qualifications", "placements", "told_suggestions", "suggestion_checks", "idempotency_keys"),
    *("postings", "standings", "asks", "declined_topics"),
)


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, places=1)


async def test_everything_of_a_person_is_handed_out_to_them_only(
    platform: Platform, organisation: UUID, coordinator: Person, offer: dict[str, Any]
) -> None:
    another = await platform.offer(coordinator, organisation, weekly=[])
    person, other = await platform.volunteers(2)
    await platform.qualification(person, valid_until=date(2027, 1, 1))
    placement = await platform.request(person, offer)
    await platform.let_timer_run("tell-suggestions")
    record = (await platform.get("/me/export", person)).json()
    assert record["profile"]["volunteer_id"] == str(person.subject_id)
    assert [each["valid_until"] for each in record["qualifications"]] == ["2027-01-01"]
    assert [each["placement_id"] for each in record["placements"]] == [placement["placement_id"]]
    assert [each["offer_id"] for each in record["suggestions_told"]] == [another["offer_id"]]
    path = f"/persons/{person.subject_id}/export"
    assert (await platform.get(path, person)).json() == record
    for who, status in ((other, 404), (coordinator, 404), (None, 401)):
        assert (await platform.get(path, who)).status_code == status


async def test_an_erasure_leaves_nothing_and_buries_every_key(
    platform: Platform, organisation: UUID, coordinator: Person, offer: dict[str, Any]
) -> None:
    person = await platform.volunteer()
    await platform.qualification(person)
    old = await platform.step(person, await platform.request(person, offer), "withdrawal")
    live = await platform.request(person, offer)
    await platform.step(coordinator, live, "confirmation")
    await platform.offer(coordinator, organisation, weekly=[])
    await platform.let_timer_run("tell-suggestions")
    await platform.volunteer(person.subject_id, reach_km=20)
    records = await platform.erase(person)
    for table in TABLES:
        about = "subject_id" if table == "idempotency_keys" else "volunteer_id"
        count = await platform.value(f"SELECT count(*) FROM {table} WHERE {about} = $1", person.subject_id)
        assert (table, count) == (table, 0)
    assert records >= 6
    assert await platform.types(old["placement_id"]) == [
        "placement-requested",
        "placement-withdrawn",
        "tombstone",
    ]
    events = await platform.announced(live["placement_id"])
    assert [each.type for each in events] == [
        "placement-requested",
        "placement-confirmed",
        "placement-withdrawn",
        "tombstone",
    ]
    assert events[-1].data is None
    assert events[-1].headers["ce_person"] == str(person.subject_id)


async def test_a_place_that_an_erasure_frees_goes_to_the_next_in_line(
    platform: Platform, offer: dict[str, Any]
) -> None:
    people = await platform.volunteers(3)
    placements = [await platform.request(person, offer) for person in people]
    await platform.erase(people[0])
    assert (await platform.read_placement(people[1], placements[1]))["status"] == "offered"
    await platform.erase(people[2])
    async with platform.database.reading() as connection:
        row = await connection.fetchrow("SELECT places_taken, waiting FROM offers")
    assert row is not None and tuple(row) == (1, 0)


async def test_an_erased_person_neither_acts_nor_comes_back(platform: Platform, offer: dict[str, Any]) -> None:
    person = await platform.volunteer()
    await platform.erase(person)
    answer = await platform.post("/placements", person, {"offer_id": offer["offer_id"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")
    await platform.volunteer(person.subject_id)
    await platform.qualification(person)
    await platform.let_timer_run("tell-suggestions")
    assert await platform.value("SELECT count(*) FROM volunteers") == 0
    assert await platform.value("SELECT count(*) FROM qualifications") == 0
    assert await platform.told() == []


async def test_a_volunteer_who_ended_is_weighed_no_more_though_the_erasure_is_still_under_way(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    await platform.hear(VolunteerErased(volunteer_id=person.subject_id, version=9, erased_at=platform.clock.now()))
    await platform.let_timer_run("tell-suggestions")
    assert await platform.told() == []
    answer = await platform.try_step(coordinator, placement, "confirmation")
    assert (answer.status_code, answer.json()["code"]) == (404, "person-not-found")
    await platform.erase(person)
    assert await platform.types(placement["placement_id"]) == [
        "placement-requested",
        "placement-withdrawn",
        "tombstone",
    ]


async def test_an_erasure_at_the_moment_of_telling_leaves_nothing(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    async with platform.database.transaction() as tx:
        assert await tell_suggestions(tx, platform.settings)
        erasing = asyncio.create_task(platform.erase(person))
        await eventually(lambda: platform.value("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
    await erasing
    assert await platform.value("SELECT count(*) FROM told_suggestions") == 0


async def test_whoever_frees_places_of_several_shifts_raises_the_offer_once_for_each(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, weekly=[])
    person = await platform.volunteer()
    for start, end in (("10:00", "11:00"), ("12:00", "13:00")):
        shift = await platform.shift_of(coordinator, offer, start=start, end=end, places=1)
        await platform.confirmed(coordinator, offer, person, shift_id=shift["shift_id"])
    assert (await platform.read_offer(offer, coordinator))["status"] == "filled"
    await platform.erase(person)
    told = [each.data["version"] for each in await platform.announced(offer["offer_id"]) if each.data]
    assert told == sorted(set(told)), "a version was told twice"
    assert (await platform.read_offer(offer, coordinator))["status"] == "published"


async def test_others_are_looked_for_when_whoever_was_confirmed_is_erased(
    platform: Platform, organisation: UUID, coordinator: Person, offer: dict[str, Any]
) -> None:
    person, fitting = await platform.volunteers(2)
    await platform.confirmed(coordinator, offer, person)
    await platform.erase(person)
    assert await platform.let_timer_run("find-for-vacancies") == 1
    (notice,) = await platform.notices("place-vacated")
    assert (notice["offer_id"], notice["subject_id"], notice["found"]) == (
        offer["offer_id"],
        str(coordinator.subject_id),
        1,
    )
    assert str(person.subject_id) not in str(notice)
    await platform.confirmed(coordinator, offer, fitting)
    waits = await platform.volunteer()
    await platform.request(waits, offer)
    await platform.erase(fitting)
    assert await platform.let_timer_run("find-for-vacancies") == 0, "the place went to whoever waited"
