"""Whose data is only to be stored, and whose may be handed out: known here as the registry tells it."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.access.rights import is_restricted, refuse_if_restricted, restricted_among
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Refusal
from tests.integration.matching.people import Person, Platform


async def test_a_restriction_is_known_until_it_ends_and_goes_with_the_person(platform: Platform) -> None:
    """Art. 18 DSGVO."""
    person, other = await platform.volunteers(2)
    await platform.rights(person, restricted=True)
    async with platform.database.reading() as connection:
        assert await is_restricted(connection, person.subject_id)
        both = (person.subject_id, other.subject_id)
        assert await restricted_among(connection, both) == {person.subject_id}
        with pytest.raises(Refusal, match="processing-restricted"):
            await refuse_if_restricted(connection, *both)
    await platform.rights(person, restricted=False)
    async with platform.database.reading() as connection:
        await refuse_if_restricted(connection, *both)
    await platform.rights(person, restricted=True)
    await platform.erase(person)
    assert await platform.value("SELECT count(*) FROM person_rights") == 0


async def test_a_privacy_officer_is_handed_out_only_what_the_person_waits_for_and_that_is_told(
    platform: Platform, organisation: UUID
) -> None:
    """Art. 5(1)(b), 15 DSGVO."""
    officer = await platform.member(Role.PRIVACY_OFFICER, organisation)
    (person,) = await platform.volunteers(1)
    path, today = f"/persons/{person.subject_id}/export", platform.clock.today()
    for until in (None, today - timedelta(days=1)):
        await platform.rights(person, export_until=until)
        refused = await platform.get(path, officer)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-open-request")
    assert await platform.announced(topic="matching.privacy") == []
    await platform.rights(person, export_until=today)
    assert (await platform.get(path, officer)).json()["subject_id"] == str(person.subject_id)
    (noted,) = await platform.announced(topic="matching.privacy")
    assert noted.type == "person-exported" and noted.data is not None
    assert noted.data["officer_id"] == str(officer.subject_id)


async def test_nothing_new_is_done_with_whoevers_data_may_only_be_stored(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    """Art. 18 DSGVO: no request, invitation, suggestion, confirmation or mail; withdrawing and reading stays."""
    offer = await platform.offer(coordinator, organisation, places=3, weekly=[])
    other = await platform.offer(coordinator, organisation, title="Sprachcafé", weekly=[])
    (person,) = await platform.volunteers(1)
    asked = await platform.request(person, offer)
    await platform.rights(person, restricted=True)
    refused = await platform.post("/placements", person, {"offer_id": other["offer_id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "processing-restricted")
    refused = await platform.try_step(coordinator, asked, "confirmation")
    assert (refused.status_code, refused.json()["code"]) == (409, "processing-restricted")
    assert (await platform.invite(coordinator, other, [person]))["left_out"][0]["because"] == "paused"
    path = f"/offers/{other['offer_id']}/suggestions"
    assert (await platform.read(path, coordinator))["suggestions"] == []
    assert (await platform.get(f"{path}/{person.subject_id}", coordinator)).status_code == 404, "nor explained"
    known = await platform.get(f"/offers/{offer['offer_id']}/suggestions/{person.subject_id}", coordinator)
    assert (known.status_code, known.json()["code"]) == (409, "processing-restricted")
    await platform.let_timer_run("tell-suggestions")
    assert await platform.told() == []
    assert (await platform.get("/me/export", person)).status_code == 200
    assert (await platform.step(person, asked, "withdrawal"))["status"] == "withdrawn"
    await platform.rights(person, restricted=False)
    await platform.let_timer_run("tell-suggestions")
    assert await platform.told() == [(str(person.subject_id), other["offer_id"])], "and when it ends they are looked at"


async def test_a_free_place_passes_over_whoever_is_restricted_and_their_turn_is_kept(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    holder, first, second = await platform.volunteers(3)
    held = await platform.request(holder, offer)
    waits = await platform.request(first, offer)
    await platform.rights(first, restricted=True)
    await platform.step(holder, held, "withdrawal")
    assert (await platform.read_placement(first, waits))["status"] == "waitlisted"
    assert await platform.let_timer_run("move-waiting-lists") == 0
    later = await platform.request(second, offer)
    assert await platform.let_timer_run("move-waiting-lists") == 1
    later = await platform.read_placement(second, later)
    assert later["status"] == "offered"
    await platform.step(second, later, "withdrawal")
    await platform.rights(first, restricted=False)
    await platform.let_timer_run("move-waiting-lists")
    assert (await platform.read_placement(first, waits))["status"] == "offered"
    await platform.check_counts()


async def test_what_rests_by_itself_goes_on_only_after_the_restriction(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, qualifications=["basic"])
    (person,) = await platform.volunteers(1)
    today = platform.clock.today()
    await platform.qualification(person, valid_until=today)
    placement = await platform.confirmed(coordinator, offer, person)
    platform.clock.advance(timedelta(days=2))
    await platform.let_timer_run("check-requirements")
    await platform.rights(person, restricted=True)
    await platform.qualification(person)
    await platform.let_timer_run("check-requirements")
    assert (await platform.read_placement(person, placement))["status"] == "suspended"
    await platform.rights(person, restricted=False)
    await platform.let_timer_run("check-requirements")
    assert (await platform.read_placement(person, placement))["status"] == "confirmed"
