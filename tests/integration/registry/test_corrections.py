"""Art. 16 DSGVO: what a person cannot change themselves is put right, too, by a privacy officer whom they asked."""

from typing import Any

import httpx

from tests.integration.registry.platform import Person, Registry
from tests.integration.registry.test_own_contacts import team
from tests.integration.registry.test_person_requests import ask, do, officer


async def corrected(registry: Registry, by: Person, person: Person, **right: Any) -> httpx.Response:
    return await do(registry, by, await ask(registry, person, "correction"), "correction", right)


async def test_a_date_of_birth_that_was_told_wrongly_is_reduced_anew_and_kept_nowhere(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer(birth_date="1990-05-17")
    own = await registry.send(
        "PATCH", f"/volunteers/{person.subject_id}", person, {"birth_date": "2009-05-17"}, version=1
    )
    assert own.json()["code"] == "birth-date-told-already"
    answer = await corrected(registry, watching, person, birth_date="2009-05-17")
    assert answer.status_code == 200, answer.text
    assert (await registry.last("volunteer-updated"))["age_reached"] == 16
    everything = await registry.value("SELECT string_agg(v::text, ' ') FROM volunteers AS v")
    assert "2009" not in everything
    assert "2009" not in str([each.data for each in await registry.announced()])


async def test_whoever_turns_out_to_be_15_waits_for_the_guardian_and_the_other_way_round(registry: Registry) -> None:
    """Art. 8 DSGVO; §§ 107, 1626 BGB."""
    watching = await officer(registry)
    person, _ = await registry.volunteer(birth_date="1990-05-17")
    today = registry.clock.today()
    await corrected(registry, watching, person, birth_date=str(today.replace(year=today.year - 15)))
    assert (await registry.get("/volunteers/me", person)).json()["guardian_awaited"] is True
    assert (await registry.last("volunteer-updated"))["paused"] is True
    answer = await corrected(registry, watching, person, birth_date="1990-05-17")
    assert answer.status_code == 200, answer.text
    assert (await registry.get("/volunteers/me", person)).json()["guardian_awaited"] is False
    assert (await registry.last("volunteer-updated"))["paused"] is False


async def test_a_mail_address_counts_once_its_link_is_followed(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    await corrected(registry, watching, person, mail="richtig@example.org")
    assert (await registry.get("/volunteers/me", person)).json()["mail"] == "demo.mensch@example.org"
    asked = await registry.last("address-confirmation-requested")
    token = registry.link("address", asked["volunteer_id"], asked["change_id"])
    assert (await registry.post("/volunteers/address", None, {"token": token})).status_code == 200
    assert (await registry.last("volunteer-contact-updated"))["mail"] == "richtig@example.org"


async def test_what_is_held_of_staff_is_put_right_in_the_directory_too(registry: Registry) -> None:
    """Art. 19 DSGVO: whoever received it hears of it."""
    watching = await officer(registry)
    admin, organisation, coordinator, contact = await team(registry)
    right = {"name": "Demo Richtig", "mail": "richtig@example.org"}
    answer = await corrected(registry, watching, coordinator, **right)
    assert answer.status_code == 200, answer.text
    told = await registry.last("member-contact-updated")
    assert (told["subject_id"], told["name"], told["mail"]) == (str(coordinator.subject_id), *right.values())
    shown = (await registry.get(f"/contacts/{contact['contact_id']}")).json()
    assert (shown["name"], shown["mail"], shown["version"]) == (*right.values(), contact["version"] + 1)
    members = await registry.get(f"/organisations/{organisation['organisation_id']}/members", admin)
    assert "Demo Richtig" in members.text
    noted = "SELECT count(*) FROM audit_log WHERE action = 'corrected' AND kind = 'member' AND concerning = $1"
    assert await registry.value(noted, coordinator.subject_id) == 1


async def test_of_staff_nothing_is_written_that_is_not_held(registry: Registry) -> None:
    watching = await officer(registry)
    _, _, coordinator, _ = await team(registry)
    answer = await corrected(registry, watching, coordinator, wishes=["sport"])
    assert (answer.status_code, answer.json()["code"]) == (422, "not-held-of-staff")


async def test_the_history_says_what_was_put_right_and_not_how_it_was(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    answer = await corrected(registry, watching, person, name="Anders Geschrieben", phone="05141 4711")
    steps = [(each["step"], each["reason"]) for each in answer.json()["history"]]
    assert steps == [("received", None), ("corrected", "name, phone")]
