"""Placements whose clearance or qualification ends: suspended once, told, and going on when it is there again."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.app import build_worker
from services.matching.handlers.persons import erase
from services.matching.handlers.suspensions import check_requirements
from shared.contracts import registry, training
from shared.postgres.subjects import lock_subject_for_erasure
from shared.telemetry.metrics import Metrics
from tests.integration.matching.people import CELLE, Person, Platform
from tests.support.waiting import eventually

CLEARED = {"clearance_basis": "sgb8_72a", "clearance_activity": "homework_help"}
TIMER = "check-requirements"


@pytest.fixture
async def offer(platform: Platform, coordinator: Person, organisation: UUID) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, **CLEARED)


def clearance(person: Person, inspected_by: UUID, **changes: Any) -> registry.ClearanceRecorded:
    state = {
        "clearance_id": uuid4(),
        "version": 1,
        "volunteer_id": person.subject_id,
        "organisation_id": inspected_by,
        "legal_basis": "sgb8_72a",
        "kind_of_activity": "homework_help",
        "valid_until": date(2031, 1, 1),
    }
    return registry.ClearanceRecorded.model_validate(state | changes)


def ended(held: registry.ClearanceRecorded) -> registry.ClearanceEnded:
    return registry.ClearanceEnded(
        clearance_id=held.clearance_id, version=held.version + 1, volunteer_id=held.volunteer_id
    )


async def placed(platform: Platform, coordinator: Person, person: Person, offer: dict[str, Any]) -> dict[str, Any]:
    asked = await platform.request(person, offer)
    confirmed = await platform.step(coordinator, asked, "confirmation")
    await platform.let_timer_run(TIMER)
    return confirmed


async def status(platform: Platform, person: Person, placement: dict[str, Any]) -> tuple[str, str | None]:
    found = await platform.read_placement(person, placement)
    return found["status"], found["suspended_because"]


async def test_a_clearance_that_ends_suspends_once_and_another_lets_it_go_on(
    platform: Platform, coordinator: Person, organisation: UUID, offer: dict[str, Any]
) -> None:
    person = await platform.volunteer()
    held = clearance(person, organisation)
    await platform.hear(held)
    placement = await placed(platform, coordinator, person, offer)
    placement = await platform.step(coordinator, placement, "start")
    await platform.hear(ended(held))
    assert await platform.let_timer_run(TIMER) > 0
    assert await status(platform, coordinator, placement) == ("suspended", "clearance_ended")
    await platform.volunteer(person.subject_id, reach_km=30)
    await platform.let_timer_run(TIMER)
    await platform.hear(clearance(person, organisation))
    await platform.let_timer_run(TIMER)
    assert await status(platform, person, placement) == ("active", None)
    assert (await platform.types(placement["placement_id"]))[-3:] == [
        "placement-started",
        "placement-suspended",
        "placement-resumed",
    ]


async def test_a_conviction_looks_like_a_certificate_that_was_never_shown(
    platform: Platform, coordinator: Person, organisation: UUID, offer: dict[str, Any]
) -> None:
    """§ 30a(3) BZRG: the registry ends what it told of, for whatever reason, and never says why."""
    people = await platform.volunteers(2)
    held = [clearance(person, organisation, valid_until=date(2026, 6, 30)) for person in people]
    await platform.hear(*held)
    both = [await placed(platform, coordinator, person, offer) for person in people]
    await platform.hear(ended(held[0]))
    platform.clock.instant = datetime(2026, 7, 1, 6, tzinfo=UTC)
    await platform.let_timer_run(TIMER)
    shown = [await platform.read_placement(coordinator, placement) for placement in both]
    differing = {name for name in shown[0] if shown[0][name] != shown[1][name]}
    assert differing <= {"placement_id", "volunteer_id", "requested_at", "changed_at", "suspended_at", "confirmed_at"}
    assert [each["suspended_because"] for each in shown] == ["clearance_ended"] * 2


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({}, True),
        ({"kind_of_activity": "sport"}, False),
        ({"legal_basis": "asylg_44"}, False),
        ({"organisation_id": str(uuid4())}, False),
    ],
)
async def test_a_clearance_for_something_else_lets_nothing_go_on(
    platform: Platform,
    coordinator: Person,
    organisation: UUID,
    offer: dict[str, Any],
    other: dict[str, Any],
    counts: bool,
) -> None:
    """§ 30a(3) BZRG: bound to organisation, legal basis and kind of activity."""
    person = await platform.volunteer()
    held = clearance(person, organisation)
    await platform.hear(held)
    placement = await placed(platform, coordinator, person, offer)
    await platform.hear(ended(held), clearance(person, organisation, **other))
    await platform.let_timer_run(TIMER)
    assert (await status(platform, person, placement))[0] == ("confirmed" if counts else "suspended")


async def test_it_is_suspended_when_the_last_day_is_over_in_germany(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, qualifications=["basic"])
    person = await platform.volunteer()
    await platform.qualification(person, valid_until=date(2026, 8, 31))
    placement = await placed(platform, coordinator, person, offer)
    # 21:59 UTC is 23:59 in Germany in summer.
    platform.clock.instant = datetime(2026, 8, 31, 21, 59, tzinfo=UTC)
    assert await platform.let_timer_run(TIMER) == 0
    platform.clock.advance(timedelta(minutes=1))
    assert await platform.let_timer_run(TIMER) > 0
    assert await status(platform, person, placement) == ("suspended", "qualification_ended")
    assert await platform.let_timer_run(TIMER) == 0


async def test_a_qualification_that_is_withdrawn_suspends_what_needs_it_and_nothing_else(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    needing = await platform.offer(coordinator, organisation, qualifications=["basic"], weekly=[])
    other = await platform.offer(coordinator, organisation, weekly=[])
    person = await platform.volunteer()
    granted = training.QualificationGranted(
        qualification_id=uuid4(),
        version=1,
        volunteer_id=person.subject_id,
        qualification="basic",
        granted_on=date(2026, 1, 1),
    )
    await platform.hear(granted)
    needs, free = [await placed(platform, coordinator, person, offer) for offer in (needing, other)]
    await platform.hear(training.QualificationEnded(**{**granted.model_dump(), "version": 2}))
    await platform.let_timer_run(TIMER)
    assert (await status(platform, person, needs))[0] == "suspended"
    assert (await status(platform, person, free))[0] == "confirmed"
    assert (await platform.read_offer(needing))["places_free"] == needing["places_free"] - 1, "its place is kept"


async def test_what_a_coordinator_let_rest_does_not_go_on_by_itself(
    platform: Platform, coordinator: Person, organisation: UUID, offer: dict[str, Any]
) -> None:
    person = await platform.volunteer()
    held = clearance(person, organisation)
    await platform.hear(held)
    placement = await platform.step(coordinator, await placed(platform, coordinator, person, offer), "start")
    answer = await platform.post(
        f"/placements/{placement['placement_id']}/suspension",
        coordinator,
        {"because": "volunteer_asked"},
        version=placement["version"],
    )
    assert answer.status_code == 200, answer.text
    await platform.hear(ended(held))
    await platform.hear(clearance(person, organisation))
    await platform.let_timer_run(TIMER)
    assert await status(platform, person, placement) == ("suspended", "volunteer_asked")


async def test_a_requirement_that_is_added_later_counts_for_who_is_there(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    plain = await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    placement = await placed(platform, coordinator, person, plain)
    current = await platform.read_offer(plain)
    changed = await platform.send(
        "PATCH", f"/offers/{plain['offer_id']}", coordinator, CLEARED, version=current["version"]
    )
    assert changed.status_code == 200, changed.text
    await platform.let_timer_run(TIMER)
    assert await status(platform, person, placement) == ("suspended", "clearance_ended")


async def test_checks_do_not_pile_up_and_go_with_the_person(
    platform: Platform, coordinator: Person, organisation: UUID, offer: dict[str, Any]
) -> None:
    person = await platform.volunteer()
    await platform.hear(clearance(person, organisation))
    await placed(platform, coordinator, person, offer)
    for km in range(10, 15):
        await platform.volunteer(person.subject_id, reach_km=km)
    await platform.let_timer_run(TIMER)
    assert await platform.value("SELECT count(*) FROM requirement_checks") == 1
    await platform.erase(person)
    assert await platform.value("SELECT count(*) FROM requirement_checks") == 0


async def test_coordinators_hear_once_that_a_boundary_of_their_offers_ended(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    boundary_id = uuid4()
    sides = {
        "boundary_id": boundary_id,
        "district": CELLE,
        "kind_of_activity": "homework_help",
        "organisation_ids": (organisation, uuid4()),
    }
    agreed = registry.AgreedBoundary(
        revision=1,
        responsible_organisation_id=organisation,
        tasks=(),
        agreed_on=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
    )
    await platform.hear(registry.BoundaryAgreed(**sides, version=1, status="agreed", agreed=agreed))
    referring = await platform.offer(coordinator, organisation, boundary_id=str(boundary_id))
    await platform.offer(coordinator, organisation)
    await platform.hear(registry.BoundaryEnded(**sides, version=2, status="ended", agreed=agreed))
    await platform.let_timer_run("tell-of-ended-boundaries")
    await platform.hear(registry.BoundaryEnded(**sides, version=3, status="ended", agreed=agreed))
    await platform.let_timer_run("tell-of-ended-boundaries")
    told = [each.data or {} for each in await platform.announced(topic="matching.notices")]
    assert [(each["offer_id"], each["subject_id"]) for each in told] == [
        (referring["offer_id"], str(coordinator.subject_id))
    ]


async def test_it_rests_until_nothing_is_missing_and_says_what_remains(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, qualifications=["basic"], **CLEARED)
    person = await platform.volunteer()
    held = clearance(person, organisation)
    await platform.hear(held)
    await platform.qualification(person, valid_until=date(2026, 8, 31))
    placement = await placed(platform, coordinator, person, offer)
    platform.clock.instant = datetime(2026, 9, 1, 6, tzinfo=UTC)
    await platform.let_timer_run(TIMER)
    await platform.hear(ended(held))
    await platform.let_timer_run(TIMER)
    assert await status(platform, person, placement) == ("suspended", "qualification_ended"), "the first reason"
    await platform.qualification(person)
    await platform.let_timer_run(TIMER)
    assert await status(platform, person, placement) == ("suspended", "clearance_ended"), "the one that remains"
    await platform.hear(clearance(person, organisation))
    await platform.let_timer_run(TIMER)
    assert await status(platform, person, placement) == ("confirmed", None)
    assert (await platform.types(placement["placement_id"]))[-3:] == [
        "placement-suspended",
        "placement-moved",
        "placement-resumed",
    ]


@pytest.mark.parametrize("read_model", ["clearances", "volunteers"])
async def test_what_ended_while_nobody_was_told_is_noticed_after_a_replay(
    platform: Platform, coordinator: Person, organisation: UUID, offer: dict[str, Any], read_model: str
) -> None:
    people = await platform.volunteers(2)
    held = [clearance(person, organisation) for person in people]
    await platform.hear(*held)
    ends, stays = [await placed(platform, coordinator, person, offer) for person in people]
    async with platform.database.transaction() as tx:
        await tx.connection.execute("DELETE FROM clearances WHERE clearance_id = $1", held[0].clearance_id)
    assert await platform.let_timer_run(TIMER) == 0, "a replay tells nobody"
    parts = build_worker(platform.settings, platform.database, platform.clock, Metrics())
    await parts.after_replay[read_model](platform.database)
    await platform.let_timer_run(TIMER)
    assert await status(platform, people[0], ends) == ("suspended", "clearance_ended")
    assert await status(platform, people[1], stays) == ("confirmed", None)


async def test_a_look_at_somebody_who_is_being_erased_does_not_wait_for_the_erasure_that_waits_for_it(
    platform: Platform, coordinator: Person, organisation: UUID, offer: dict[str, Any]
) -> None:
    """Two connections: the timer holds the check's row, the erasure the person; neither may wait for the other."""
    person = await platform.volunteer()
    held = clearance(person, organisation)
    await platform.hear(held)
    await placed(platform, coordinator, person, offer)
    await platform.hear(ended(held))
    async with platform.database.transaction() as eraser:
        await lock_subject_for_erasure(eraser, person.subject_id)
        async with asyncio.timeout(5), platform.database.transaction() as looking:
            assert await check_requirements(looking, platform.settings) == 1
            erasing = asyncio.create_task(erase(eraser, person.subject_id, platform.settings))
            await eventually(lambda: _waits(platform))
        await erasing
    assert await platform.let_timer_run(TIMER) == 0
    assert await platform.value("SELECT count(*) FROM requirement_checks") == 0


async def _waits(platform: Platform) -> bool:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await platform.value(sql))
