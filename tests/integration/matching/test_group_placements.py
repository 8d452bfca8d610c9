"""A group asks together: it gets all of its places or none, nobody overtakes it, and one who leaves leaves alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.vocabulary import Role
from tests.integration.matching.people import Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, places=3)


async def ids_by_status(platform: Platform) -> dict[str, list[str]]:
    async with platform.database.reading() as connection:
        rows = await connection.fetch("SELECT status, volunteer_id FROM placements ORDER BY queue_number")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["status"], []).append(str(row["volunteer_id"]))
    return found


async def test_a_group_is_placed_together(platform: Platform, offer: dict[str, Any], coordinator: Person) -> None:
    people = await platform.volunteers(3)
    group_id = await platform.group(*people)
    asked = await platform.request(people[0], offer, group_id=group_id)
    assert (asked["status"], asked["group_id"], asked["volunteer_id"]) == (
        "requested",
        group_id,
        str(people[0].subject_id),
    )
    assert await platform.statuses() == ["requested"] * 3
    assert len({asked["joint_id"], await platform.value("SELECT joint_id::text FROM placements LIMIT 1")}) == 1
    await platform.step(coordinator, asked, "confirmation")
    assert await platform.statuses() == ["confirmed"] * 3
    announced = [each.type for each in await platform.announced(topic="matching.placements")]
    assert announced == ["placement-requested"] * 3 + ["placement-confirmed"] * 3
    await platform.check_counts()


async def test_together_or_not_at_all(platform: Platform, offer: dict[str, Any], coordinator: Person) -> None:
    """Two places are left: the group of three waits, and so does whoever comes after it."""
    first, *people, late = await platform.volunteers(5)
    held = await platform.request(first, offer)
    group_id = await platform.group(*people)
    asked = await platform.request(people[0], offer, group_id=group_id)
    alone = await platform.request(late, offer)
    assert [asked["status"], alone["status"]] == ["waitlisted", "waitlisted"]
    assert (await platform.read_offer(offer))["places_free"] == 2
    assert await platform.let_timer_run("move-waiting-lists") == 0
    await platform.step(first, held, "withdrawal")
    assert await platform.statuses() == ["withdrawn", "offered", "offered", "offered", "waitlisted"]
    other = await platform.placement_of(people[1])
    answer = await platform.try_step(people[1], other, "acceptance")
    assert (answer.status_code, answer.json()["code"]) == (403, "group-speaker-only")
    speakers = await platform.read_placement(people[0], asked)
    await platform.step(people[0], speakers, "acceptance")
    assert await platform.statuses() == ["withdrawn", "requested", "requested", "requested", "waitlisted"]
    await platform.check_counts()


async def test_a_smaller_group_gets_what_the_one_before_does_not_need(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=4)
    holders = await platform.volunteers(4)
    held = [await platform.request(person, offer) for person in holders]
    one, other = await platform.volunteers(2), await platform.volunteers(3)
    await platform.request(one[0], offer, group_id=await platform.group(*one))
    await platform.request(other[0], offer, group_id=await platform.group(*other))
    statuses = []
    for person, placement in zip(holders, held, strict=True):
        await platform.step(person, placement, "withdrawal")
        statuses.append((await platform.statuses())[4:])
    waits = "waitlisted"
    assert statuses == [
        [waits] * 5,
        ["offered"] * 2 + [waits] * 3,
        ["offered"] * 2 + [waits] * 3,
        ["offered"] * 2 + [waits] * 3,
    ]
    await platform.check_counts()


async def test_a_place_that_a_group_does_not_take_in_time_goes_to_the_next(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=2)
    holder, *people, late = await platform.volunteers(4)
    held = await platform.request(holder, offer)
    await platform.request(people[0], offer, group_id=await platform.group(*people))
    await platform.request(late, offer)
    await platform.step(holder, held, "withdrawal")
    platform.clock.advance(timedelta(hours=48))
    assert await platform.let_timer_run("take-due-steps") == 2
    assert await platform.statuses() == ["withdrawn", "expired", "expired", "offered"]
    await platform.check_counts()


async def test_one_member_leaves_and_the_others_stay(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(3)
    group_id = await platform.group(*people)
    asked = await platform.request(people[0], offer, group_id=group_id)
    await platform.step(coordinator, asked, "confirmation")
    left = await platform.placement_of(people[2])
    await platform.step(people[2], left, "withdrawal")
    assert sorted(await platform.statuses()) == ["confirmed", "confirmed", "withdrawn"]
    (notice,) = await platform.notices("group-member-left")
    assert (notice["speaker_id"], notice["coordinator_id"], notice["volunteer_id"]) == (
        str(people[0].subject_id),
        str(coordinator.subject_id),
        str(people[2].subject_id),
    )
    await platform.check_counts()


async def test_the_speaker_gives_up_for_all(platform: Platform, offer: dict[str, Any], coordinator: Person) -> None:
    people = await platform.volunteers(3)
    asked = await platform.request(people[0], offer, group_id=await platform.group(*people))
    other = await platform.placement_of(people[1])
    answer = await platform.try_step(people[1], other, "withdrawal", {"whole_group": True})
    assert answer.json()["code"] == "group-speaker-only"
    await platform.step(people[0], asked, "withdrawal", {"whole_group": True})
    assert await platform.statuses() == ["withdrawn"] * 3
    assert await platform.notices("group-member-left") == []
    await platform.check_counts()


async def test_a_part_of_the_group_may_ask_without_its_speaker(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(3)
    group_id = await platform.group(*people)
    part = [str(person.subject_id) for person in people[1:]]
    asked = await platform.request(people[0], offer, group_id=group_id, volunteer_ids=part)
    assert (await ids_by_status(platform))["requested"] == part
    await platform.step(people[0], asked, "withdrawal", {"whole_group": True})
    assert await platform.statuses() == ["withdrawn"] * 2


async def test_what_stands_against_a_group_is_said_without_what_concerns_one_of_them_only(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=3, minimum_age=18)
    people = await platform.volunteers(3)
    young = await platform.volunteer(age_reached=14)
    strangers = await platform.volunteers(2)
    group_id = await platform.group(*people, young)
    path, body = "/placements", {"offer_id": offer["offer_id"], "group_id": group_id}

    async def refused(person: Person, **more: Any) -> tuple[int, str, dict[str, Any]]:
        answer = await platform.post(path, person, body | more)
        return answer.status_code, answer.json()["code"], answer.json().get("details", {})

    status, code, details = await refused(people[0])
    assert (status, code) == (409, "group-members-lacking")
    assert details == {"volunteer_ids": [str(young.subject_id)]}
    assert (await refused(people[1]))[:2] == (403, "group-speaker-only")
    assert (await refused(strangers[0]))[:2] == (404, "group-not-found")
    named = [str(strangers[0].subject_id)]
    assert (await refused(people[0], volunteer_ids=named))[:2] == (422, "not-in-group")
    small = await platform.offer(coordinator, organisation, places=2)
    three = [str(person.subject_id) for person in people]
    assert (await refused(people[0], offer_id=small["offer_id"], volunteer_ids=three))[:2] == (409, "group-too-large")
    await platform.request(people[1], small)
    two = three[:2]
    status, code, details = await refused(people[0], offer_id=small["offer_id"], volunteer_ids=two)
    assert (status, code, details) == (409, "group-members-there", {"volunteer_ids": [three[1]]})
    assert await platform.value("SELECT count(*) FROM placements") == 1


async def test_a_member_who_is_erased_frees_one_place_and_the_group_goes_on(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(3)
    asked = await platform.request(people[0], offer, group_id=await platform.group(*people))
    await platform.erase(people[1])
    await platform.step(coordinator, asked, "confirmation")
    assert await platform.statuses() == ["confirmed"] * 2
    await platform.check_counts()


async def test_nobody_decides_about_a_group_that_they_belong_to(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(2)
    asked = await platform.request(people[0], offer, group_id=await platform.group(*people))
    same = await platform.member(Role.COORDINATOR, organisation, subject_id=people[1].subject_id)
    for step in ("confirmation", "decline"):
        answer = await platform.try_step(same, asked, step)
        assert (answer.status_code, answer.json()["code"]) == (403, "own-placement")
    assert await platform.statuses() == ["requested"] * 2
    await platform.step(coordinator, asked, "confirmation")
    assert await platform.statuses() == ["confirmed"] * 2
