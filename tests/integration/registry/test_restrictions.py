"""Restriction of processing (Art. 18 DSGVO): the data is stored, and nothing else is done with it."""

from datetime import timedelta
from uuid import UUID

from tests.integration.registry.platform import CELLE, Person, Registry
from tests.integration.registry.test_person_requests import ask, do, officer, recorded
from tests.support import events

GROUND = {"ground": "accuracy_contested"}


async def test_a_restriction_asked_with_a_token_begins_at_once_and_every_service_hears_of_a_pause(
    registry: Registry,
) -> None:
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "restriction", **GROUND)
    assert asked["status"] == "answered"
    heard = await registry.last("volunteer-updated")
    assert heard["paused"] is True
    assert not {"ground", "restricted", "restriction"} & heard.keys()
    own = (await registry.get("/volunteers/me", person)).json()
    assert own["paused"] is False, "their own wish is another matter"
    shown = (await registry.get(f"/persons/{person.subject_id}/restriction", person)).json()
    assert shown["ground"] == "accuracy_contested"


async def test_a_change_does_not_end_the_pause_that_the_others_hear_of(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    await ask(registry, person, "restriction", **GROUND)
    version = (await registry.get("/volunteers/me", person)).json()["version"]
    changed = await registry.send(
        "PATCH", f"/volunteers/{person.subject_id}", person, {"reach_km": 30, "paused": False}, version=version
    )
    assert changed.status_code == 200, changed.text
    assert (await registry.last("volunteer-updated"))["paused"] is True


async def coordinator_who_dealt_with(registry: Registry, person: Person) -> Person:
    state = await registry.state_admin()
    admin = registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator", [CELLE])
    coordinator = registry.staff("coordinator-1")
    await registry.redeem(coordinator)
    id_ = UUID(organisation["organisation_id"])
    offer = events.offer(organisation_id=id_, district=CELLE)
    placement = events.placement(volunteer_id=person.subject_id, organisation_id=id_, offer_id=offer.offer_id)
    await registry.hear(offer, placement)
    return coordinator


async def test_nothing_is_disclosed_to_an_organisation_that_the_volunteer_dealt_with(registry: Registry) -> None:
    consents = [{"purpose": "contact_by_organisations", "text_version": "2026-01"}]
    person, _ = await registry.volunteer(consents=consents)
    coordinator = await coordinator_who_dealt_with(registry, person)
    path = f"/volunteers/{person.subject_id}/contact"
    assert (await registry.get(path, coordinator)).status_code == 200
    assert len((await registry.get("/volunteers", coordinator)).json()["items"]) == 1
    await ask(registry, person, "restriction", **GROUND)
    assert (await registry.get(path, coordinator)).status_code == 404
    assert (await registry.get("/volunteers", coordinator)).json()["items"] == []
    assert (await registry.get(path, person)).status_code == 200, "for the person themself nothing changes"


async def test_the_person_ends_it_at_once(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    await ask(registry, person, "restriction", **GROUND)
    path = f"/persons/{person.subject_id}/restriction"
    ended = await registry.post(f"{path}/end", person, {"reason": "wish_of_person"})
    assert ended.status_code == 204
    assert (await registry.last("volunteer-updated"))["paused"] is False
    assert (await registry.get(path, person)).status_code == 404


async def test_an_officer_ends_it_only_after_the_person_was_told(registry: Registry) -> None:
    """Art. 18(3) DSGVO: informed before it is lifted."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    await ask(registry, person, "restriction", **GROUND)
    path = f"/persons/{person.subject_id}/restriction"
    assert (await registry.post(f"{path}/end", watching, {"reason": "accuracy_checked"})).status_code == 204
    told = await registry.last("restriction-ending")
    assert told["ends_on"] == (registry.clock.today() + timedelta(days=7)).isoformat()
    assert await registry.let_timer_run("end-restrictions") == 0
    assert (await registry.get(path, watching)).json()["ends_on"] == told["ends_on"]
    registry.clock.advance(timedelta(days=7))
    assert await registry.let_timer_run("end-restrictions") == 1
    assert (await registry.last("volunteer-updated"))["paused"] is False


async def test_a_new_restriction_is_not_ended_by_what_was_announced_for_the_old_one(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    await ask(registry, person, "restriction", ground="accuracy_contested")
    path = f"/persons/{person.subject_id}/restriction"
    assert (await registry.post(f"{path}/end", watching, {"reason": "accuracy_checked"})).is_success
    assert (await ask(registry, person, "restriction", ground="needed_for_claims"))["status"] == "answered"
    registry.clock.advance(timedelta(days=8))
    await registry.let_timer_run("end-restrictions")
    assert await registry.value("SELECT count(*) FROM restrictions") == 1


async def test_an_officer_carries_out_a_recorded_restriction(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    body = recorded(person, "restriction", received_on=registry.clock.today().isoformat(), **GROUND)
    found = (await registry.post("/person-requests/recorded", watching, body)).json()
    assert (await do(registry, watching, found, "execution")).json()["status"] == "answered"
    assert (await registry.last("volunteer-updated"))["paused"] is True


async def test_whoever_had_paused_is_still_paused_when_it_ends(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    version = (await registry.get("/volunteers/me", person)).json()["version"]
    paused = await registry.post(f"/volunteers/{person.subject_id}/pause", person, {}, version=version)
    assert paused.status_code == 200, paused.text
    await ask(registry, person, "restriction", **GROUND)
    await registry.post(f"/persons/{person.subject_id}/restriction/end", person, {"reason": "wish_of_person"})
    assert (await registry.last("volunteer-updated"))["paused"] is True
