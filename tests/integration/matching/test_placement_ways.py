"""From the beginning to the end of a placement: by hand, by itself, suspended, given up; and what is shown of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.handlers.placement_rests import resume, suspend
from shared.contracts.vocabulary import SuspensionReason
from tests.integration.matching.people import HANNOVER, Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    """One place, open-ended."""
    return await platform.offer(coordinator, organisation, places=1)


async def test_an_open_ended_engagement_is_started_and_completed_by_the_coordinator(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, offer, person)
    platform.clock.advance(timedelta(days=400))
    assert await platform.let_timer_run("take-due-steps") == 0
    placement = await platform.step(coordinator, placement, "start")
    assert (placement["status"], placement["started_at"] is not None) == ("active", True)
    placement = await platform.step(coordinator, placement, "completion")
    assert (placement["status"], placement["completed_at"] is not None) == ("completed", True)
    assert placement["possible"] == []
    assert await platform.types(placement["placement_id"]) == [
        "placement-requested",
        "placement-confirmed",
        "placement-started",
        "placement-completed",
    ]
    assert (await platform.read_offer(offer))["places_free"] == 1
    await platform.check_counts()


async def test_a_dated_placement_begins_and_completes_by_itself(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    """The first day begins and the last ends at midnight in Germany."""
    dated = await platform.offer(coordinator, organisation, starts_on="2026-03-10", ends_on="2026-03-12")
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, dated, person)
    platform.clock.instant = datetime(2026, 3, 9, 22, 59, tzinfo=UTC)
    assert await platform.let_timer_run("take-due-steps") == 0
    platform.clock.advance(timedelta(minutes=1))
    assert await platform.let_timer_run("take-due-steps") == 1
    assert (await platform.read_placement(person, placement))["status"] == "active"
    platform.clock.instant = datetime(2026, 3, 12, 22, 59, tzinfo=UTC)
    assert await platform.let_timer_run("take-due-steps") == 0
    platform.clock.advance(timedelta(minutes=1))
    assert await platform.let_timer_run("take-due-steps") == 1
    assert (await platform.read_placement(person, placement))["status"] == "completed"
    await platform.check_counts()


async def test_an_offer_that_is_moved_begins_when_it_says_now(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    dated = await platform.offer(coordinator, organisation, starts_on="2026-03-10")
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, dated, person)
    now = await platform.read_offer(dated)
    answer = await platform.send(
        "PATCH", f"/offers/{dated['offer_id']}", coordinator, {"starts_on": "2026-03-20"}, version=now["version"]
    )
    assert answer.status_code == 200, answer.text
    platform.clock.instant = datetime(2026, 3, 19, 12, tzinfo=UTC)
    assert await platform.let_timer_run("take-due-steps") == 0
    platform.clock.advance(timedelta(days=1))
    assert await platform.let_timer_run("take-due-steps") == 1
    assert (await platform.read_placement(person, placement))["status"] == "active"


async def test_a_suspended_placement_keeps_its_place_and_goes_on_where_it_was(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person, other = await platform.volunteers(2)
    placement = await platform.confirmed(coordinator, offer, person)
    waiting = await platform.request(other, offer)
    because = {"because": "volunteer_asked"}
    for was, step in (("confirmed", None), ("active", "start")):
        if step:
            placement = await platform.step(coordinator, placement, step)
        placement = await platform.step(coordinator, placement, "suspension", because)
        assert (placement["status"], placement["suspended_because"]) == ("suspended", "volunteer_asked")
        assert (await platform.read_offer(offer))["places_free"] == 0
        placement = await platform.step(coordinator, placement, "resumption")
        assert (placement["status"], placement["suspended_because"]) == (was, None)
    assert (await platform.read_placement(other, waiting))["status"] == "waitlisted"
    await platform.check_counts()


async def test_what_is_suspended_because_a_requirement_ended_goes_on_only_with_it(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, qualifications=["basic"])
    person = await platform.volunteer()
    await platform.qualification(person, valid_until=date(2026, 3, 4))
    placement = await platform.confirmed(coordinator, offer, person)
    async with platform.database.transaction() as tx:
        moved = await suspend(
            tx, UUID(placement["placement_id"]), SuspensionReason.QUALIFICATION_ENDED, platform.settings
        )
    assert moved is not None and moved.started_at is None
    platform.clock.advance(timedelta(days=3))
    now = await platform.read_placement(coordinator, placement)
    assert (now["status"], now["suspended_because"]) == ("suspended", "qualification_ended")
    answer = await platform.try_step(coordinator, now, "start")
    assert (answer.status_code, answer.json()["details"]["because"]) == (409, "not-from-here")
    answer = await platform.try_step(coordinator, now, "resumption")
    assert answer.json()["code"] == "requirements-missing"
    await platform.qualification(person)
    assert (await platform.step(coordinator, now, "resumption"))["status"] == "confirmed"
    assert (await platform.types(placement["placement_id"]))[-2:] == ["placement-suspended", "placement-resumed"]
    async with platform.database.transaction() as tx:
        assert await resume(tx, UUID(placement["placement_id"]), platform.settings) is None


@pytest.mark.parametrize(
    ("steps", "after", "told"),
    [
        ([], "withdrawn", "placement-withdrawn"),
        (["confirmation"], "withdrawn", "placement-withdrawn"),
        (["confirmation", "suspension"], "withdrawn", "placement-withdrawn"),
        (["confirmation", "start"], "ended", "placement-ended"),
        (["confirmation", "start", "suspension"], "ended", "placement-ended"),
    ],
)
async def test_the_volunteer_gives_it_up_in_one_step_at_any_time(
    platform: Platform, offer: dict[str, Any], coordinator: Person, steps: list[str], after: str, told: str
) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    for step in steps:
        body = {"because": "organisation_asked"} if step == "suspension" else None
        placement = await platform.step(coordinator, placement, step, body)
    shown = await platform.read_placement(person, placement)
    assert "withdraw" in shown["possible"]
    gone = await platform.step(person, shown, "withdrawal", {"reason": "moved_away"})
    assert (gone["status"], gone["end_reason"]) == (after, "moved_away" if after == "ended" else None)
    assert (await platform.types(placement["placement_id"]))[-1] == told
    await platform.check_counts()


async def test_an_end_before_its_time_needs_its_reason(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    placement = await platform.confirmed(coordinator, offer, await platform.volunteer())
    assert (await platform.try_step(coordinator, placement, "end")).status_code == 422
    assert (await platform.try_step(coordinator, placement, "end", {"reason": "illness"})).status_code == 422
    ended = await platform.step(coordinator, placement, "end", {"reason": "does_not_fit"})
    assert (ended["status"], ended["end_reason"]) == ("ended", "does_not_fit")
    (*_, event) = await platform.announced(placement["placement_id"], "matching.placements")
    assert event.data is not None and event.data["end_reason"] == "does_not_fit"


async def test_an_overlap_is_overridden_with_a_reason_that_the_volunteer_reads(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    person = await platform.volunteer()
    offers = [await platform.offer(coordinator, organisation) for _ in range(2)]
    one, other = [await platform.request(person, offer) for offer in offers]
    await platform.step(coordinator, one, "confirmation")
    refused = await platform.try_step(coordinator, other, "confirmation", {"overlap_reason": ""})
    assert refused.status_code == 422
    assert (await platform.try_step(coordinator, other, "confirmation")).json()["code"] == "requirements-missing"
    reason = "Wechselt nach der Hälfte der Zeit, so besprochen."
    placed = await platform.step(coordinator, other, "confirmation", {"overlap_reason": reason})
    shown = await platform.read_placement(person, other)
    assert (shown["status"], shown["overlap_reason"]) == ("confirmed", reason)
    assert shown["overlap_overridden_at"] == placed["changed_at"]
    (by,) = [row["override_by"] for row in await platform.overridden()]
    assert by == coordinator.subject_id
    export = await platform.read("/me/export", person)
    assert reason in [each["override_reason"] for each in export["placements"]]


async def test_a_reason_without_an_overlap_is_not_kept(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    placement = await platform.request(await platform.volunteer(), offer)
    confirmed = await platform.step(coordinator, placement, "confirmation", {"overlap_reason": "für alle Fälle"})
    assert (confirmed["status"], confirmed["overlap_reason"]) == ("confirmed", None)
    assert await platform.overridden() == []


async def test_nothing_but_an_overlap_can_be_overridden(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    await platform.volunteer(person.subject_id, paused=True)
    answer = await platform.try_step(coordinator, placement, "confirmation", {"overlap_reason": "trotzdem"})
    assert [each["requirement"] for each in answer.json()["details"]["missing"]] == ["not_paused"]


async def test_my_placements_say_everything_that_is_needed_to_go_there_or_to_cancel(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, starts_on="2026-03-10")
    person = await platform.volunteer()
    await platform.confirmed(coordinator, offer, person)
    (mine,) = (await platform.get("/placements", person)).json()["items"]
    assert (mine["place_name"], mine["postal_code"], mine["starts_on"]) == ("Celle", "29221", "2026-03-10")
    assert mine["weekly"] == [{"day": "tuesday", "start": "15:00", "end": "17:00"}]
    assert (mine["coordinator_id"], mine["possible"]) == (str(coordinator.subject_id), ["withdraw"])
    gone = await platform.step(person, mine, "withdrawal")
    assert gone["status"] == "withdrawn"


async def test_lists_are_narrowed_by_status_day_and_volunteer(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    early = await platform.offer(coordinator, organisation, starts_on="2026-03-03", ends_on="2026-03-05", weekly=[])
    late = await platform.offer(coordinator, organisation, starts_on="2026-04-01", weekly=[])
    person, other = await platform.volunteers(2)
    one = await platform.request(person, early)
    two = await platform.confirmed(coordinator, late, person)
    three = await platform.request(other, late)

    async def found(who: Person, **narrowed: Any) -> set[str]:
        answer = await platform.get("/placements", who, **narrowed)
        assert answer.status_code == 200, answer.text
        return {each["placement_id"] for each in answer.json()["items"]}

    ids = [each["placement_id"] for each in (one, two, three)]
    assert await found(coordinator, volunteer_id=str(person.subject_id)) == {ids[0], ids[1]}
    assert await found(coordinator, status=["requested", "confirmed"]) == set(ids)
    assert await found(coordinator, status="confirmed") == {ids[1]}
    assert await found(coordinator, first_day="2026-03-06") == {ids[1], ids[2]}
    assert await found(coordinator, last_day="2026-03-31") == {ids[0]}
    assert await found(person, first_day="2026-03-05", last_day="2026-03-05") == {ids[0]}
    elsewhere = await platform.member_elsewhere(organisation, HANNOVER)
    assert await found(elsewhere, volunteer_id=str(person.subject_id)) == set()
    assert (await platform.get("/placements", person, wrong="1")).status_code == 400
    sheet = await platform.get("/placements", coordinator, format="csv")
    assert sheet.text.splitlines()[0].lstrip("\ufeff").split(";")[:2] == ["placement_id", "version"]
    assert len(sheet.text.splitlines()) == 4


async def test_whoever_is_erased_leaves_no_trace_in_any_state(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=4)
    person, other = await platform.volunteers(2)
    active = await platform.step(coordinator, await platform.confirmed(coordinator, offer, person), "start")
    another = await platform.offer(coordinator, organisation, weekly=[])
    await platform.invited(coordinator, another, person)
    assert await platform.erase(person) >= 2
    assert await platform.value("SELECT count(*) FROM placements WHERE volunteer_id = $1", person.subject_id) == 0
    assert [each.data for each in await platform.announced(active["placement_id"])][-1] is None
    await platform.check_counts()
    assert (await platform.request(other, offer))["status"] == "requested"
