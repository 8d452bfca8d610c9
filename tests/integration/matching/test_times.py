"""Times of placements: deadlines, beginnings and overlaps after something was moved, and days at the calendar's edge."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.handlers import waiting_list
from tests.integration.matching.people import Person, Platform

SERIES = {"rule": "FREQ=WEEKLY", "starts_on": "2026-03-10", "start": "10:00", "end": "12:00", "places": 2}


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, weekly=[])


async def _moved(platform: Platform, person: Person, shift: dict[str, Any], **told: Any) -> dict[str, Any]:
    now = await platform.read(f"/shifts/{shift['shift_id']}")
    body = {"day": "2026-03-05", "start": "10:00", "end": "12:00"} | told
    answer = await platform.post(f"/shifts/{shift['shift_id']}/move", person, body, version=now["version"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_who_is_to_answer_answers_before_the_new_beginning(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    shift = await platform.shift_of(coordinator, offer, day="2026-03-12", places=1)
    invited, first, second = await platform.volunteers(3)
    invitation = await platform.invited(coordinator, offer, invited, shift_id=shift["shift_id"])
    held = await platform.request(first, offer, shift_id=shift["shift_id"])
    waiting = await platform.request(second, offer, shift_id=shift["shift_id"])
    await platform.step(first, held, "withdrawal")
    offered = await platform.read_placement(second, waiting)
    moved = await _moved(platform, coordinator, shift, day="2026-03-03")
    for person, before in ((invited, invitation), (second, offered)):
        now = await platform.read_placement(person, before)
        assert (now["offered_until"], now["version"]) == (moved["starts_at"], before["version"] + 1)
        (*_, event) = await platform.announced(before["placement_id"], "matching.placements")
        assert event.type == "placement-moved" and event.data is not None
        assert (event.data["offered_until"], event.data["told_by_notice"]) == (moved["starts_at"], True)
    platform.clock.instant = datetime(2026, 3, 3, 9, tzinfo=UTC)
    late = await platform.try_step(invited, await platform.read_placement(invited, invitation), "acceptance")
    assert (late.status_code, late.json()["code"]) == (409, "shift-not-open")
    assert await platform.let_timer_run("take-due-steps") == 2
    assert (await platform.read_placement(invited, invitation))["status"] == "expired"


async def test_in_a_series_that_changes_deadlines_end_before_the_new_times(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    series = await platform.made(f"/offers/{offer['offer_id']}/shift-series", coordinator, SERIES)
    shift = (await platform.read(f"/offers/{offer['offer_id']}/shifts"))["items"][0]
    person = await platform.volunteer()
    until = {"until": shift["starts_at"]}
    invitation = await platform.invited(coordinator, offer, person, shift_id=shift["shift_id"], **until)
    told = {"from_day": "2026-03-10", "start": "08:00", "end": "09:00"}
    path = f"/shift-series/{series['series_id']}/change"
    answer = await platform.post(path, coordinator, told, version=series["version"])
    assert (answer.status_code, answer.json()["now_overlapping"]) == (201, []), answer.text
    now = await platform.read_placement(person, invitation)
    assert now["offered_until"] == now["shift_starts_at"] == "2026-03-10T07:00:00Z"


async def test_a_reason_goes_with_those_who_overlap_and_covers_what_was_known_then(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    another = await platform.offer(coordinator, organisation, weekly=[])
    shift, same = [await platform.shift_of(coordinator, each, places=3) for each in (offer, another)]
    busy, free = await platform.volunteers(2)
    await platform.confirmed(coordinator, another, busy, shift_id=same["shift_id"])
    told = {"shift_id": shift["shift_id"], "overlap_reason": "Abgesprochen."}
    made = await platform.invite(coordinator, offer, [busy, free], **told)
    reasons = {each["volunteer_id"]: each["overlap_reason"] for each in made["invited"]}
    assert reasons == {str(busy.subject_id): "Abgesprochen.", str(free.subject_id): None}
    invitations = {each["volunteer_id"]: each for each in made["invited"]}
    accepted = await platform.step(busy, invitations[str(busy.subject_id)], "acceptance")
    assert accepted["status"] == "confirmed"
    platform.clock.advance(timedelta(minutes=1))
    await platform.confirmed(coordinator, another, free, shift_id=same["shift_id"])
    refused = await platform.try_step(free, invitations[str(free.subject_id)], "acceptance")
    assert (refused.status_code, refused.json()["code"]) == (409, "requirements-missing")


async def test_a_reason_does_not_cover_what_is_confirmed_after_it(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    another = await platform.offer(coordinator, organisation, weekly=[])
    shift = await platform.shift_of(coordinator, offer)
    early = await platform.shift_of(coordinator, another, start="09:00", end="10:30")
    late = await platform.shift_of(coordinator, another, start="11:00", end="13:00")
    person = await platform.volunteer()
    await platform.confirmed(coordinator, another, person, shift_id=early["shift_id"])
    told = {"shift_id": shift["shift_id"], "overlap_reason": "Kommt später, abgesprochen."}
    invitation = await platform.invited(coordinator, offer, person, **told)
    platform.clock.advance(timedelta(minutes=1))
    await platform.confirmed(coordinator, another, person, shift_id=late["shift_id"])
    refused = await platform.try_step(person, invitation, "acceptance")
    assert (refused.status_code, refused.json()["code"]) == (409, "requirements-missing")


async def test_a_move_says_who_is_needed_elsewhere_at_the_new_time(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    another = await platform.offer(coordinator, organisation, weekly=[])
    shift = await platform.shift_of(coordinator, offer, places=3)
    there = await platform.shift_of(coordinator, another, day="2026-03-05", start="11:00", end="13:00")
    busy, free = await platform.volunteers(2)
    placements = [
        await platform.confirmed(coordinator, offer, each, shift_id=shift["shift_id"]) for each in (busy, free)
    ]
    await platform.confirmed(coordinator, another, busy, shift_id=there["shift_id"])
    assert (await _moved(platform, coordinator, shift))["now_overlapping"] == [placements[0]["placement_id"]]
    await platform.let_timer_run("tell-of-shifts")
    told = {each["volunteer_id"]: each["overlaps"] for each in await platform.notices("shift-moved")}
    assert told == {str(busy.subject_id): True, str(free.subject_id): False}
    assert (await _moved(platform, coordinator, shift, day="2026-03-06"))["now_overlapping"] == []


async def test_an_offer_with_placements_of_its_own_gets_no_shifts(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    shift = {"day": "2026-03-05", "start": "10:00", "end": "12:00", "places": 2}
    for what, body in (("shifts", shift), ("shift-series", SERIES)):
        answer = await platform.post(f"/offers/{offer['offer_id']}/{what}", coordinator, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "offer-has-placements")
    await platform.step(person, placement, "withdrawal")
    await platform.shift_of(coordinator, offer)


async def test_what_is_to_come_neither_begins_nor_completes_by_hand(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    shift = await platform.shift_of(coordinator, offer, day="2026-03-05")
    placement = await platform.confirmed(coordinator, offer, await platform.volunteer(), shift_id=shift["shift_id"])
    early = await platform.try_step(coordinator, placement, "start")
    assert (early.status_code, early.json()["code"]) == (409, "placement-not-begun")
    assert early.json()["details"]["possible_from"] == "2026-03-04T23:00:00+00:00"
    platform.clock.instant = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
    begun = await platform.step(coordinator, placement, "start")
    done = await platform.try_step(coordinator, begun, "completion")
    assert (done.status_code, done.json()["code"]) == (409, "placement-not-begun")
    platform.clock.instant = datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert (await platform.step(coordinator, begun, "completion"))["status"] == "completed"


async def test_a_group_that_is_larger_than_one_step_gets_its_places(
    platform: Platform, organisation: UUID, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_list, "AT_ONCE", 1)
    offer = await platform.offer(coordinator, organisation, places=2)
    first, *people = await platform.volunteers(3)
    held = await platform.request(first, offer)
    await platform.request(people[0], offer, group_id=await platform.group(*people))
    await platform.step(first, held, "withdrawal")
    assert await platform.statuses() == ["withdrawn", "offered", "offered"]
    await platform.check_counts()


async def test_days_at_the_edge_of_the_calendar_are_refused(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    at_offer = f"/offers/{offer['offer_id']}"
    shift = await platform.shift_of(coordinator, offer)
    series = await platform.made(f"{at_offer}/shift-series", coordinator, SERIES)
    at_shift, at_series = f"/shifts/{shift['shift_id']}", f"/shift-series/{series['series_id']}"
    for day in ("9999-12-31", "0001-01-01"):
        time = {"day": day, "start": "22:00", "end": "02:00"}
        posts: list[tuple[str, dict[str, Any], int | None]] = [
            (f"{at_offer}/shifts", time | {"places": 1}, None),
            (f"{at_shift}/move", time, 1),
            (f"{at_offer}/shift-series", SERIES | {"starts_on": day}, None),
            (f"{at_series}/end", {"last_day": day}, 1),
            (f"{at_series}/change", {"from_day": day}, 1),
            (f"{at_series}/change", {"from_day": "2026-03-17", "last_day": day}, 1),
            ("/offers", platform.offer_body(organisation, starts_on=day, ends_on=day), None),
        ]
        for path, body, version in posts:
            how = {} if version is None else {"version": version}
            answer = await platform.post(path, coordinator, body, **how)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input"), (path, answer.text)
        queries = [(f"{at_offer}/shifts", "until"), (f"{at_offer}/shifts", "since"), ("/placements", "first_day")]
        for path, name in queries:
            assert (await platform.get(path, coordinator, **{name: day})).status_code == 422, (path, name)
        assert (await platform.get("/statistics", coordinator, first=day[:7])).status_code == 422
    for until in ("99991231T235959Z", "00010101T000000Z"):
        body = SERIES | {"rule": f"FREQ=WEEKLY;UNTIL={until}"}
        answer = await platform.post(f"{at_offer}/shift-series", coordinator, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "recurrence-rule")
