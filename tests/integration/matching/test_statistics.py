"""Statistics: what a month shows of needs and help, and what it withholds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, GOETTINGEN, HANNOVER, Person, Platform


async def _confirmed(platform: Platform, coordinator: Person, offer: dict[str, Any], people: int) -> None:
    for person in await platform.volunteers(people):
        await platform.step(coordinator, await platform.request(person, offer), "confirmation")


async def _let_the_month_end(platform: Platform) -> None:
    """March; the day after is over, too."""
    platform.clock.instant = datetime(2026, 4, 2, 12, tzinfo=UTC)


async def _cells(platform: Platform, person: Person, **how: Any) -> list[dict[str, Any]]:
    answer = await platform.get("/statistics", person, **how)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_month_tells_of_needs_and_of_help(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    offer = await platform.offer(coordinator, organisation, places=8)
    await platform.offer(coordinator, organisation, places=3)
    platform.clock.advance(timedelta(days=2))
    await _confirmed(platform, coordinator, offer, 5)
    await _let_the_month_end(platform)
    assert await platform.let_timer_run("compute-statistics") == 2
    (cell,) = await _cells(platform, coordinator, by="district-and-topic", last="2026-03")
    assert cell == {
        "month": "2026-03-01",
        "district": CELLE,
        "topic": "homework_help",
        "needs": 2,
        "places": 11,
        "covered": 5,
        "uncovered": 6,
        "confirmed": 5,
        "median_days_to_fill": 2.0,
        "volunteers_active": 5,
        "is_hidden": False,
    }
    minister = await platform.member(Role.STATE_ADMIN, organisation, ())
    (land,) = await _cells(platform, minister, by="land", last="2026-03")
    assert (land["district"], land["topic"], land["covered"], land["places"]) == (None, None, 5, 11)


async def test_fewer_than_five_are_told_nowhere_not_even_by_a_difference(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    few = await platform.offer(coordinator, organisation, places=4, topic="sport")
    many = await platform.offer(coordinator, organisation, places=9)
    await _confirmed(platform, coordinator, few, 4)
    await _confirmed(platform, coordinator, many, 6)
    await _let_the_month_end(platform)
    await platform.let_timer_run("compute-statistics")
    minister = await platform.member(Role.STATE_ADMIN, organisation, ())
    cells = {(each["district"], each["topic"]): each for each in await _cells(platform, minister, last="2026-03")}
    assert cells[CELLE, "sport"]["places"] == 4
    for key in ((CELLE, "sport"), (CELLE, "homework_help"), (None, "sport"), (None, "homework_help")):
        assert cells[key]["is_hidden"] and cells[key]["covered"] is None and cells[key]["volunteers_active"] is None
    assert cells[None, None]["covered"] == 10
    lines = (await platform.get("/statistics", minister, format="csv")).text
    assert "4;4" not in lines and "sport" in lines


async def test_everybody_sees_their_own_districts_and_volunteers_none(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    elsewhere = await platform.member(Role.COORDINATOR, organisation, (GOETTINGEN,))
    await platform.offer(elsewhere, organisation, district=GOETTINGEN, postal_code="37073")
    await platform.offer(coordinator, organisation)
    await platform.let_timer_run("compute-statistics")
    admin = await platform.member(Role.DISTRICT_ADMIN, organisation, (CELLE,))
    assert {each["district"] for each in await _cells(platform, admin)} == {CELLE}
    assert (await platform.get("/statistics", admin, district=HANNOVER)).status_code == 404
    assert {each["district"] for each in await _cells(platform, elsewhere)} == {GOETTINGEN}
    volunteer = await platform.volunteer()
    assert (await platform.get("/statistics", volunteer)).status_code == 403
    assert (await platform.get("/statistics")).status_code == 401


async def test_from_one_day_to_the_next_nothing_can_be_told_of_one_person(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    """Five, and six the day after: the difference would be one. While a month runs only what is needed is told."""
    offer = await platform.offer(coordinator, organisation, places=8)
    for day in range(2):
        await _confirmed(platform, coordinator, offer, 5 - 4 * day)
        await platform.let_timer_run("compute-statistics")
        (cell,) = await _cells(platform, coordinator, by="district-and-topic")
        assert (cell["needs"], cell["places"], cell["is_hidden"]) == (1, 8, True)
        told = ("covered", "uncovered", "confirmed", "median_days_to_fill", "volunteers_active")
        assert [cell[name] for name in told] == [None] * 5
        platform.clock.advance(timedelta(days=1))


async def test_a_month_is_told_once_and_stays_as_it_was(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=6)
    await _confirmed(platform, coordinator, offer, 5)
    await platform.let_timer_run("compute-statistics")
    assert await platform.let_timer_run("compute-statistics") == 0
    await _let_the_month_end(platform)
    assert await platform.let_timer_run("compute-statistics") == 2
    await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=offer["version"])
    platform.clock.advance(timedelta(days=2))
    assert await platform.let_timer_run("compute-statistics") == 1, "only April"
    platform.clock.instant = datetime(2026, 5, 2, 12, tzinfo=UTC)
    await platform.let_timer_run("compute-statistics")
    told = await _cells(platform, coordinator, by="district", last="2026-04")
    assert [(each["month"], each["needs"], each["covered"], each["confirmed"]) for each in told] == [
        ("2026-04-01", 1, 5, 0),
        ("2026-03-01", 1, 5, 5),
    ]
