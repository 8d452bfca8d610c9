"""A volunteer's own contact: found, told to both, kept, replaced when somebody leaves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts.vocabulary import PlacementStatus
from tests.integration.registry.exchange import association, imported, ndjson, volunteer_row
from tests.integration.registry.platform import CELLE, Person, Registry
from tests.integration.registry.test_contacts import member_of, organisation_of, publish
from tests.support import events


async def find(registry: Registry) -> None:
    await registry.let_timer_run("look-again-at-contacts")
    await registry.let_timer_run("find-own-contacts")


async def own_contact(registry: Registry, volunteer: Person) -> dict[str, Any] | None:
    answer = await registry.get("/volunteers/me/contact", volunteer)
    if answer.status_code == 404:
        assert answer.json()["code"] == "own-contact-missing"
        return None
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def told(registry: Registry) -> list[tuple[str | None, str | None]]:
    """Whose contact was told to be who, in order: member and contact."""
    found = [each.data or {} for each in await registry.announced("own-contact-changed")]
    return [(each["subject_id"], each["contact_id"]) for each in found]


async def team(registry: Registry, **changes: Any) -> tuple[Person, dict[str, Any], Person, dict[str, Any]]:
    """An organisation's admin, the organisation, its coordinator, and the contact who that is."""
    admin, organisation = await organisation_of(registry)
    coordinator = await member_of(registry, admin, organisation)
    contact = await publish(registry, admin, organisation, subject_id=coordinator.subject_id, **changes)
    return admin, organisation, coordinator, contact


async def test_a_new_volunteer_gets_a_contact_of_the_district_and_both_are_told(registry: Registry) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    await publish(registry, admin, organisation, name="nobody behind it")
    volunteer, _ = await registry.volunteer()
    # Before any timer ran.
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert (found["contact"]["contact_id"], found["reason"]) == (contact["contact_id"], "district")
    assert await told(registry) == [(str(coordinator.subject_id), contact["contact_id"])]
    await find(registry)
    assert len(await told(registry)) == 1


async def test_an_unconfirmed_registration_gets_nobody(registry: Registry) -> None:
    await team(registry)
    await registry.register()
    await find(registry)
    assert await told(registry) == []


async def test_whoever_waits_gets_the_first_contact_who_has_room(registry: Registry) -> None:
    first, _ = await registry.volunteer()
    second, _ = await registry.volunteer(mail="zweite@example.org")
    await find(registry)
    assert await told(registry) == []
    _, _, coordinator, contact = await team(registry, capacity=1)
    await find(registry)
    owners = [await own_contact(registry, first), await own_contact(registry, second)]
    assert [each is None for each in owners].count(False) == 1
    answer = await registry.send("PATCH", f"/contacts/{contact['contact_id']}", coordinator, {"capacity": 2}, version=1)
    assert answer.status_code == 200, answer.text
    assert answer.json()["volunteers"] == 1
    await find(registry)
    assert None not in (await own_contact(registry, first), await own_contact(registry, second))


async def test_whoever_waits_gets_the_room_that_somebody_leaves_behind(registry: Registry) -> None:
    await team(registry, capacity=1)
    first, _ = await registry.volunteer()
    second, _ = await registry.volunteer(mail="zweite@example.org")
    await find(registry)
    assert await own_contact(registry, first) is not None
    assert await own_contact(registry, second) is None
    erased = await registry.post(f"/volunteers/{first.subject_id}/erasure", first)
    assert erased.status_code == 202, erased.text
    await registry.let_timer_run("find-own-contacts")
    assert await own_contact(registry, second) is not None


async def test_whom_an_association_told_of_takes_no_room_of_others_until_they_act(registry: Registry) -> None:
    _, _, _, contact = await team(registry, capacity=1)
    machine = await (await association(registry)).machine("crm")
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    await find(registry)
    assert await told(registry) == []
    asked = await registry.post("/sign-in", None, {"mail": volunteer_row(1)["mail"]})
    assert asked.status_code == 202, asked.text
    mailed = await registry.last("sign-in-requested")
    token = registry.link("sign-in", mailed["volunteer_id"], mailed["sign_in_id"])
    assert (await registry.post("/sign-in/redemption", None, {"token": token})).status_code == 200
    await find(registry)
    assert [contact_id for _, contact_id in await told(registry)] == [contact["contact_id"]]


