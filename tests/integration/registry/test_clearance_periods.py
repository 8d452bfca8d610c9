"""How long clearances are kept, and when another inspection is announced: told by what becomes of placements."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.contracts.matching import PlacementMoved
from shared.contracts.vocabulary import PlacementStatus
from shared.runtime.ids import new_id
from tests.integration.registry.inspecting import Body, body, volunteer_of
from tests.integration.registry.platform import Person, Registry
from tests.support import events


@pytest.fixture
async def inspecting(registry: Registry) -> Body:
    return await body(registry)


def move_to(registry: Registry, day: date) -> None:
    registry.clock.instant = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)


async def kept(registry: Registry) -> int:
    return int(await registry.value("SELECT count(*) FROM clearances"))


async def why_deleted(registry: Registry) -> list[str]:
    return list(await registry.value("SELECT coalesce(array_agg(why), '{}') FROM audit_log WHERE action = 'deleted'"))


@pytest.mark.parametrize("end", ["declined", "withdrawn", "expired", "ended"])
@pytest.mark.parametrize("conviction", [False, True])
async def test_it_is_deleted_at_once_when_the_activity_is_not_taken_up(
    end: str, conviction: bool, registry: Registry, inspecting: Body
) -> None:
    """§ 72a(5) SGB VIII; with a log of the deletion without content."""
    person = await volunteer_of(registry, inspecting, "requested", "confirmed")
    placement_id = await registry.value("SELECT placement_id FROM placements")
    await inspecting.inspected(person.subject_id, relevant_conviction=conviction)
    await inspecting.becomes(person.subject_id, end, placement_id=placement_id)
    assert await kept(registry) == 0
    assert await why_deleted(registry) == ["not-taken-up"]
    told = [each.type for each in await registry.announced() if each.topic == "registry.clearances"]
    assert told == ([] if conviction else ["clearance-recorded", "clearance-ended", "tombstone"])


@pytest.mark.parametrize("end", ["completed", "ended"])
async def test_it_is_deleted_six_months_after_the_last_exercise(end: str, registry: Registry, inspecting: Body) -> None:
    """§ 72a(5) SGB VIII, § 44(3) AsylG."""
    person = await volunteer_of(registry, inspecting, "requested", "confirmed", "active")
    placement_id = await registry.value("SELECT placement_id FROM placements")
    recorded = await inspecting.inspected(person.subject_id)
    assert recorded["delete_on"] is None
    move_to(registry, date(2026, 8, 31))
    await inspecting.becomes(person.subject_id, end, placement_id=placement_id)
    (shown,) = await inspecting.shown()
    assert shown["delete_on"] == "2027-02-28"
    move_to(registry, date(2027, 2, 27))
    assert await registry.let_timer_run("delete-clearances") == 0
    move_to(registry, date(2027, 2, 28))
    assert await registry.let_timer_run("delete-clearances") == 1
    assert (await kept(registry), await why_deleted(registry)) == (0, ["six-months-after"])


async def test_a_suspended_placement_counts_from_the_day_of_its_suspension(
    registry: Registry, inspecting: Body
) -> None:
    """§ 72a(5) SGB VIII: the last exercise."""
    person = await volunteer_of(registry, inspecting, "confirmed", "active")
    placement_id = await registry.value("SELECT placement_id FROM placements")
    await inspecting.inspected(person.subject_id)
    await inspecting.becomes(person.subject_id, "suspended", placement_id=placement_id)
    assert (await inspecting.shown())[0]["delete_on"] == "2026-09-02"
    move_to(registry, date(2026, 4, 1))
    await inspecting.becomes(person.subject_id, "active", placement_id=placement_id)
    assert (await inspecting.shown())[0]["delete_on"] is None


async def test_who_is_suspended_and_does_not_come_back_exercised_it_last_on_the_day_of_the_suspension(
    registry: Registry, inspecting: Body
) -> None:
    """§ 72a(5) SGB VIII: from the last exercise, whenever somebody notes the end."""
    person = await volunteer_of(registry, inspecting, "confirmed")
    placement_id = await registry.value("SELECT placement_id FROM placements")
    await inspecting.inspected(person.subject_id)
    await inspecting.becomes(person.subject_id, "active", placement_id=placement_id)
    move_to(registry, date(2026, 4, 1))
    await inspecting.becomes(person.subject_id, "suspended", placement_id=placement_id)
    move_to(registry, date(2026, 9, 1))
    await inspecting.becomes(person.subject_id, "ended", placement_id=placement_id)
    assert (await inspecting.shown())[0]["delete_on"] == "2026-10-01"


async def test_who_is_suspended_before_the_beginning_may_still_begin_and_took_nothing_up(
    registry: Registry, inspecting: Body
) -> None:
    """§ 72a(5) SGB VIII: at once when the activity is not taken up, not before that is known."""
    person = await volunteer_of(registry, inspecting, "confirmed")
    placement_id = await registry.value("SELECT placement_id FROM placements")
    await inspecting.inspected(person.subject_id)
    await inspecting.becomes(person.subject_id, "suspended", placement_id=placement_id)
    assert (await inspecting.shown())[0]["delete_on"] is None
    await inspecting.becomes(person.subject_id, "ended", placement_id=placement_id)
    assert await kept(registry) == 0
    assert await why_deleted(registry) == ["not-taken-up"]


async def test_the_activity_that_an_offer_names_counts_and_not_its_topic(registry: Registry, inspecting: Body) -> None:
    """§ 30a(3) BZRG: bound to the kind of activity that caused the inspection."""
    offer = events.offer(
        organisation_id=inspecting.organisation_id,
        topic="leisure",
        clearance_basis="sgb8_72a",
        clearance_activity="children",
    )
    await registry.hear(offer)
    inspecting.offers["children"] = offer.offer_id
    person = await volunteer_of(registry, inspecting, "confirmed")
    await inspecting.inspected(person.subject_id, kind_of_activity="children")
    placement_id = await inspecting.becomes(person.subject_id, "confirmed", "active", kind="children")
    assert (await inspecting.shown())[0]["delete_on"] is None
    await inspecting.becomes(person.subject_id, "completed", placement_id=placement_id, kind="children")
    assert (await inspecting.shown())[0]["delete_on"] == "2026-09-02"


async def test_an_activity_of_another_kind_or_body_keeps_nothing_alive(registry: Registry, inspecting: Body) -> None:
    """§ 30a(3) BZRG: bound to the activity that caused the inspection."""
    await inspecting.offer("sports")
    other = await body(registry, "two")
    person = await volunteer_of(registry, inspecting, "confirmed")
    placement_id = await registry.value("SELECT placement_id FROM placements")
    await inspecting.inspected(person.subject_id)
    await inspecting.inspected(person.subject_id, kind_of_activity="sports")
    await inspecting.becomes(person.subject_id, "confirmed", "active", kind="sports")
    await other.becomes(person.subject_id, "confirmed", "active")
    await inspecting.becomes(person.subject_id, "withdrawn", placement_id=placement_id)
    assert [each["kind_of_activity"] for each in await inspecting.shown()] == ["sports"]


async def test_without_any_placement_it_goes_when_the_waiting_is_over(registry: Registry, inspecting: Body) -> None:
    """§ 72a(5) SGB VIII: not taken up."""
    person = await volunteer_of(registry, inspecting, "requested", "withdrawn")
    registry.clock.advance(timedelta(minutes=1))
    recorded = await inspecting.inspected(person.subject_id)
    assert recorded["delete_on"] == "2026-05-31"
    move_to(registry, date(2026, 5, 31))
    assert await registry.let_timer_run("delete-clearances") == 1
    assert await why_deleted(registry) == ["not-taken-up"]


async def test_a_placement_that_is_known_before_its_offer_is_seen_to_later(
    registry: Registry, inspecting: Body
) -> None:
    person = await volunteer_of(registry, inspecting, "confirmed")
    first = await registry.value("SELECT placement_id FROM placements")
    late = events.offer(organisation_id=inspecting.organisation_id)
    second = new_id()
    await registry.hear(inspecting.placement(person.subject_id, PlacementStatus.ACTIVE, second, offer_id=late.offer_id))
    await inspecting.inspected(person.subject_id)
    await inspecting.becomes(person.subject_id, "withdrawn", placement_id=first)
    # It may be of this kind, and it goes on: nothing is deleted before that is known.
    assert (await inspecting.shown())[0]["delete_on"] is None
    assert await registry.let_timer_run("settle-late-placements") == 0
    await registry.hear(late.model_copy(update={"topic": "sports"}))
    assert await registry.let_timer_run("settle-late-placements") == 1
    assert await kept(registry) == 0


async def test_a_late_duplicate_of_an_older_state_changes_nothing(registry: Registry, inspecting: Body) -> None:
    person = await volunteer_of(registry, inspecting, "confirmed")
    placement_id = new_id()
    await inspecting.inspected(person.subject_id)
    stale = inspecting.placement(person.subject_id, PlacementStatus.WITHDRAWN, placement_id)
    newer = inspecting.placement(person.subject_id, PlacementStatus.ACTIVE, placement_id)
    await registry.hear(newer)
    await registry.hear(stale, newer)
    assert (await inspecting.shown())[0]["delete_on"] is None


async def test_whoever_records_while_the_placement_ends_leaves_nothing_behind(
    registry: Registry, inspecting: Body
) -> None:
    """Recording and withdrawing at once: whichever is first, no clearance stays without a day on which it goes."""
    for number in range(8):
        person = await volunteer_of(registry, inspecting, "confirmed", mail=f"v{number}@example.org")
        placement_id = await registry.value(
            "SELECT placement_id FROM placements WHERE volunteer_id = $1", person.subject_id
        )
        withdrawn = inspecting.placement(person.subject_id, PlacementStatus.WITHDRAWN, placement_id)
        # A version of the placement is there already.
        withdrawn = withdrawn.model_copy(update={"version": 9})
        await asyncio.gather(inspecting.record(person.subject_id), registry.hear(withdrawn))
        left = await registry.value(
            "SELECT count(*) FROM clearances WHERE volunteer_id = $1 AND delete_on IS NULL", person.subject_id
        )
        assert left == 0


async def running(registry: Registry, inspecting: Body) -> Person:
    person = await volunteer_of(registry, inspecting, "confirmed", "active")
    await inspecting.inspected(person.subject_id)
    return person


async def test_volunteer_and_organisation_are_told_90_and_30_days_before_once_each(
    registry: Registry, inspecting: Body
) -> None:
    """Usual practice: certificates are inspected again every five years."""
    person = await running(registry, inspecting)
    last = date(2031, 3, 2)
    for day, told in ((91, []), (90, [90]), (89, [90]), (31, [90]), (30, [90, 30]), (1, [90, 30]), (-1, [90, 30])):
        move_to(registry, last - timedelta(days=day))
        await registry.let_timer_run("give-clearance-notices")
        notices = [each.data or {} for each in await registry.announced("clearance-expiring")]
        assert [notice["days_before"] for notice in notices] == told
    assert notices[0] == {
        "volunteer_id": str(person.subject_id),
        "organisation_id": str(inspecting.organisation_id),
        "kind_of_activity": "homework_help",
        "valid_until": "2031-03-02",
        "days_before": 90,
        "member_ids": [str(inspecting.coordinator.subject_id)],
    }


async def test_when_the_worker_was_away_only_the_last_notice_is_given(registry: Registry, inspecting: Body) -> None:
    await running(registry, inspecting)
    move_to(registry, date(2031, 2, 20))
    await registry.let_timer_run("give-clearance-notices")
    assert [(each.data or {})["days_before"] for each in await registry.announced("clearance-expiring")] == [30]


async def test_whose_coordinator_has_left_the_admin_is_told(registry: Registry, inspecting: Body) -> None:
    await running(registry, inspecting)
    path = f"/members/{inspecting.coordinator.subject_id}/memberships/{inspecting.organisation_id}/coordinator"
    version = await registry.value(
        "SELECT version FROM members WHERE subject_id = $1", inspecting.coordinator.subject_id
    )
    left = await registry.send("DELETE", path, inspecting.admin, version=version)
    assert left.status_code < 300, left.text
    move_to(registry, date(2031, 2, 20))
    await registry.let_timer_run("give-clearance-notices")
    told = (await registry.last("clearance-expiring"))["member_ids"]
    assert len(told) == 1
    assert told != [str(inspecting.coordinator.subject_id)]


async def test_of_what_is_to_be_deleted_nobody_is_told_until_it_is_taken_up_again(
    registry: Registry, inspecting: Body
) -> None:
    person = await running(registry, inspecting)
    placement_id = await registry.value("SELECT placement_id FROM placements")
    move_to(registry, date(2031, 1, 15))
    await inspecting.becomes(person.subject_id, "completed", placement_id=placement_id)
    move_to(registry, date(2031, 2, 20))
    await registry.let_timer_run("give-clearance-notices")
    assert await registry.announced("clearance-expiring") == []
    # Taken up again before that day: now they have to know, late as it is.
    await inspecting.becomes(person.subject_id, "confirmed", "active")
    await registry.let_timer_run("give-clearance-notices")
    assert [(each.data or {})["days_before"] for each in await registry.announced("clearance-expiring")] == [30]


async def test_another_inspection_begins_anew(registry: Registry, inspecting: Body) -> None:
    person = await running(registry, inspecting)
    move_to(registry, date(2031, 2, 1))
    await registry.let_timer_run("give-clearance-notices")
    inspecting.coordinator = registry.staff("coordinator-one")
    await inspecting.inspected(person.subject_id)
    recorded = await registry.announced("clearance-recorded")
    assert [(each.data or {})["version"] for each in recorded] == [1, 2]
    assert recorded[0].key == recorded[1].key
    assert (recorded[1].data or {})["valid_until"] == "2036-02-01"
    assert await registry.value("SELECT notices_due FROM clearances") == [date(2035, 11, 3), date(2036, 1, 2)]


async def test_erasing_the_volunteer_leaves_nothing(registry: Registry, inspecting: Body) -> None:
    """Art. 17 DSGVO; the audit log keeps ids (Art. 17(3)(b) DSGVO)."""
    person = await running(registry, inspecting)
    (published,) = await registry.announced("clearance-recorded")
    answer = await registry.post(f"/volunteers/{person.subject_id}/erasure", person)
    assert answer.status_code == 202, answer.text
    assert await kept(registry) == 0
    assert await registry.value("SELECT count(*) FROM clearance_placements") == 0
    buried = [each.key for each in await registry.announced("tombstone") if each.topic == "registry.clearances"]
    assert buried == [published.key]
    assert await why_deleted(registry) == ["erasure"]
    again = inspecting.placement(person.subject_id, PlacementStatus.ACTIVE, new_id())
    await registry.hear(again)
    assert await registry.value("SELECT count(*) FROM clearance_placements") == 0
    assert (await inspecting.record(person.subject_id)).status_code == 404


async def test_placements_that_are_over_and_matter_to_no_clearance_are_forgotten(
    registry: Registry, inspecting: Body
) -> None:
    """Art. 5(1)(e) DSGVO."""
    gone = await volunteer_of(registry, inspecting, "withdrawn", mail="gone@example.org")
    kept = await volunteer_of(registry, inspecting, "ended", mail="kept@example.org")
    await volunteer_of(registry, inspecting, "confirmed", mail="still@example.org")
    await inspecting.becomes(kept.subject_id, "active")
    await inspecting.inspected(kept.subject_id)
    registry.clock.advance(timedelta(days=240))
    assert await registry.let_timer_run("forget-closed-placements") == 0
    registry.clock.advance(timedelta(days=1))
    assert await registry.let_timer_run("forget-closed-placements") == 1
    left = await registry.value("SELECT array_agg(volunteer_id) FROM clearance_placements")
    assert len(left) == 3
    assert gone.subject_id not in left


async def test_what_a_merge_tells_again_of_a_placement_that_was_over_deletes_nothing(
    registry: Registry, inspecting: Body
) -> None:
    """§ 72a(5) SGB VIII: what counts is when it was not taken up, not when a merge tells it for somebody else."""
    person, _ = await registry.volunteer()
    placement_id = new_id()
    await inspecting.becomes(person.subject_id, "requested", "declined", placement_id=placement_id)
    declined_at = registry.clock.now()
    registry.clock.advance(timedelta(days=30))
    await inspecting.inspected(person.subject_id)
    declined = inspecting.placement(person.subject_id, PlacementStatus.DECLINED, placement_id)
    await registry.hear(PlacementMoved(**dict(declined) | {"changed_at": declined_at}))
    assert (await kept(registry), await why_deleted(registry)) == (1, [])
