"""Two registrations of one person are merged, and taken apart again: what is theirs in matching moves along."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.handlers.merges import merged as move_along
from shared.contracts.registry import VolunteerMerged, VolunteerRestored
from shared.runtime.errors import Reason, Refusal
from tests.integration.matching.people import Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, places=1)


def merge(platform: Platform, merged: Person, survivor: Person, until: datetime | None = None) -> VolunteerMerged:
    return VolunteerMerged(
        volunteer_id=merged.subject_id,
        version=platform.next_version(merged.subject_id),
        survivor_id=survivor.subject_id,
        merge_id=uuid4(),
        merged_at=platform.clock.now(),
        undo_until=until or platform.in_days(30),
    )


def restore(platform: Platform, done: VolunteerMerged) -> VolunteerRestored:
    state = platform.volunteer_event(done.volunteer_id)
    return VolunteerRestored(**dict(state), survivor_id=done.survivor_id, merge_id=done.merge_id)


async def test_placements_go_on_under_the_survivors_id_and_come_back(
    platform: Platform, coordinator: Person, offer: dict[str, Any]
) -> None:
    merged, survivor = await platform.volunteers(2)
    placement = await platform.step(coordinator, await platform.request(merged, offer), "confirmation")
    before = len(await platform.announced(topic="matching.placements"))
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert (await platform.read_placement(survivor, placement))["status"] == "confirmed"
    path = f"/placements/{placement['placement_id']}"
    assert (await platform.get(path, merged)).status_code == 404
    (moved,) = (await platform.announced(topic="matching.placements"))[before:]
    assert (moved.type, moved.data and moved.data["volunteer_id"]) == ("placement-moved", str(survivor.subject_id))
    assert moved.data is not None and moved.data["status"] == "confirmed"
    await platform.hear(restore(platform, done))
    assert (await platform.read_placement(merged, placement))["status"] == "confirmed"
    assert (await platform.get(path, survivor)).status_code == 404
    assert await platform.value("SELECT count(*) FROM merge_moves") == 0


async def test_of_two_requests_for_one_offer_the_nearer_goes_on_and_both_are_there_again(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, places=2)
    merged, survivor, waits = await platform.volunteers(3)
    confirmed = await platform.step(coordinator, await platform.request(merged, offer), "confirmation")
    asked = await platform.request(survivor, offer)
    waiting = await platform.request(waits, offer)
    assert waiting["status"] == "waitlisted"
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert (await platform.read_placement(survivor, confirmed))["status"] == "confirmed"
    assert (await platform.read_placement(survivor, asked))["status"] == "withdrawn"
    assert (await platform.read_placement(waits, waiting))["status"] == "offered", "the place went to who waited"
    await platform.hear(restore(platform, done))
    assert (await platform.read_placement(merged, confirmed))["status"] == "confirmed"
    again = await platform.read_placement(survivor, asked)
    assert (again["status"], again["waiting_position"]) == ("waitlisted", 1)
    taken, waiting_count = await counts(platform, offer)
    assert (taken, waiting_count) == (2, 1)


async def counts(platform: Platform, offer: dict[str, Any]) -> tuple[int, int]:
    where = "FROM offers WHERE offer_id = $1"
    return (
        await platform.value(f"SELECT places_taken {where}", UUID(offer["offer_id"])),
        await platform.value(f"SELECT waiting {where}", UUID(offer["offer_id"])),
    )


async def test_a_request_that_was_given_up_is_what_it_was_while_there_is_room(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, places=3)
    merged, survivor = await platform.volunteers(2)
    first = await platform.request(survivor, offer)
    second = await platform.request(merged, offer)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert await counts(platform, offer) == (1, 0)
    await platform.hear(restore(platform, done))
    assert (await platform.read_placement(survivor, first))["status"] == "requested"
    assert (await platform.read_placement(merged, second))["status"] == "requested"
    assert await counts(platform, offer) == (2, 0)


async def test_a_merge_that_is_heard_twice_moves_once(platform: Platform, offer: dict[str, Any]) -> None:
    merged, survivor = await platform.volunteers(2)
    placement = await platform.request(merged, offer)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    await platform.hear(done)
    assert await platform.types(placement["placement_id"]) == ["placement-requested", "placement-moved"]


async def test_the_survivor_is_not_told_again_of_what_the_other_was_told(
    platform: Platform, offer: dict[str, Any]
) -> None:
    merged, survivor = await platform.volunteers(2)
    await platform.let_timer_run("tell-suggestions")
    assert sorted(await platform.told()) == sorted(
        (str(each.subject_id), offer["offer_id"]) for each in (merged, survivor)
    )
    await platform.hear(merge(platform, merged, survivor))
    await platform.let_timer_run("tell-suggestions")
    assert len(await platform.told()) == 2
    left = "SELECT count(*) FROM told_suggestions WHERE volunteer_id = $1"
    assert await platform.value(left, merged.subject_id) == 0


async def test_the_merged_id_asks_for_nothing_any_more(platform: Platform, offer: dict[str, Any]) -> None:
    merged, survivor = await platform.volunteers(2)
    await platform.hear(merge(platform, merged, survivor))
    asked = await platform.post("/placements", merged, {"offer_id": offer["offer_id"]})
    assert (asked.status_code, asked.json()["code"]) == (409, "not-yet-known")


async def test_what_moved_is_remembered_until_it_cannot_be_undone(platform: Platform, offer: dict[str, Any]) -> None:
    merged, survivor = await platform.volunteers(2)
    await platform.request(merged, offer)
    await platform.hear(merge(platform, merged, survivor))
    assert await platform.let_timer_run("forget-merges") == 0
    platform.clock.advance(timedelta(days=31))
    assert await platform.let_timer_run("forget-merges") == 1


async def test_the_erasure_of_the_survivor_takes_what_moved_along(platform: Platform, offer: dict[str, Any]) -> None:
    merged, survivor = await platform.volunteers(2)
    placement = await platform.request(merged, offer)
    await platform.hear(merge(platform, merged, survivor))
    await platform.erase(survivor)
    assert await platform.value("SELECT count(*) FROM placements") == 0
    assert await platform.value("SELECT count(*) FROM merge_moves") == 0
    assert (await platform.types(placement["placement_id"]))[-1] == "tombstone"


async def test_while_the_read_model_still_knows_the_merged_id_the_merge_waits(
    platform: Platform, offer: dict[str, Any]
) -> None:
    merged_person, survivor = await platform.volunteers(2)
    await platform.request(merged_person, offer)
    done = merge(platform, merged_person, survivor)
    with pytest.raises(Refusal) as refused:
        async with platform.database.transaction() as tx:
            await move_along(tx, done, platform.settings)
    assert refused.value.reason is Reason.NOT_YET_KNOWN


@pytest.mark.parametrize("began", ["start", "suspension"])
async def test_what_has_begun_goes_on_and_the_other_comes_back_as_far_as_there_is_room(
    platform: Platform, coordinator: Person, organisation: UUID, began: str
) -> None:
    offer = await platform.offer(coordinator, organisation, places=2, weekly=[])
    merged, survivor = await platform.volunteers(2)
    body = {"because": "volunteer_asked"} if began == "suspension" else None
    nearer = await platform.step(coordinator, await platform.confirmed(coordinator, offer, merged), began, body)
    farther = await platform.step(coordinator, await platform.confirmed(coordinator, offer, survivor), "suspension",
                                  {"because": "organisation_asked"})  # fmt: skip
    if began == "suspension":
        farther = await platform.step(coordinator, farther, "resumption")
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert (await platform.read_placement(survivor, nearer))["status"] == nearer["status"]
    assert (await platform.read_placement(survivor, farther))["status"] == "withdrawn"
    await platform.check_counts()
    await platform.hear(restore(platform, done))
    assert (await platform.read_placement(merged, nearer))["status"] == nearer["status"]
    assert (await platform.read_placement(survivor, farther))["status"] == farther["status"]
    await platform.check_counts()


async def test_an_invitation_that_was_given_up_stays_so(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, places=2)
    merged, survivor = await platform.volunteers(2)
    asked = await platform.request(merged, offer)
    invited = await platform.invited(coordinator, offer, survivor)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert (await platform.read_placement(survivor, asked))["status"] == "requested"
    assert (await platform.read_placement(survivor, invited))["status"] == "declined"
    await platform.hear(restore(platform, done))
    assert (await platform.read_placement(merged, asked))["status"] == "requested"
    assert (await platform.read_placement(survivor, invited))["status"] == "declined"
    await platform.check_counts()


async def test_requests_for_two_shifts_of_an_offer_stay_two(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, weekly=[])
    one, other = [await platform.shift_of(coordinator, offer, start=f"{hour}:00", end=f"{hour + 1}:00")
                  for hour in (10, 11)]  # fmt: skip
    merged, survivor = await platform.volunteers(2)
    await platform.request(merged, offer, shift_id=one["shift_id"])
    await platform.request(survivor, offer, shift_id=other["shift_id"])
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert await platform.statuses() == ["requested"] * 2
    assert await platform.value("SELECT count(DISTINCT volunteer_id) FROM placements") == 1
    await platform.check_counts()
    await platform.hear(restore(platform, done))
    assert await platform.value("SELECT count(DISTINCT volunteer_id) FROM placements") == 2


async def test_who_asked_again_meanwhile_keeps_that_when_a_merge_is_undone(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    """What the survivor had given up for the other's request is not taken up beside a new one for the same places."""
    offer = await platform.offer(coordinator, organisation, places=3)
    merged, survivor = await platform.volunteers(2)
    first = await platform.request(merged, offer)
    await platform.request(survivor, offer)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    await platform.step(survivor, await platform.read_placement(survivor, first), "withdrawal")
    anew = await platform.request(survivor, offer)
    await platform.hear(restore(platform, done))
    assert (await platform.read_placement(merged, first))["status"] == "withdrawn"
    assert (await platform.read_placement(survivor, anew))["status"] == "requested"
    assert sorted(await platform.statuses()) == ["requested", "withdrawn", "withdrawn"]
    await platform.check_counts()


async def test_who_is_there_again_and_asks_before_the_undoing_is_heard_of_has_one_request(
    platform: Platform, coordinator: Person, organisation: UUID
) -> None:
    offer = await platform.offer(coordinator, organisation, places=3)
    merged, survivor = await platform.volunteers(2)
    confirmed = await platform.confirmed(coordinator, offer, merged)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    undone = restore(platform, done)
    await platform.hear(platform.volunteer_event(merged.subject_id))
    anew = await platform.request(merged, offer)
    await platform.hear(undone)
    assert (await platform.read_placement(merged, confirmed))["status"] == "confirmed"
    assert (await platform.read_placement(merged, anew))["status"] == "withdrawn"
    await platform.check_counts()