async def test_whom_an_association_told_of_keeps_nobody_waiting_and_gets_its_own_contacts(registry: Registry) -> None:
    _, _, _, contact = await team(registry, capacity=1)
    first, _ = await registry.volunteer()
    crm = await association(registry)
    await imported(registry, await crm.machine("crm"), "volunteers", ndjson([volunteer_row(1)]))
    await find(registry)
    second, _ = await registry.volunteer(mail="zweite@example.org")
    await find(registry)
    assert await own_contact(registry, second) is None
    assert (await registry.post(f"/volunteers/{first.subject_id}/leave", first)).status_code == 202
    await find(registry)
    found = await own_contact(registry, second)
    assert found is not None and found["contact"]["contact_id"] == contact["contact_id"]
    told_of = (await registry.last("volunteer-imported"))["volunteer_id"]
    body = {"organisation_id": crm.organisation_id}
    theirs = await publish(
        registry, crm.admin, body, subject_id=(await registry.get("/me", crm.admin)).json()["subject_id"]
    )
    await find(registry)
    has = "SELECT contact_id FROM own_contacts WHERE volunteer_id = $1"
    assert str(await registry.value(has, UUID(told_of))) == theirs["contact_id"]


async def test_whoever_answers_for_a_running_placement_becomes_the_contact_while_it_runs(registry: Registry) -> None:
    admin, organisation, _, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    other = await member_of(registry, admin, organisation, subject="coo-2")
    others = await publish(registry, admin, organisation, subject_id=other.subject_id)
    offer = events.offer(organisation_id=UUID(organisation["organisation_id"]), coordinator_id=other.subject_id)
    placement = events.placement(
        volunteer_id=volunteer.subject_id,
        offer_id=offer.offer_id,
        organisation_id=offer.organisation_id,
        coordinator_id=other.subject_id,
        status=PlacementStatus.CONFIRMED,
    )
    await registry.hear(offer, placement)
    await find(registry)
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert (found["contact"]["contact_id"], found["reason"]) == (others["contact_id"], "placement")
    ended = type(placement).model_validate(dict(placement) | {"version": 2, "status": PlacementStatus.ENDED})
    await registry.hear(ended)
    await find(registry)
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert (found["contact"]["contact_id"], found["reason"]) == (others["contact_id"], "district")
    assert [contact_id for _, contact_id in await told(registry)] == [contact["contact_id"], others["contact_id"]]


async def test_when_a_contact_is_withdrawn_another_one_takes_over_and_both_are_told(registry: Registry) -> None:
    admin, organisation, _, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    other = await publish(registry, admin, organisation, subject_id=admin.subject_id)
    path = f"/contacts/{contact['contact_id']}"
    assert (await registry.send("DELETE", path, admin, version=1)).status_code == 204
    assert await own_contact(registry, volunteer) is None
    await find(registry)
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert found["contact"]["contact_id"] == other["contact_id"]
    assert (await told(registry))[-1] == (str(admin.subject_id), other["contact_id"])
    assert (await registry.last("own-contact-changed"))["previous_contact_id"] == contact["contact_id"]


async def test_when_the_organisation_is_suspended_its_volunteers_lose_their_contact_until_it_is_verified_again(
    registry: Registry,
) -> None:
    _, organisation, _, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    state = await registry.state_admin()
    path = f"/organisations/{organisation['organisation_id']}"
    suspended = await registry.post(f"{path}/suspension", state, version=organisation["version"])
    assert suspended.status_code == 200
    await find(registry)
    assert await own_contact(registry, volunteer) is None
    assert (await told(registry))[-1] == (None, None)
    await registry.post(f"{path}/verification", state, version=suspended.json()["version"])
    await find(registry)
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert found["contact"]["contact_id"] == contact["contact_id"]


async def test_a_contact_whose_member_lost_the_role_is_replaced(registry: Registry) -> None:
    admin, organisation, coordinator, _ = await team(registry)
    other = await publish(registry, admin, organisation, subject_id=admin.subject_id, topic="sport")
    volunteer, _ = await registry.volunteer()
    await find(registry)
    before = await own_contact(registry, volunteer)
    assert before is not None
    path = f"/members/{coordinator.subject_id}/memberships/{organisation['organisation_id']}/coordinator"
    answer = await registry.send("DELETE", path, coordinator, version=1)
    assert answer.status_code in (200, 204), answer.text
    await find(registry)
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert found["contact"]["contact_id"] == other["contact_id"]


