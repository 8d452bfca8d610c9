"""Plans: prepared by a job, looked through, thinned out, sent as invitations; nobody is placed by one."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.handlers.planning import plan_next
from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, GOETTINGEN, Person, Platform


async def _plan(platform: Platform, person: Person, **how: Any) -> dict[str, Any]:
    """A plan that has been computed."""
    answer = await platform.post("/plans", person, {"districts": [CELLE]} | how)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "queued"
    assert await plan_next(platform.database, platform.settings)
    return await platform.read(f"/plans/{answer.json()['plan_id']}", person)


async def _listed(platform: Platform, plan: dict[str, Any], what: str, person: Person, **how: Any) -> list[Any]:
    answer = await platform.get(f"/plans/{plan['plan_id']}/{what}", person, **how)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_plan_fills_what_one_after_the_other_would_leave_open(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    """Who speaks both languages goes where only they can go."""
    anybody = await platform.offer(coordinator, organisation, places=1, urgency=5, languages_required=["uk"])
    arabic = await platform.offer(coordinator, organisation, places=1, urgency=4, languages_required=["ar"])
    both = await platform.volunteer(languages=[{"language": "uk", "level": "C2"}, {"language": "ar", "level": "C2"}])
    one = await platform.volunteer()
    plan = await _plan(platform, coordinator, organisation_id=str(organisation))
    assert plan["status"] == "ready" and plan["finished_at"]
    summary = plan["summary"]
    assert (summary["places_open"], summary["filled"], summary["people"]) == (2, 2, 2)
    assert summary["worth"] >= summary["worth_alone"]
    pairings = await _listed(platform, plan, "pairings", coordinator)
    assert {(each["offer_id"], each["volunteer_id"]) for each in pairings} == {
        (anybody["offer_id"], str(one.subject_id)),
        (arabic["offer_id"], str(both.subject_id)),
    }
    assert all(each["reasons"] and each["status"] == "proposed" for each in pairings)
    assert await platform.value("SELECT count(*) FROM placements") == 0


async def test_what_stays_open_says_why(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    await platform.volunteers(6)
    offers = {
        "no_one_with_language": await platform.offer(coordinator, organisation, languages_required=["ti"]),
        "no_one_cleared": await platform.offer(
            coordinator, organisation, clearance_basis="sgb8_72a", clearance_activity="childcare"
        ),
        "no_one_qualified": await platform.offer(coordinator, organisation, qualifications=["basic"]),
    }
    far = await platform.member(Role.COORDINATOR, organisation, (GOETTINGEN,))
    offers["no_one_near"] = await platform.offer(far, organisation, district=GOETTINGEN, postal_code="37073")
    admin = await platform.member(Role.DISTRICT_ADMIN, organisation, (CELLE, GOETTINGEN))
    plan = await _plan(platform, admin, districts=[CELLE, GOETTINGEN])
    needs = {each["offer_id"]: each for each in await _listed(platform, plan, "needs", admin, unfilled=True)}
    assert {reason: needs[offer["offer_id"]]["reason"] for reason, offer in offers.items()} == {
        reason: reason for reason in offers
    }
    assert all(each["sentence"] and each["filled"] == 0 for each in needs.values())
    assert needs[offers["no_one_cleared"]["offer_id"]]["facts"]["speaking"] == 6


async def test_fewer_than_five_people_are_no_number(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.volunteers(3)
    await platform.offer(coordinator, organisation, languages_required=["ti"])
    plan = await _plan(platform, coordinator, organisation_id=str(organisation))
    (need,) = await _listed(platform, plan, "needs", coordinator)
    assert (need["facts"]["near"], need["facts"]["speaking"]) == (None, 0)


async def test_a_district_admin_reads_no_number_of_places_that_is_one_of_few_people(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.volunteers(2)
    await platform.offer(coordinator, organisation, places=4)
    admin = await platform.member(Role.DISTRICT_ADMIN, organisation, (CELLE,))
    plan = await _plan(platform, admin)
    (need,) = await _listed(platform, plan, "needs", admin)
    assert (need["places_open"], need["filled"], need["best_alone"]) == (4, None, None)
    figures = plan["summary"]
    assert (figures["filled"], figures["people"], figures["topics"][0]["filled"]) == (None, None, None)
    (listed,) = (await platform.get("/plans", admin)).json()["items"]
    assert listed["summary"] == figures
    (own,) = await _listed(platform, plan, "needs", coordinator)
    assert own["filled"] == 2


async def test_one_pairing_is_taken_out_and_the_others_go_out_as_invitations(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation, places=3)
    people = await platform.volunteers(3)
    plan = await _plan(platform, coordinator, organisation_id=str(organisation))
    pairings = await _listed(platform, plan, "pairings", coordinator)
    assert len(pairings) == 3
    path = f"/plans/{plan['plan_id']}/pairings/{pairings[0]['pairing_id']}"
    assert (await platform.post(f"{path}/removal", coordinator)).json()["status"] == "taken_out"
    stale = await platform.post(f"/plans/{plan['plan_id']}/invitations", coordinator, version=plan["version"])
    assert stale.status_code == 412
    now = await platform.read(f"/plans/{plan['plan_id']}", coordinator)
    sent = await platform.post(f"/plans/{plan['plan_id']}/invitations", coordinator, version=now["version"])
    assert sent.status_code == 202, sent.text
    assert await platform.let_timer_run("send-plan-invitations") == 2
    after = {each["volunteer_id"]: each for each in await _listed(platform, plan, "pairings", coordinator)}
    assert sorted(each["status"] for each in after.values()) == ["invited", "invited", "taken_out"]
    for person in people:
        each = after[str(person.subject_id)]
        if each["status"] == "invited":
            placement = await platform.read(f"/placements/{each['placement_id']}", person)
            assert placement["status"] == "invited"
    gone = await platform.post(f"{path}/return", coordinator)
    assert gone.json()["status"] == "proposed"
    other = next(each for each in after.values() if each["status"] == "invited")
    late = await platform.post(f"/plans/{plan['plan_id']}/pairings/{other['pairing_id']}/removal", coordinator)
    assert (late.status_code, late.json()["code"]) == (409, "pairing-was-sent")


async def test_what_has_changed_since_is_refused_pairing_by_pairing(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation, places=2)
    staying, paused = await platform.volunteers(2)
    plan = await _plan(platform, coordinator, organisation_id=str(organisation))
    await platform.volunteer(paused.subject_id, paused=True)
    await platform.post(f"/plans/{plan['plan_id']}/invitations", coordinator, version=plan["version"])
    await platform.let_timer_run("send-plan-invitations")
    after = {each["volunteer_id"]: each for each in await _listed(platform, plan, "pairings", coordinator)}
    assert after[str(staying.subject_id)]["status"] == "invited"
    refused = after[str(paused.subject_id)]
    assert (refused["status"], refused["refusal"], refused["placement_id"]) == ("refused", "paused", None)


async def test_nobody_sees_or_sends_what_is_not_theirs(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation)
    await platform.volunteer()
    admin = await platform.member(Role.DISTRICT_ADMIN, organisation, (CELLE,))
    plan = await _plan(platform, admin)
    assert (await platform.get(f"/plans/{plan['plan_id']}/pairings", admin)).status_code == 403
    assert len(await _listed(platform, plan, "pairings", coordinator)) == 1
    other = await platform.organisation()
    neighbour = await platform.member(Role.COORDINATOR, other)
    assert await _listed(platform, plan, "pairings", neighbour) == []
    stranger = await platform.member(Role.COORDINATOR, other, (GOETTINGEN,))
    assert (await platform.get(f"/plans/{plan['plan_id']}", stranger)).status_code == 404
    own = await _plan(platform, coordinator, organisation_id=str(organisation))
    assert (await platform.get(f"/plans/{own['plan_id']}", neighbour)).status_code == 404
    foreign = await platform.post("/plans", coordinator, {"districts": [CELLE], "organisation_id": str(other)})
    assert foreign.status_code == 404
    everybodys = await platform.post("/plans", coordinator, {"districts": [CELLE]})
    assert everybodys.status_code == 404
    assert (await platform.post("/plans", await platform.volunteer(), {"districts": [CELLE]})).status_code == 403


async def test_a_plan_that_a_dead_worker_held_is_computed_by_the_next(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation)
    await platform.volunteer()
    answer = await platform.post("/plans", coordinator, {"districts": [CELLE], "organisation_id": str(organisation)})
    await platform.execute(
        "UPDATE plans SET status = 'solving', attempts = 1, held_until = $1", platform.in_days(1 / 1440)
    )
    assert not await plan_next(platform.database, platform.settings)
    platform.clock.instant = platform.in_days(2 / 1440)
    assert await plan_next(platform.database, platform.settings)
    plan = await platform.read(f"/plans/{answer.json()['plan_id']}", coordinator)
    assert plan["status"] == "ready"
    assert len(await _listed(platform, plan, "pairings", coordinator)) == 1


async def test_nobody_is_proposed_twice_unless_wished_and_never_at_the_same_time(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation, places=1)
    await platform.offer(coordinator, organisation, places=1)
    other_day = [{"day": "friday", "start": "15:00", "end": "17:00"}]
    await platform.offer(coordinator, organisation, places=1, weekly=other_day)
    await platform.volunteer()
    once = await _plan(platform, coordinator, organisation_id=str(organisation))
    assert once["summary"]["filled"] == 1
    twice = await _plan(platform, coordinator, organisation_id=str(organisation), asked_at_most=3)
    assert twice["summary"]["filled"] == 2


@pytest.mark.parametrize(("start", "filled"), [("11:00", 1), ("12:00", 2)])
async def test_nobody_is_proposed_for_a_shift_and_a_weekly_time_that_meet(
    platform: Platform, organisation: UUID, coordinator: Person, start: str, filled: int
) -> None:
    day = platform.in_days(7)
    weekly = [{"day": day.strftime("%A").lower(), "start": "10:00", "end": "12:00"}]
    await platform.offer(coordinator, organisation, places=1, weekly=weekly)
    dated = await platform.offer(coordinator, organisation, places=1, weekly=[])
    await platform.shift_of(coordinator, dated, day=str(day.date()), start=start, end="13:00", places=1)
    await platform.volunteer()
    plan = await _plan(platform, coordinator, organisation_id=str(organisation), asked_at_most=3)
    assert plan["summary"]["filled"] == filled


async def test_where_a_series_has_no_shift_yet_nobody_is_proposed(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1, weekly=[])
    far = {"rule": "FREQ=WEEKLY", "starts_on": str(platform.in_days(200).date()), "start": "15:00", "end": "17:00"}
    await platform.made(
        f"/offers/{offer['offer_id']}/shift-series", coordinator, far | {"places": 1, "minimum_staffing": 0}
    )
    await platform.volunteer()
    plan = await _plan(platform, coordinator, organisation_id=str(organisation))
    assert plan["summary"]["needs"] == 0


async def test_a_person_who_is_erased_is_in_no_plan(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    plan = await _plan(platform, coordinator, organisation_id=str(organisation))
    exported = await platform.read("/me/export", person)
    assert [each["plan_id"] for each in exported["plans"]] == [plan["plan_id"]]
    await platform.erase(person)
    assert await platform.value("SELECT count(*) FROM plan_pairings") == 0


async def test_plans_are_forgotten_and_bounded(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    body = {"districts": [CELLE], "organisation_id": str(organisation)}
    for _ in range(platform.settings.plans_at_once):
        assert (await platform.post("/plans", coordinator, body)).status_code == 202
    refused = await platform.post("/plans", coordinator, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-plans")
    found = (await platform.get("/plans", coordinator)).json()["items"]
    thrown = await platform.send("DELETE", f"/plans/{found[0]['plan_id']}", coordinator, version=found[0]["version"])
    assert thrown.status_code == 204
    assert (await platform.get(f"/plans/{uuid4()}", coordinator)).status_code == 404
    platform.clock.instant = platform.in_days(8)
    assert await platform.let_timer_run("forget-plans") == platform.settings.plans_at_once - 1
    assert (await platform.get("/plans", coordinator)).json()["items"] == []
