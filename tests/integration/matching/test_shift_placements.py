"""Placements of shifts: each shift has its own places and its own waiting list, and times that overlap block."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.integration.matching.people import Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, weekly=[])


async def test_each_shift_has_its_own_places_and_list(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    morning = await platform.shift_of(coordinator, offer, places=1)
    noon = await platform.shift_of(coordinator, offer, start="12:00", end="14:00", places=1)
    one, other = await platform.volunteers(2)
    needed = await platform.post("/placements", one, {"offer_id": offer["offer_id"]})
    assert (needed.status_code, needed.json()["code"]) == (409, "shift-needed")
    first = await platform.request(one, offer, shift_id=morning["shift_id"])
    second = await platform.request(other, offer, shift_id=morning["shift_id"])
    third = await platform.request(other, offer, shift_id=noon["shift_id"])
    assert [each["status"] for each in (first, second, third)] == ["requested", "waitlisted", "requested"]
    assert first["shift_starts_at"].startswith("2026-03-03T09:00")
    again = await platform.post("/placements", one, {"offer_id": offer["offer_id"], "shift_id": morning["shift_id"]})
    assert again.json()["code"] == "already-requested"
    await platform.step(one, first, "withdrawal")
    now = await platform.read_placement(other, second)
    # Not longer than until the shift begins.
    assert (now["status"], now["offered_until"]) == ("offered", morning["starts_at"])
    await platform.check_counts()


async def test_a_shift_begins_and_completes_by_itself(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    shift = await platform.shift_of(coordinator, offer, places=1)
    one, other, undecided = await platform.volunteers(3)
    placement = await platform.confirmed(coordinator, offer, one, shift_id=shift["shift_id"])
    waiting = await platform.request(other, offer, shift_id=shift["shift_id"])
    platform.clock.instant = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert await platform.let_timer_run("take-due-steps") == 1
    assert (await platform.read_placement(one, placement))["status"] == "active"
    late = await platform.post("/placements", undecided, {"offer_id": offer["offer_id"], "shift_id": shift["shift_id"]})
    assert (late.status_code, late.json()["code"]) == (409, "shift-not-open")
    platform.clock.advance(timedelta(hours=2))
    assert await platform.let_timer_run("take-due-steps") == 2
    assert (await platform.read_placement(one, placement))["status"] == "completed"
    assert (await platform.read_placement(other, waiting))["status"] == "declined"
    await platform.check_counts()


async def test_a_shift_that_is_moved_begins_at_its_new_time(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    shift = await platform.shift_of(coordinator, offer)
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, offer, person, shift_id=shift["shift_id"])
    now = await platform.read(f"/shifts/{shift['shift_id']}")
    moved = await platform.post(
        f"/shifts/{shift['shift_id']}/move",
        coordinator,
        {"day": "2026-03-05", "start": "10:00", "end": "12:00", "note": "Raum belegt"},
        version=now["version"],
    )
    assert moved.status_code == 200, moved.text
    platform.clock.instant = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert await platform.let_timer_run("take-due-steps") == 0
    platform.clock.instant = datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert await platform.let_timer_run("take-due-steps") == 1
    assert (await platform.read_placement(person, placement))["status"] == "active"


async def test_confirmed_shifts_that_overlap_block_each_other_unless_a_coordinator_says_why(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    another = await platform.offer(coordinator, organisation, weekly=[])
    weekly = await platform.offer(
        coordinator, organisation, weekly=[{"day": "tuesday", "start": "11:00", "end": "13:00"}]
    )
    shift = await platform.shift_of(coordinator, offer)
    overlaps = await platform.shift_of(coordinator, another, start="11:59", end="13:00")
    after = await platform.shift_of(coordinator, another, start="13:00", end="14:00")
    person = await platform.volunteer()
    one = await platform.request(person, another, shift_id=overlaps["shift_id"])
    tuesdays = await platform.request(person, weekly)
    await platform.confirmed(coordinator, offer, person, shift_id=shift["shift_id"])
    for placement in (one, tuesdays):
        answer = await platform.try_step(coordinator, placement, "confirmation")
        (missing,) = answer.json()["details"]["missing"]
        assert (missing["requirement"], missing["fact"]) == ("no_overlap", {"offers": [offer["offer_id"]]})
    refused = await platform.post("/placements", person, {"offer_id": offer["offer_id"], "shift_id": after["shift_id"]})
    assert (refused.status_code, refused.json()["code"]) == (404, "shift-not-found")
    await platform.confirmed(coordinator, another, person, shift_id=after["shift_id"])
    despite = await platform.step(coordinator, one, "confirmation", {"overlap_reason": "Geht früher, abgesprochen."})
    assert despite["status"] == "confirmed"
    await platform.check_counts()


async def test_a_closed_offer_takes_the_undecided_of_its_shifts_along(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    shifts = [await platform.shift_of(coordinator, offer, start=f"{hour}:00", end=f"{hour + 1}:00", places=1)
              for hour in (10, 11, 12)]  # fmt: skip
    person, other = await platform.volunteers(2)
    for shift in shifts:
        await platform.request(person, offer, shift_id=shift["shift_id"])
        await platform.request(other, offer, shift_id=shift["shift_id"])
    kept = await platform.placement_of(person)
    await platform.step(coordinator, kept, "confirmation")
    now = await platform.read_offer(offer)
    closed = await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=now["version"])
    assert closed.status_code == 200, closed.text
    await platform.let_timer_run("settle-closed-offers")
    assert sorted(await platform.statuses()) == ["confirmed"] + ["declined"] * 5
    await platform.check_counts()


async def test_a_cancelled_shift_ends_what_was_agreed(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    shift = await platform.shift_of(coordinator, offer, places=1)
    person, other = await platform.volunteers(2)
    await platform.confirmed(coordinator, offer, person, shift_id=shift["shift_id"])
    await platform.request(other, offer, shift_id=shift["shift_id"])
    now = await platform.read(f"/shifts/{shift['shift_id']}")
    cancelled = await platform.post(
        f"/shifts/{shift['shift_id']}/cancellation", coordinator, {"note": "Sturm"}, version=now["version"]
    )
    assert cancelled.status_code == 200, cancelled.text
    await platform.let_timer_run("tell-of-shifts")
    assert await platform.statuses() == ["ended", "declined"]
    assert (await platform.value("SELECT end_reason FROM placements WHERE status = 'ended'")) == "need_over"
    await platform.check_counts()


async def test_whoever_answers_for_a_cancelled_shift_is_told_once_when_nobody_is_left(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    """However many were placed; of a shift with which nobody had to do they are told nothing."""
    shift, empty = (
        await platform.shift_of(coordinator, offer),
        await platform.shift_of(coordinator, offer, start="08:00"),
    )
    for person in await platform.volunteers(2):
        await platform.confirmed(coordinator, offer, person, shift_id=shift["shift_id"])
    for each in (shift, empty):
        now = await platform.read(f"/shifts/{each['shift_id']}")
        path = f"/shifts/{each['shift_id']}/cancellation"
        assert (await platform.post(path, coordinator, {"note": ""}, version=now["version"])).status_code == 200
    await platform.let_timer_run("tell-of-shifts")
    assert len(await platform.notices("shift-cancelled")) == 2
    (cleared,) = await platform.notices("shift-cleared")
    assert (cleared["shift_id"], cleared["subject_id"]) == (shift["shift_id"], str(coordinator.subject_id))
    ended = [
        each.data for each in await platform.announced(topic="matching.placements") if each.type == "placement-ended"
    ]
    assert [data and data["told_by_notice"] for data in ended] == [True, True]


async def test_lists_of_one_shift_and_of_its_day(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    early = await platform.shift_of(coordinator, offer)
    late = await platform.shift_of(coordinator, offer, day="2026-03-20")
    person = await platform.volunteer()
    one, other = [await platform.request(person, offer, shift_id=shift["shift_id"]) for shift in (early, late)]
    for who in (person, coordinator):
        of_shift = (await platform.get("/placements", who, shift_id=early["shift_id"])).json()["items"]
        assert [each["placement_id"] for each in of_shift] == [one["placement_id"]]
        of_day = (await platform.get("/placements", who, first_day="2026-03-20", last_day="2026-03-20")).json()["items"]
        assert [each["placement_id"] for each in of_day] == [other["placement_id"]]


async def test_simultaneous_requests_for_two_shifts_never_overbook_either(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    shifts = [await platform.shift_of(coordinator, offer, start=f"{hour}:00", end=f"{hour + 1}:00", places=2)
              for hour in (10, 11)]  # fmt: skip
    people = await platform.volunteers(8)
    answers = await platform.at_once(
        platform.post("/placements", person, {"offer_id": offer["offer_id"], "shift_id": shift["shift_id"]})
        for person in people
        for shift in shifts
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await platform.statuses() == (["requested"] * 2 + ["waitlisted"] * 6) * 2
    await platform.check_counts()
