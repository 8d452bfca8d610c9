"""Shifts: planned one by one or as a series, moved, cancelled, understaffed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.handlers import series, series_changes
from services.notifications.rules.occasions import intents_of
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, HANNOVER, Person, Platform

WEEKLY = {
    "rule": "FREQ=WEEKLY;BYDAY=TU",
    "starts_on": "2026-03-03",
    "start": "15:00",
    "end": "17:00",
    "places": 2,
    "minimum_staffing": 1,
}
TOMORROW = {"day": "2026-03-03", "start": "10:00", "end": "12:00", "places": 2, "minimum_staffing": 1}


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    platform.clock.instant = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return await platform.offer(coordinator, organisation, weekly=[])


async def shifts_of(platform: Platform, offer: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    found = await platform.get(f"/offers/{offer['offer_id']}/shifts", limit=100, **asked)
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


async def planned(platform: Platform, person: Person, offer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return await platform.made(f"/offers/{offer['offer_id']}/shifts", person, TOMORROW | changes)


async def recurring(platform: Platform, person: Person, offer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return await platform.made(f"/offers/{offer['offer_id']}/shift-series", person, WEEKLY | changes)


async def asked_for(platform: Platform, person: Person, shift: dict[str, Any]) -> dict[str, Any]:
    """A placement with a shift that a volunteer asked for."""
    body = {"offer_id": shift["offer_id"], "shift_id": shift["shift_id"]}
    return await platform.made("/placements", person, body)


async def test_a_series_keeps_the_wall_time_over_the_clock_change_and_is_made_as_far_as_the_horizon(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    series = await recurring(platform, coordinator, offer, except_on=["2026-03-17"])
    shifts = await shifts_of(platform, offer)
    assert [each["local_start"][:10] for each in shifts[:4]] == ["2026-03-03", "2026-03-10", "2026-03-24", "2026-03-31"]
    assert {each["local_start"][11:] for each in shifts} == {"15:00"}
    assert [shifts[2]["starts_at"], shifts[3]["starts_at"]] == ["2026-03-24T14:00:00Z", "2026-03-31T13:00:00Z"]
    assert date.fromisoformat(series["generated_until"]) == date(2026, 3, 2) + timedelta(weeks=12)
    assert len(shifts) == 11
    seen = await platform.read_offer(offer)
    assert [each["shift_id"] for each in seen["shifts"]] == [each["shift_id"] for each in shifts]
    for day, found in (("tuesday", 1), ("monday", 0)):
        assert len((await platform.get("/offers", day=day)).json()["items"]) == found


async def test_made_again_a_series_changes_nothing_and_exceptions_survive(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    await recurring(platform, coordinator, offer)
    first, second, *_ = await shifts_of(platform, offer)
    moved = await platform.post(
        f"/shifts/{first['shift_id']}/move",
        coordinator,
        {"day": "2026-03-04", "start": "18:00", "end": "20:00", "note": "Raum belegt"},
        version=1,
    )
    assert moved.status_code == 200, moved.text
    cancelled = await platform.post(f"/shifts/{second['shift_id']}/cancellation", coordinator, {}, version=1)
    assert cancelled.json()["status"] == "cancelled"
    before = await shifts_of(platform, offer)
    await platform.execute("UPDATE shift_series SET generated_until = starts_on - 1, is_over = false")
    assert await platform.let_timer_run("generate-shifts") == 1
    assert await shifts_of(platform, offer) == before
    assert [each["starts_at"] for each in before if each["shift_id"] == first["shift_id"]] == ["2026-03-04T17:00:00Z"]
    platform.clock.instant = platform.in_days(14)
    assert await platform.let_timer_run("generate-shifts") == 1
    assert len(await shifts_of(platform, offer)) == len(before) + 2
    assert await platform.let_timer_run("generate-shifts") == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rule": "FREQ=SECONDLY"}, "recurrence-rule"),
        ({"rule": "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31"}, "recurrence-rule"),
        ({"minimum_staffing": 3}, "minimum-staffing"),
        ({"starts_on": "2026-03-01"}, "shift-begun"),
        ({"start": "25:00"}, "invalid-input"),
    ],
)
async def test_a_series_that_cannot_be_is_refused(
    platform: Platform, coordinator: Person, offer: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    answer = await platform.post(f"/offers/{offer['offer_id']}/shift-series", coordinator, WEEKLY | changes)
    assert answer.json()["code"] == code
    assert await platform.value("SELECT count(*) FROM shifts") == 0


async def test_whoever_has_a_placement_is_told_once_when_a_shift_is_moved(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    shift = await planned(platform, coordinator, offer, places=1)
    people = await platform.volunteers(3)
    placements = [await asked_for(platform, person, shift) for person in people[:2]]
    assert [each["status"] for each in placements] == ["requested", "waitlisted"]
    moved = await platform.post(
        f"/shifts/{shift['shift_id']}/move",
        coordinator,
        {"day": "2026-03-05", "start": "10:00", "end": "12:00"},
        version=1,
    )
    assert (moved.json()["moved_from"], moved.json()["starts_at"]) == ("2026-03-03T09:00:00Z", "2026-03-05T09:00:00Z")
    assert await platform.let_timer_run("tell-of-shifts") == 1
    told = await platform.announced(topic="matching.notices")
    assert {each.key for each in told} == {each["placement_id"] for each in placements}
    assert {each.type for each in told} == {"shift-moved"}
    assert all(each.data and each.data["started_before_at"] == "2026-03-03T09:00:00Z" for each in told)
    assert await platform.let_timer_run("tell-of-shifts") == 0


async def test_a_cancelled_shift_ends_what_was_agreed_and_declines_the_rest(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    shift = await planned(platform, coordinator, offer, places=1)
    people = await platform.volunteers(2)
    placements = [await asked_for(platform, person, shift) for person in people]
    await platform.step(coordinator, placements[0], "confirmation")
    seen = await platform.read(f"/shifts/{shift['shift_id']}")
    answer = await platform.post(
        f"/shifts/{shift['shift_id']}/cancellation", coordinator, {"note": "Krank"}, version=seen["version"]
    )
    assert (answer.json()["status"], answer.json()["note"]) == ("cancelled", "Krank")
    assert await platform.let_timer_run("tell-of-shifts") >= 1
    now = [await platform.read_placement(*each) for each in zip(people, placements, strict=True)]
    assert [each["status"] for each in now] == ["ended", "declined"]
    told = await platform.announced(topic="matching.notices")
    assert sorted(each.key for each in told if each.type == "shift-cancelled") == sorted(
        each["placement_id"] for each in placements
    )
    late = await platform.post(
        "/placements", await platform.volunteer(), {"offer_id": offer["offer_id"], "shift_id": shift["shift_id"]}
    )
    assert late.status_code == 409
    again = await platform.post(
        f"/shifts/{shift['shift_id']}/cancellation", coordinator, {}, version=answer.json()["version"]
    )
    assert again.json()["code"] == "shift-cancelled"


async def test_many_are_told_in_bounded_steps(
    platform: Platform, coordinator: Person, offer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.matching.handlers.waiting_list.AT_ONCE", 2)
    shift = await planned(platform, coordinator, offer, places=3)
    placements = [await asked_for(platform, person, shift) for person in await platform.volunteers(5)]
    await platform.post(f"/shifts/{shift['shift_id']}/cancellation", coordinator, {}, version=1)
    assert await platform.let_timer_run("tell-of-shifts") >= 3
    told = await platform.announced(topic="matching.notices")
    assert [each.type for each in told[-1:]] == ["shift-cleared"], "once, when nobody is left"
    assert sorted(each.key for each in told[:-1]) == sorted(each["placement_id"] for each in placements)


async def test_shifts_that_lack_people_are_listed_for_their_organisation(
    platform: Platform, organisation: UUID, coordinator: Person, offer: dict[str, Any]
) -> None:
    lacking = await planned(platform, coordinator, offer, minimum_staffing=2)
    staffed = await planned(platform, coordinator, offer, day="2026-03-04", minimum_staffing=1)
    await planned(platform, coordinator, offer, day="2026-03-05", minimum_staffing=0)
    far = await planned(platform, coordinator, offer, day="2026-05-20", minimum_staffing=1)
    for shift in (lacking, staffed):
        placement = await asked_for(platform, await platform.volunteer(), shift)
        await platform.step(coordinator, placement, "confirmation")
    path = f"/organisations/{organisation}/understaffed-shifts"
    found = (await platform.get(path, coordinator)).json()["items"]
    assert [(each["shift_id"], each["staffed"], each["lacking"]) for each in found] == [(lacking["shift_id"], 1, 1)]
    longer = (await platform.get(path, coordinator, within_days=120)).json()["items"]
    assert [each["shift_id"] for each in longer] == [lacking["shift_id"], far["shift_id"]]
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    assert (await platform.get(path, elsewhere)).json()["items"] == []
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    assert len((await platform.get(path, admin)).json()["items"]) == 1
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation(), [CELLE])
    assert (await platform.get(path, stranger)).status_code == 404


async def test_a_series_is_ended_and_what_was_planned_after_it_is_cancelled(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    series = await recurring(platform, coordinator, offer)
    shifts = await shifts_of(platform, offer)
    placement = await asked_for(platform, await platform.volunteer(), shifts[2])
    body = {"last_day": "2026-03-10", "note": "Ferien"}
    ended = await platform.post(f"/shift-series/{series['series_id']}/end", coordinator, body, version=1)
    assert (ended.json()["is_over"], ended.json()["last_day"]) == (True, "2026-03-10")
    now = await shifts_of(platform, offer)
    assert [each["status"] for each in now[:3]] == ["planned", "planned", "cancelled"]
    assert {each["status"] for each in now[2:]} == {"cancelled"}
    await platform.let_timer_run("tell-of-shifts")
    assert await platform.types(placement["placement_id"]) == [
        "placement-requested",
        "shift-cancelled",
        "placement-declined",
    ]
    again = await platform.post(f"/shift-series/{series['series_id']}/end", coordinator, body, version=2)
    assert again.json()["code"] == "series-ended"
    platform.clock.instant = platform.in_days(30)
    assert await platform.let_timer_run("generate-shifts") == 0


async def test_an_offer_with_shifts_is_filled_when_every_one_to_come_is(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    shift = await planned(platform, coordinator, offer, places=1)
    placement = await asked_for(platform, await platform.volunteer(), shift)
    assert (await platform.read_offer(offer))["status"] == "published"
    confirmed = await platform.step(coordinator, placement, "confirmation")
    assert (await platform.read_offer(offer))["status"] == "filled"
    await planned(platform, coordinator, offer, day="2026-03-09", places=1)
    assert (await platform.read_offer(offer))["status"] == "published"
    assert confirmed["status"] == "confirmed"


async def test_more_places_of_a_shift_go_to_those_who_wait(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    shift = await planned(platform, coordinator, offer, places=1)
    people = await platform.volunteers(2)
    placements = [await asked_for(platform, person, shift) for person in people]
    path = f"/shifts/{shift['shift_id']}"
    changed = await platform.send("PATCH", path, coordinator, {"places": 2}, version=1)
    assert (changed.json()["places_free"], changed.json()["waiting"]) == (0, 0)
    assert (await platform.read_placement(people[1], placements[1]))["status"] == "offered"
    fewer = await platform.send("PATCH", path, coordinator, {"places": 1}, version=2)
    assert (fewer.status_code, fewer.json()["code"]) == (409, "places-below-taken")


async def test_shifts_lie_within_their_offer_and_ahead(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    platform.clock.instant = datetime(2026, 3, 2, 9, tzinfo=UTC)
    offer = await platform.offer(coordinator, organisation, starts_on="2026-03-03", ends_on="2026-03-20")
    path = f"/offers/{offer['offer_id']}/shifts"
    for changes, code in (
        ({"day": "2026-03-21"}, "shift-outside-offer"),
        ({"day": "2026-03-01"}, "shift-begun"),
        ({"minimum_staffing": 9}, "minimum-staffing"),
    ):
        assert (await platform.post(path, coordinator, TOMORROW | changes)).json()["code"] == code
    await recurring(platform, coordinator, offer)
    assert [each["local_start"][:10] for each in await shifts_of(platform, offer)] == [
        "2026-03-03",
        "2026-03-10",
        "2026-03-17",
    ]
    assert await platform.let_timer_run("generate-shifts") == 0
    night = await planned(platform, coordinator, offer, start="22:00", end="06:00")
    assert (night["starts_at"], night["ends_at"]) == ("2026-03-03T21:00:00Z", "2026-03-04T05:00:00Z")


async def test_only_staff_in_scope_plans_and_everybody_sees(
    platform: Platform, organisation: UUID, coordinator: Person, offer: dict[str, Any]
) -> None:
    path = f"/offers/{offer['offer_id']}/shifts"
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    volunteer = await platform.volunteer()
    for person, status in ((stranger, 404), (volunteer, 403), (None, 401)):
        assert (await platform.post(path, person, TOMORROW)).status_code == status
    shift = await planned(platform, coordinator, offer)
    assert (await platform.get(f"/shifts/{shift['shift_id']}")).status_code == 200
    await platform.post(f"/offers/{offer['offer_id']}/pause", coordinator, version=offer["version"])
    for person, status in ((None, 404), (stranger, 404), (coordinator, 200)):
        assert (await platform.get(f"/shifts/{shift['shift_id']}", person)).status_code == status
        assert (await platform.get(path, person)).status_code == status


async def changed(platform: Platform, person: Person, series: dict[str, Any], **told: Any) -> Any:
    path = f"/shift-series/{series['series_id']}/change"
    return await platform.post(path, person, told, version=series["version"])


async def test_a_series_changes_from_a_day_on_over_the_clock_change_and_generating_again_changes_nothing(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    series = await recurring(platform, coordinator, offer)
    before = await shifts_of(platform, offer)
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, offer, person, shift_id=before[4]["shift_id"])
    cancelled = await platform.post(f"/shifts/{before[6]['shift_id']}/cancellation", coordinator, {}, version=1)
    assert cancelled.status_code == 200
    # The clock changes on 29 March.
    answer = await changed(
        platform, coordinator, series, from_day="2026-03-24", start="16:30", end="18:00", places=3, note="Neuer Raum"
    )
    assert answer.status_code == 201, answer.text
    after = await shifts_of(platform, offer)
    assert [each["shift_id"] for each in after] == [each["shift_id"] for each in before], "the same shifts"
    assert after[:3] == before[:3]
    assert [each["starts_at"] for each in after[3:5]] == ["2026-03-24T15:30:00Z", "2026-03-31T14:30:00Z"]
    assert {each["local_start"][11:] for each in after[3:]} == {"16:30"}
    assert [after[number]["places"] for number in (2, 3)] == [2, 3]
    assert (after[6]["status"], after[6]["starts_at"]) == ("cancelled", before[6]["starts_at"])
    await platform.let_timer_run("tell-of-shifts")
    told = await platform.announced(topic="matching.notices")
    assert [(each.key, each.type) for each in told] == [(placement["placement_id"], "shift-moved")]
    await platform.execute("UPDATE shift_series SET generated_until = starts_on - 1, is_over = false")
    assert await platform.let_timer_run("generate-shifts") >= 1
    assert await shifts_of(platform, offer) == after
    await platform.check_counts()


async def test_where_a_changed_series_has_no_shift_nobody_is_moved_unasked(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    series = await recurring(platform, coordinator, offer)
    _, _, third, *_ = await shifts_of(platform, offer)
    placement = await platform.request(await platform.volunteer(), offer, shift_id=third["shift_id"])
    before = await shifts_of(platform, offer)
    told = {"from_day": "2026-03-10", "rule": "FREQ=WEEKLY;BYDAY=TH"}
    refused = await changed(platform, coordinator, series, **told)
    assert (refused.status_code, refused.json()["code"]) == (409, "series-day-taken")
    assert refused.json()["details"]["shift_ids"] == [before[2]["shift_id"]]
    assert await shifts_of(platform, offer) == before
    await platform.step(coordinator, placement, "decline")
    answer = await changed(platform, coordinator, series, **told)
    assert answer.status_code == 201, answer.text
    after = await shifts_of(platform, offer)
    planned_days = [each["local_start"][:10] for each in after if each["status"] == "planned"]
    assert planned_days[:3] == ["2026-03-03", "2026-03-12", "2026-03-19"]
    assert {each["shift_id"] for each in after if each["status"] == "cancelled"} == {
        each["shift_id"] for each in before[1:]
    }


async def test_a_change_of_a_series_that_cannot_be_is_refused(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    series = await recurring(platform, coordinator, offer, rule="FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    (shift, *_) = await shifts_of(platform, offer, since="2026-03-10")
    for person in await platform.volunteers(2):
        await platform.request(person, offer, shift_id=shift["shift_id"])
    for told, code in (
        ({"from_day": "2026-03-02"}, "shift-begun"),
        ({"from_day": "2026-03-18"}, "series-ended"),
        ({"from_day": "2026-03-10", "minimum_staffing": 3}, "minimum-staffing"),
        ({"from_day": "2026-03-10", "places": 1}, "places-below-taken"),
    ):
        assert (await changed(platform, coordinator, series, **told)).json()["code"] == code
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    assert (await changed(platform, stranger, series, from_day="2026-03-10")).status_code == 404


async def test_a_series_that_ends_beyond_the_horizon_is_made_until_then(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    series = await recurring(platform, coordinator, offer)
    path = f"/shift-series/{series['series_id']}/end"
    ended = await platform.post(path, coordinator, {"last_day": "2026-06-30"}, version=series["version"])
    assert ended.json()["is_over"] is False
    platform.clock.instant = platform.in_days(60)
    await platform.let_timer_run("generate-shifts")
    assert (await shifts_of(platform, offer))[-1]["local_start"][:10] == "2026-06-30"


async def test_of_a_cancelled_shift_everybody_is_told_once(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    """What is announced, as notifications reads it."""
    shift = await planned(platform, coordinator, offer, places=2)
    confirmed, asked, waits, invited = await platform.volunteers(4)
    await platform.confirmed(coordinator, offer, confirmed, shift_id=shift["shift_id"])
    await platform.request(asked, offer, shift_id=shift["shift_id"])
    await platform.request(waits, offer, shift_id=shift["shift_id"])
    await platform.invited(coordinator, offer, invited, shift_id=shift["shift_id"])
    before = len(await platform.announced())
    seen = await platform.read(f"/shifts/{shift['shift_id']}")
    await platform.post(f"/shifts/{shift['shift_id']}/cancellation", coordinator, {}, version=seen["version"])
    await platform.let_timer_run("tell-of-shifts")
    events = [
        CONTRACTS[each.type, 1].model_validate(each.data) for each in (await platform.announced())[before:] if each.data
    ]
    mails = [(intent.subject_id, intent.mail) for event in events for intent in intents_of(event)]
    people = (confirmed, asked, waits, invited)
    assert sorted(mails) == sorted(
        [(coordinator.subject_id, "shift-cancelled-coordinator")]
        + [(person.subject_id, "shift-cancelled") for person in people]
    )
    assert await platform.statuses() == ["ended", "declined", "declined", "withdrawn"]


async def test_a_shift_of_a_closed_offer_can_still_fall_through_or_be_moved(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    moved, cancelled = [await planned(platform, coordinator, offer, day=f"2026-03-1{day}") for day in (0, 1)]
    people = await platform.volunteers(2)
    for person, shift in zip(people, (moved, cancelled), strict=True):
        await platform.confirmed(coordinator, offer, person, shift_id=shift["shift_id"])
    version = (await platform.read_offer(offer, coordinator))["version"]
    closed = await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=version)
    assert closed.status_code == 200, closed.text
    path = f"/shifts/{cancelled['shift_id']}/cancellation"
    assert (await platform.post(path, coordinator, {"note": "Sturm"}, version=1)).status_code == 200
    body = {"day": "2026-03-12", "start": "10:00", "end": "12:00", "note": "Sturm"}
    answer = await platform.post(f"/shifts/{moved['shift_id']}/move", coordinator, body, version=1)
    assert answer.status_code == 200, answer.text
    while await platform.let_timer_run("tell-of-shifts"):
        pass
    assert sorted(await platform.statuses()) == ["confirmed", "ended"]
    more = await platform.post(f"/offers/{offer['offer_id']}/shifts", coordinator, TOMORROW)
    assert more.json()["code"] == "offer-closed"


async def test_an_offer_does_not_end_before_its_shifts(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    shift = await planned(platform, coordinator, offer, day="2026-03-20")
    for change, status in (
        ({"ends_on": "2026-03-19"}, 409),
        ({"starts_on": "2026-03-21"}, 409),
        ({"starts_on": "2026-03-20", "ends_on": "2026-03-20"}, 200),
    ):
        version = (await platform.read_offer(offer, coordinator))["version"]
        answer = await platform.send("PATCH", f"/offers/{offer['offer_id']}", coordinator, change, version=version)
        assert answer.status_code == status, answer.text
        if status == 409:
            assert answer.json()["code"] == "shifts-outside-offer"
    await platform.post(f"/shifts/{shift['shift_id']}/cancellation", coordinator, {"note": "Ferien"}, version=1)
    version = (await platform.read_offer(offer, coordinator))["version"]
    body = {"starts_on": "2026-03-02", "ends_on": "2026-03-19"}
    answer = await platform.send("PATCH", f"/offers/{offer['offer_id']}", coordinator, body, version=version)
    assert answer.status_code == 200, answer.text


async def test_series_that_are_over_keep_no_other_one_away(
    platform: Platform, coordinator: Person, offer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (series, series_changes):
        monkeypatch.setattr(module, "SERIES_AT_MOST", 2)
    going_on = await recurring(platform, coordinator, offer)
    await recurring(platform, coordinator, offer, rule="FREQ=WEEKLY;BYDAY=FR", starts_on="2026-03-06")
    refused = await platform.post(f"/offers/{offer['offer_id']}/shift-series", coordinator, WEEKLY)
    assert refused.json()["code"] == "too-many-series"
    for day in ("2026-03-10", "2026-03-17", "2026-03-24"):
        body = {"from_day": day, "start": "16:00", "end": "18:00"}
        path = f"/shift-series/{going_on['series_id']}/change"
        changed = await platform.post(path, coordinator, body, version=going_on["version"])
        assert changed.status_code == 201, changed.text
        going_on = changed.json()
