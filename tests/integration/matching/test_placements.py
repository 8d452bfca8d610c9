"""Placements: asked for, decided, offered to the next in line. Every step and everything that refuses one."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, GOETTINGEN, HANNOVER, Person, Platform


@pytest.fixture
async def offer(platform: Platform, organisation: UUID, coordinator: Person) -> dict[str, Any]:
    """One place in Celle."""
    return await platform.offer(coordinator, organisation, places=1)


async def test_from_the_request_to_the_end(platform: Platform, offer: dict[str, Any], coordinator: Person) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    assert (placement["status"], placement["version"], placement["waiting_position"]) == ("requested", 1, None)
    assert (await platform.read_offer(offer))["places_free"] == 0
    confirmed = await platform.step(coordinator, placement, "confirmation")
    assert confirmed["status"] == "confirmed" and confirmed["confirmed_at"]
    ended = await platform.step(coordinator, confirmed, "end", {"reason": "no_time"})
    assert (ended["status"], ended["version"]) == ("ended", 3)
    assert (await platform.read_offer(offer))["places_free"] == 1
    events = await platform.announced(placement["placement_id"], "matching.placements")
    assert [each.type for each in events] == ["placement-requested", "placement-confirmed", "placement-ended"]
    assert [each.data["version"] for each in events if each.data] == [1, 2, 3]
    assert events[0].data is not None
    assert events[0].data["coordinator_id"] == str(coordinator.subject_id)
    assert {each.headers["ce_person"] for each in events} == {str(person.subject_id)}


async def test_what_is_missing_is_said_with_how_to_get_it(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(
        coordinator, organisation, qualifications=["basic"], languages_required=["ar"], minimum_age=18
    )
    course = await platform.course(organisation, 14)
    person = await platform.volunteer(age_reached=16)
    answer = await platform.post("/placements", person, {"offer_id": offer["offer_id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "requirements-missing")
    missing = {each["requirement"]: each for each in answer.json()["details"]["missing"]}
    assert set(missing) == {"qualification", "language", "minimum_age"}
    assert missing["qualification"]["course_id"] == str(course.course_id)
    assert missing["qualification"]["sentence_de"] == (
        "Es fehlt: Basisqualifizierung, nächster Kurs am 16.3. in Celle."
    )
    assert await platform.value("SELECT count(*) FROM placements") == 0
    assert (await platform.read_offer(offer))["places_free"] == 2


async def test_a_qualification_opens_the_way_while_it_is_valid(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, qualifications=["basic"])
    valid, expired = await platform.volunteers(2)
    await platform.qualification(valid, valid_until=date(2026, 3, 2))
    await platform.qualification(expired, valid_until=date(2026, 3, 1))
    await platform.request(valid, offer)
    answer = await platform.post("/placements", expired, {"offer_id": offer["offer_id"]})
    assert answer.json()["code"] == "requirements-missing"


async def test_one_live_placement_per_volunteer_and_offer(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    first = await platform.request(person, offer)
    again = await platform.post("/placements", person, {"offer_id": offer["offer_id"]})
    assert (again.status_code, again.json()["code"]) == (409, "already-requested")
    await platform.step(person, first, "withdrawal")
    assert (await platform.request(person, offer))["status"] == "requested"


async def test_whoever_is_not_known_yet_is_asked_to_come_again(platform: Platform, offer: dict[str, Any]) -> None:
    stranger = platform.person(uuid4())
    answer = await platform.post("/placements", stranger, {"offer_id": offer["offer_id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-yet-known")
    assert (await platform.get(f"/volunteers/{stranger.subject_id}/suggestions", stranger)).status_code == 409


async def test_an_unknown_offer_is_not_found(platform: Platform) -> None:
    answer = await platform.post("/placements", await platform.volunteer(), {"offer_id": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (404, "offer-not-found")


async def test_who_comes_later_waits_in_order_and_moves_up(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(4)
    placements = [await platform.request(person, offer) for person in people]
    assert [each["status"] for each in placements] == ["requested", *["waitlisted"] * 3]
    assert [each["waiting_position"] for each in placements] == [None, 1, 2, 3]
    await platform.step(people[1], placements[1], "withdrawal")
    now = [await platform.read_placement(*each) for each in zip(people, placements, strict=True)]
    assert [each["waiting_position"] for each in now] == [None, None, 1, 2]
    await platform.step(coordinator, placements[0], "decline")
    now = [await platform.read_placement(*each) for each in zip(people, placements, strict=True)]
    assert [each["status"] for each in now] == ["declined", "withdrawn", "offered", "waitlisted"]
    assert now[2]["offered_until"].startswith("2026-03-04T09:00:00")
    assert await platform.types(placements[2]["placement_id"]) == ["placement-waitlisted", "placement-offered"]


async def test_an_offered_place_is_accepted_and_then_decided(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    people = await platform.volunteers(2)
    first, second = [await platform.request(person, offer) for person in people]
    await platform.step(people[0], first, "withdrawal")
    offered = await platform.read_placement(people[1], second)
    assert (await platform.try_step(coordinator, offered, "confirmation")).json()["code"] == (
        "placement-step-impossible"
    )
    accepted = await platform.step(people[1], offered, "acceptance")
    assert (accepted["status"], accepted["offered_until"]) == ("requested", None)
    assert (await platform.step(coordinator, accepted, "confirmation"))["status"] == "confirmed"
    assert await platform.types(second["placement_id"]) == [
        "placement-waitlisted",
        "placement-offered",
        "placement-requested",
        "placement-confirmed",
    ]


async def test_a_place_that_is_not_taken_in_time_goes_to_the_next(platform: Platform, offer: dict[str, Any]) -> None:
    people = await platform.volunteers(3)
    placements = [await platform.request(person, offer) for person in people]
    await platform.step(people[0], placements[0], "withdrawal")
    platform.clock.advance(timedelta(hours=47))
    assert await platform.let_timer_run("take-due-steps") == 0
    platform.clock.advance(timedelta(hours=1))
    late = await platform.try_step(people[1], await platform.read_placement(people[1], placements[1]), "acceptance")
    assert (late.status_code, late.json()["code"]) == (409, "deadline-passed")
    assert await platform.let_timer_run("take-due-steps") == 1
    now = [await platform.read_placement(*each) for each in zip(people, placements, strict=True)]
    assert [each["status"] for each in now] == ["withdrawn", "expired", "offered"]
    assert await platform.value("SELECT places_taken FROM offers") == 1


async def test_nobody_new_overtakes_those_who_wait(
    platform: Platform, organisation: UUID, offer: dict[str, Any]
) -> None:
    people = await platform.volunteers(3)
    placements = [await platform.request(person, offer) for person in people[:2]]
    await platform.organisation("suspended", organisation)
    await platform.step(people[0], placements[0], "withdrawal")
    assert (await platform.read_placement(people[1], placements[1]))["status"] == "waitlisted"
    await platform.organisation("verified", organisation)
    assert (await platform.request(people[2], offer))["status"] == "waitlisted"
    assert await platform.let_timer_run("move-waiting-lists") == 1
    assert (await platform.read_placement(people[1], placements[1]))["status"] == "offered"


async def test_requirements_are_looked_at_again_at_the_confirmation(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    await platform.volunteer(person.subject_id, paused=True)
    answer = await platform.try_step(coordinator, placement, "confirmation")
    assert (answer.status_code, answer.json()["code"]) == (409, "requirements-missing")
    assert [each["requirement"] for each in answer.json()["details"]["missing"]] == ["not_paused"]
    assert (await platform.read_placement(person, placement))["status"] == "requested"


async def test_two_confirmations_at_the_same_time_of_the_week_exclude_each_other(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    person = await platform.volunteer()
    offers = [await platform.offer(coordinator, organisation) for _ in range(2)]
    one, other = [await platform.request(person, offer) for offer in offers]
    await platform.step(coordinator, one, "confirmation")
    answer = await platform.try_step(coordinator, other, "confirmation")
    (missing,) = answer.json()["details"]["missing"]
    assert (missing["requirement"], missing["fact"]) == ("no_overlap", {"offers": [offers[0]["offer_id"]]})


async def test_nobody_decides_about_themselves(platform: Platform, organisation: UUID, offer: dict[str, Any]) -> None:
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    same = await platform.member(Role.COORDINATOR, organisation, subject_id=person.subject_id)
    for step in ("confirmation", "decline", "end"):
        body = {"reason": "other"} if step == "end" else None
        answer = await platform.try_step(same, placement, step, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "own-placement")
    assert (await platform.read_placement(person, placement))["status"] == "requested"


async def test_a_decision_needs_the_version_that_was_read(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    placement = await platform.request(await platform.volunteer(), offer)
    path = f"/placements/{placement['placement_id']}/confirmation"
    assert (await platform.post(path, coordinator)).status_code == 428
    assert (await platform.post(path, coordinator, version=2)).status_code == 412
    assert (await platform.post(path, coordinator, version=1)).status_code == 200


async def test_a_step_that_is_impossible_says_what_is_possible(
    platform: Platform, offer: dict[str, Any], coordinator: Person
) -> None:
    person = await platform.volunteer()
    placement = await platform.step(person, await platform.request(person, offer), "withdrawal")
    answer = await platform.try_step(coordinator, placement, "confirmation")
    assert (answer.status_code, answer.json()["code"]) == (409, "placement-step-impossible")
    assert answer.json()["details"] == {
        "because": "not-from-here",
        "status": "withdrawn",
        "step": "confirm",
        "possible": [],
    }


async def test_placements_are_seen_by_those_concerned_only(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    person, other = await platform.volunteers(2)
    placement = await platform.request(person, offer)
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    path = f"/placements/{placement['placement_id']}"
    for who, status in ((person, 200), (coordinator, 200), (other, 404), (elsewhere, 404), (stranger, 404)):
        assert (await platform.get(path, who)).status_code == status
    assert (await platform.get(path, admin)).status_code == 403
    for who, step, status in (
        (other, "withdrawal", 404),
        (person, "confirmation", 403),
        (coordinator, "withdrawal", 409),
        (elsewhere, "confirmation", 404),
    ):
        assert (await platform.try_step(who, placement, step)).status_code == status
    for who, number in ((person, 1), (coordinator, 1), (other, 0), (elsewhere, 0), (stranger, 0)):
        assert len((await platform.get("/placements", who)).json()["items"]) == number
    assert (await platform.get("/placements", admin)).status_code == 403


async def test_lists_are_paged_and_filtered(
    platform: Platform, organisation: UUID, offer: dict[str, Any], coordinator: Person
) -> None:
    another = await platform.offer(coordinator, organisation, weekly=[])
    people = await platform.volunteers(3)
    made = [await platform.request(person, offer) for person in people]
    made.append(await platform.request(people[0], another))
    ids = [each["placement_id"] for each in made]
    first = (await platform.get("/placements", coordinator, limit=3)).json()
    rest = (await platform.get("/placements", coordinator, limit=3, cursor=first["next"])).json()
    assert [each["placement_id"] for each in first["items"] + rest["items"]] == ids[::-1]
    waiting = (await platform.get("/placements", coordinator, status="waitlisted")).json()["items"]
    assert [each["waiting_position"] for each in waiting] == [2, 1]
    of_offer = (await platform.get("/placements", coordinator, offer_id=another["offer_id"])).json()["items"]
    assert [each["placement_id"] for each in of_offer] == ids[3:]
    own = (await platform.get("/placements", people[0])).json()["items"]
    assert [each["placement_id"] for each in own] == [ids[3], ids[0]]


async def test_too_far_away_is_too_far(platform: Platform, offer: dict[str, Any]) -> None:
    far = await platform.volunteer(postal_code="37073", district=GOETTINGEN, reach_km=50)
    answer = await platform.post("/placements", far, {"offer_id": offer["offer_id"]})
    assert [each["requirement"] for each in answer.json()["details"]["missing"]] == ["within_reach"]
    near = await platform.volunteer(postal_code="30159", district=HANNOVER, reach_km=50)
    assert (await platform.request(near, offer))["district"] == CELLE


async def test_a_full_waiting_list_says_so(platform: Platform, offer: dict[str, Any]) -> None:
    await platform.execute("UPDATE offers SET places_taken = places, waiting = 500")
    answer = await platform.post("/placements", await platform.volunteer(), {"offer_id": offer["offer_id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "waiting-list-full")


async def test_the_table_itself_refuses_overbooking(platform: Platform, offer: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="offers_are_never_overbooked"):
        await platform.execute("UPDATE offers SET places_taken = places + 1")


async def test_nobody_asks_without_end(platform: Platform) -> None:
    """Every request is a mail to a coordinator."""
    person, other = await platform.volunteers(2)
    answers = [await platform.post("/placements", person, {"offer_id": str(uuid4())}) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [404] * 60 + [429]
    assert (await platform.post("/placements", other, {"offer_id": str(uuid4())})).status_code == 404


async def test_where_somebody_helps_besides_is_told_to_no_other_organisation(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    elsewhere = await platform.organisation()
    colleague = await platform.member(Role.COORDINATOR, elsewhere)
    person = await platform.volunteer()
    theirs = await platform.offer(colleague, elsewhere)
    ours = await platform.offer(coordinator, organisation)
    asked = await platform.request(person, ours)
    await platform.confirmed(colleague, theirs, person)
    answer = await platform.try_step(coordinator, asked, "confirmation")
    explained = await platform.get(f"/offers/{ours['offer_id']}/suggestions/{person.subject_id}", coordinator)
    for told in (answer.json()["details"], explained.json()):
        (missing,) = [each for each in told["missing"] if each["requirement"] == "no_overlap"]
        assert missing["fact"] == {"offers": []}
    assert theirs["offer_id"] not in answer.text + explained.text
