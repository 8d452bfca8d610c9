"""A coordinator invites: no place is held, whoever accepts takes one that is free or waits, and nobody is asked in vain."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.integration.matching.people import GOETTINGEN, Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    return await platform.offer(coordinator, organisation, places=1)


async def test_an_invitation_holds_no_place_and_the_first_who_accept_get_theirs(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(3)
    made = await platform.invite(coordinator, offer, people)
    assert [each["status"] for each in made["invited"]] == ["invited"] * 3
    assert made["left_out"] == []
    assert (await platform.read_offer(offer))["places_free"] == 1
    first, second, third = made["invited"]
    assert first["offered_until"].startswith("2026-03-09T09:00:00")
    accepted = await platform.step(people[1], second, "acceptance")
    assert (accepted["status"], accepted["offered_until"]) == ("confirmed", None)
    late = await platform.step(people[0], first, "acceptance")
    assert (late["status"], late["waiting_position"]) == ("waitlisted", 1)
    assert (await platform.step(people[2], third, "decline"))["status"] == "declined"
    # Whoever was invited has been decided about: the place that comes free needs their yes only.
    await platform.step(people[1], accepted, "withdrawal")
    offered = await platform.read_placement(people[0], first)
    assert offered["status"] == "offered"
    assert (await platform.step(people[0], offered, "acceptance"))["status"] == "confirmed"
    assert await platform.types(first["placement_id"]) == [
        "placement-invited",
        "placement-waitlisted",
        "placement-offered",
        "placement-confirmed",
    ]
    acted = {each.key: each.data["volunteer_acted"] for each in await platform.announced(topic="matching.placements")
             if each.data}  # fmt: skip
    assert [acted[each["placement_id"]] for each in made["invited"]] == [True, True, False]
    await platform.check_counts()


async def test_an_invitation_passes_with_its_deadline(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    until = platform.in_days(2).isoformat()
    invited = await platform.invited(coordinator, offer, person, until=until)
    platform.clock.advance(timedelta(days=2))
    late = await platform.try_step(person, invited, "acceptance")
    assert (late.status_code, late.json()["code"]) == (409, "deadline-passed")
    assert await platform.let_timer_run("take-due-steps") == 1
    assert (await platform.read_placement(person, invited))["status"] == "expired"
    await platform.check_counts()


@pytest.mark.parametrize("days", [-1, 0, 31])
async def test_a_deadline_lies_ahead_and_not_too_far(
    platform: Platform, offer: dict[str, Any], coordinator: Person, days: int
) -> None:
    person = await platform.volunteer()
    body = {"volunteer_ids": [str(person.subject_id)], "until": platform.in_days(days).isoformat()}
    answer = await platform.post(f"/offers/{offer['offer_id']}/invitations", coordinator, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "deadline-impossible")


async def test_who_is_left_out_is_said_and_why(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    offer = await platform.offer(coordinator, organisation, minimum_age=18, places=3)
    good, there, paused, young = await platform.volunteers(4)
    await platform.request(there, offer)
    await platform.volunteer(paused.subject_id, paused=True)
    await platform.volunteer(young.subject_id, age_reached=16)
    far = await platform.volunteer(postal_code="37073", district=GOETTINGEN, reach_km=5)
    stranger = platform.person(uuid4())
    people = [good, there, paused, young, far, stranger]
    made = await platform.invite(coordinator, offer, people)
    assert [each["volunteer_id"] for each in made["invited"]] == [str(good.subject_id)]
    assert {each["volunteer_id"]: each["because"] for each in made["left_out"]} == {
        str(there.subject_id): "already_there",
        str(paused.subject_id): "paused",
        str(young.subject_id): "requirements_missing",
        # Whoever is not suggested here is as unknown as somebody who does not exist.
        str(far.subject_id): "unknown",
        str(stranger.subject_id): "unknown",
    }


async def test_who_declined_is_not_asked_for_the_same_again(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    await platform.step(person, await platform.invited(coordinator, offer, person), "decline")
    (left,) = (await platform.invite(coordinator, offer, [person]))["left_out"]
    assert left["because"] == "declined"
    another = await platform.offer(coordinator, organisation, weekly=[])
    assert (await platform.invited(coordinator, another, person))["status"] == "invited"
    # They may change their mind and ask themselves.
    assert (await platform.request(person, offer))["status"] == "requested"


async def test_nobody_is_invited_more_often_in_a_week_than_anybody_may_be(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    person = await platform.volunteer()
    at_most = platform.settings.asks_per_week
    for _ in range(at_most):
        await platform.invited(coordinator, await platform.offer(coordinator, organisation, weekly=[]), person)
    another = await platform.offer(coordinator, organisation, weekly=[])
    (left,) = (await platform.invite(coordinator, another, [person]))["left_out"]
    assert left["because"] == "asked_often"
    platform.clock.advance(timedelta(days=8))
    assert (await platform.invited(coordinator, another, person))["status"] == "invited"


async def test_a_coordinator_takes_an_invitation_back_and_nothing_else(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    person, other = await platform.volunteers(2)
    invited = await platform.invited(coordinator, offer, person)
    assert (await platform.step(coordinator, invited, "withdrawal"))["status"] == "withdrawn"
    requested = await platform.request(other, offer)
    answer = await platform.try_step(coordinator, requested, "withdrawal")
    assert (answer.status_code, answer.json()["details"]["because"]) == (409, "somebody-else")


async def test_requirements_are_looked_at_again_when_an_invitation_is_accepted(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    person = await platform.volunteer()
    one, other = [await platform.offer(coordinator, organisation) for _ in range(2)]
    first = await platform.invited(coordinator, one, person)
    second = await platform.invited(coordinator, other, person)
    await platform.step(person, first, "acceptance")
    answer = await platform.try_step(person, second, "acceptance")
    assert [each["requirement"] for each in answer.json()["details"]["missing"]] == ["no_overlap"]
    assert (await platform.read_placement(person, second))["status"] == "invited"
    third = await platform.offer(coordinator, organisation)
    reason = "Nur jede zweite Woche, so besprochen."
    despite = await platform.invited(coordinator, third, person, overlap_reason=reason)
    assert (await platform.step(person, despite, "acceptance"))["overlap_reason"] == reason


async def test_invitations_go_with_the_offer(platform: Platform, offer: dict[str, Any], coordinator: Person) -> None:
    person = await platform.volunteer()
    invited = await platform.invited(coordinator, offer, person)
    now = await platform.read_offer(offer)
    answer = await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=now["version"])
    assert answer.status_code == 200
    assert (await platform.read_placement(person, invited))["status"] == "withdrawn"
    assert (await platform.types(invited["placement_id"]))[-1] == "placement-withdrawn"
    body = {"volunteer_ids": [str((await platform.volunteer()).subject_id)]}
    refused = await platform.post(f"/offers/{offer['offer_id']}/invitations", coordinator, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "offer-closed")


async def test_nobody_overtakes_those_who_wait_by_an_invitation(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    holder, first, invited_one = await platform.volunteers(3)
    held = await platform.request(holder, offer)
    waiting = await platform.request(first, offer)
    invited = await platform.invited(coordinator, offer, invited_one)
    await platform.organisation("suspended", organisation)
    await platform.step(holder, held, "withdrawal")
    await platform.organisation("verified", organisation)
    accepted = await platform.step(invited_one, invited, "acceptance")
    assert (accepted["status"], accepted["waiting_position"]) == ("waitlisted", 1)
    assert (await platform.read_placement(first, waiting))["status"] == "offered"


async def test_many_who_accept_at_once_get_exactly_the_places(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=3)
    people = await platform.volunteers(12)
    made = await platform.invite(coordinator, offer, people)
    by_id = {each["volunteer_id"]: each for each in made["invited"]}
    answers = await platform.at_once(
        platform.try_step(person, by_id[str(person.subject_id)], "acceptance") for person in people
    )
    statuses = sorted(answer.json()["status"] for answer in answers)
    assert statuses == ["confirmed"] * 3 + ["waitlisted"] * 9
    await platform.check_counts()