async def test_a_move_to_another_district_ends_in_another_contact(registry: Registry) -> None:
    await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    body = {"postal_code": "38518", "district": "03151"}
    path = f"/volunteers/{volunteer.subject_id}"
    version = (await registry.get(path, volunteer)).json()["version"]
    moved = await registry.send("PATCH", path, volunteer, body, version=version)
    assert moved.status_code == 200, moved.text
    await find(registry)
    assert await own_contact(registry, volunteer) is None


async def test_the_substitute_is_shown_while_the_contact_is_absent(registry: Registry) -> None:
    admin, organisation, coordinator, contact = await team(registry, name="Demo Erste")
    substitute = await publish(
        registry, admin, organisation, subject_id=admin.subject_id, name="Demo Zweite", capacity=0
    )
    volunteer, _ = await registry.volunteer()
    await find(registry)
    today = registry.clock.today()
    away = [{"first_day": str(today), "last_day": str(today + timedelta(days=1))}]
    changes = {"substitute_id": substitute["contact_id"], "absences": away}
    path = f"/contacts/{contact['contact_id']}"
    assert (await registry.send("PATCH", path, coordinator, changes, version=1)).status_code == 200
    found = await own_contact(registry, volunteer)
    assert found is not None
    assert (found["contact"]["name"], found["contact"]["stands_in"]["name"]) == ("Demo Erste", "Demo Zweite")


async def test_contacts_see_their_volunteers_by_name_which_is_recorded_and_addresses_only_of_those_they_deal_with(
    registry: Registry,
) -> None:
    """Contact data only for organisations that the volunteer dealt with (Art. 5(1)(c) DSGVO); reads are logged."""
    admin, organisation, coordinator, contact = await team(registry)
    stranger, _ = await registry.volunteer(name="Demo Eins")
    agreed = [{"purpose": "contact_by_organisations", "text_version": "2026-01"}]
    helper, _ = await registry.volunteer(name="Demo Zwei", mail="zwei@example.org", consents=agreed)
    silent, _ = await registry.volunteer(name="Demo Drei", mail="drei@example.org")
    await find(registry)
    organisation_id = UUID(organisation["organisation_id"])
    for each in (helper, silent):
        await registry.hear(events.placement(volunteer_id=each.subject_id, organisation_id=organisation_id))
    path = f"/contacts/{contact['contact_id']}/volunteers"
    answer = await registry.get(path, coordinator)
    assert answer.status_code == 200, answer.text
    shown = {each["volunteer_id"]: (each["name"], each["mail"]) for each in answer.json()["items"]}
    assert shown == {
        str(stranger.subject_id): ("Demo Eins", None),
        str(helper.subject_id): ("Demo Zwei", "zwei@example.org"),
        str(silent.subject_id): ("Demo Drei", None),
    }
    recorded = "SELECT count(*) FROM audit_log WHERE kind = 'volunteer-name' AND actor_id = $1"
    assert await registry.value(recorded, coordinator.subject_id) == 3
    assert (await registry.get(path, admin)).status_code == 404
    assert (await registry.get(path, stranger)).status_code == 403
    assert (await registry.get(path, registry.staff("nobody"))).status_code == 403


async def test_own_contacts_are_handed_out_and_erased_with_the_person(registry: Registry) -> None:
    """Art. 15, 17 DSGVO."""
    _, _, _, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    exported = str((await registry.get("/me/export", volunteer)).json())
    assert contact["contact_id"] in exported
    assert (await registry.post(f"/volunteers/{volunteer.subject_id}/erasure", volunteer)).status_code == 202
    assert await registry.value("SELECT count(*) FROM own_contacts") == 0
    assert await registry.value("SELECT count(*) FROM own_contact_checks") == 0
    await find(registry)
    assert len(await told(registry)) == 1


async def test_the_contact_of_many_is_found_in_steps(registry: Registry) -> None:
    await team(registry, capacity=1000)
    await registry.volunteer()
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            """
            INSERT INTO volunteers
            SELECT (jsonb_populate_record(v, jsonb_build_object('volunteer_id', gen_random_uuid()))).*
            FROM volunteers AS v, generate_series(1, 450)
            """
        )
    assert await registry.let_timer_run("find-own-contacts") == 450
    assert await registry.value("SELECT count(*) FROM own_contacts WHERE contact_id IS NOT NULL") == 451
    assert await registry.value("SELECT count(*) FROM volunteers WHERE district = $1", CELLE) == 451
