"""Somebody drops out: the waiting list moves by itself; when nobody waits, others are proposed at once."""

from typing import Any
from uuid import UUID

import pytest

from shared.contracts.vocabulary import Role
from tests.integration.matching.people import HANNOVER, Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, places=1)


async def test_others_are_proposed_and_the_coordinator_is_told_how_many(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person, fits, declined, paused = await platform.volunteers(4)
    await platform.volunteer(paused.subject_id, paused=True)
    await platform.step(declined, await platform.invited(coordinator, offer, declined), "decline")
    placement = await platform.confirmed(coordinator, offer, person)
    assert await platform.let_timer_run("find-replacements") == 0
    await platform.step(person, placement, "withdrawal")
    assert await platform.let_timer_run("find-replacements") == 1
    (notice,) = await platform.notices("replacements-found")
    assert (notice["placement_id"], notice["volunteer_id"], notice["found"]) == (
        placement["placement_id"],
        str(person.subject_id),
        1,
    )
    assert notice["coordinator_id"] == str(coordinator.subject_id)
    path = f"/placements/{placement['placement_id']}/replacements"
    (found,) = (await platform.read(path, coordinator))["suggestions"]
    assert found["volunteer_id"] == str(fits.subject_id)
    assert found["parts"] and all(part["sentence"] for part in found["parts"])
    assert await platform.let_timer_run("find-replacements") == 0


async def test_nobody_is_looked_for_while_somebody_waits(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person, waiting = await platform.volunteers(2)
    placement = await platform.confirmed(coordinator, offer, person)
    second = await platform.request(waiting, offer)
    await platform.step(coordinator, placement, "end", {"reason": "did_not_come"})
    assert (await platform.read_placement(waiting, second))["status"] == "offered"
    assert await platform.let_timer_run("find-replacements") == 0
    assert await platform.notices("replacements-found") == []


async def test_nobody_is_looked_for_when_it_came_to_its_regular_end(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    placement = await platform.confirmed(coordinator, offer, await platform.volunteer())
    active = await platform.step(coordinator, placement, "start")
    await platform.step(coordinator, active, "completion")
    assert await platform.let_timer_run("find-replacements") == 0


async def test_that_nobody_was_found_is_told_too(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, offer, person)
    await platform.step(person, placement, "withdrawal")
    assert await platform.let_timer_run("find-replacements") == 1
    assert [each["found"] for each in await platform.notices("replacements-found")] == [0]


async def test_only_the_coordinator_sees_who_could_come(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, offer, person)
    path = f"/placements/{placement['placement_id']}/replacements"
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    for who, status in ((person, 403), (elsewhere, 404), (stranger, 404), (coordinator, 200)):
        assert (await platform.get(path, who)).status_code == status


async def test_whoever_is_erased_is_not_looked_for(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.confirmed(coordinator, offer, person)
    await platform.step(person, placement, "withdrawal")
    await platform.erase(person)
    assert await platform.value("SELECT count(*) FROM replacement_searches") == 0
    assert await platform.let_timer_run("find-replacements") == 0


async def test_for_a_shift_whoever_comes_to_another_one_is_proposed_and_whoever_comes_at_the_same_time_is_not(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, weekly=[])
    shift, at_the_same_time, later = [
        await platform.shift_of(coordinator, offer, start=start, end=end)
        for start, end in (("10:00", "12:00"), ("11:00", "13:00"), ("14:00", "16:00"))
    ]
    gone, there, meanwhile, elsewhere, declined = await platform.volunteers(5)
    placement = await platform.confirmed(coordinator, offer, gone, shift_id=shift["shift_id"])
    await platform.request(there, offer, shift_id=shift["shift_id"])
    await platform.request(meanwhile, offer, shift_id=at_the_same_time["shift_id"])
    await platform.request(elsewhere, offer, shift_id=later["shift_id"])
    asked = await platform.invited(coordinator, offer, declined, shift_id=at_the_same_time["shift_id"])
    await platform.step(declined, asked, "decline")
    await platform.step(gone, placement, "withdrawal")
    path = f"/placements/{placement['placement_id']}/replacements"
    found = [each["volunteer_id"] for each in (await platform.read(path, coordinator))["suggestions"]]
    assert sorted(found) == sorted(str(each.subject_id) for each in (elsewhere, declined))
    made = await platform.invite(coordinator, offer, [elsewhere, declined], shift_id=shift["shift_id"])
    assert made["left_out"] == []
