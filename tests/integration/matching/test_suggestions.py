"""Suggestions: ranked, explained, and honest about what is missing."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from services.matching.handlers.postings import post_everything
from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, GOETTINGEN, HANNOVER, Person, Platform


async def test_an_offer_that_fits_is_suggested_with_its_reasons(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, urgency=4)
    person = await platform.volunteer(availability=[{"day": "tuesday", "part": "afternoon"}])
    found = await platform.suggestions(person)
    (suggestion,) = found["suggestions"]
    assert suggestion["offer"]["offer_id"] == offer["offer_id"]
    assert 0 < suggestion["score"] <= 1
    parts = {part["part"]: part for part in suggestion["parts"]}
    assert parts["shared_languages"]["fact"] == {"shared": ["uk"], "wanted": ["uk", "ar"]}
    assert parts["shared_languages"]["sentence"] == "Gemeinsame Sprachen: Ukrainisch."
    assert (parts["distance"]["value"], parts["availability"]["value"]) == (1, 1)
    assert parts["urgency"]["sentence"] == "Dringlichkeit 4 von 5."
    english = (await platform.suggestions(person, reads="en"))["suggestions"][0]
    assert {part["part"]: part["sentence"] for part in english["parts"]}["urgency"] == "Urgency 4 of 5."
    assert found["missing"] == []


async def test_what_is_missing_names_the_course_that_helps_and_then_the_offer_fits(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation, qualifications=["basic"])
    await platform.course(organisation, 5, district=HANNOVER, postal_code="30159")
    near = await platform.course(organisation, 14)
    await platform.course(organisation, 21)
    await platform.course(organisation, -1)
    await platform.course(await platform.organisation("suspended"), 1)
    person = await platform.volunteer()
    found = await platform.suggestions(person)
    assert found["suggestions"] == []
    (lacking,) = found["missing"]
    (missing,) = lacking["missing"]
    assert (missing["requirement"], missing["obtainable"]) == ("qualification", True)
    assert missing["course"]["course_id"] == str(near.course_id)
    assert missing["sentence"] == "Es fehlt: Basisqualifizierung, nächster Kurs am 16.3. in Celle."
    await platform.qualification(person)
    found = await platform.suggestions(person)
    assert (len(found["suggestions"]), found["missing"]) == (1, [])


async def test_what_cannot_be_got_is_not_held_out(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    await platform.offer(coordinator, organisation, languages_required=["so"], qualifications=["basic"])
    await platform.offer(coordinator, organisation, minimum_age=18)
    person = await platform.volunteer(age_reached=16)
    assert await platform.suggestions(person) == {"suggestions": [], "missing": []}


async def test_a_pause_and_an_untold_age_are_said(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    await platform.offer(coordinator, organisation, minimum_age=18)
    person = await platform.volunteer(age_reached=None, paused=True)
    (lacking,) = (await platform.suggestions(person))["missing"]
    assert {each["requirement"] for each in lacking["missing"]} == {"age_told", "not_paused"}


async def test_reach_is_exact_and_the_district_is_enough(platform: Platform, organisation: UUID) -> None:
    coordinator = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER, GOETTINGEN])
    offers = {
        district: (await platform.offer(coordinator, organisation, district=district, postal_code=code))["offer_id"]
        for district, code in ((CELLE, "29303"), (HANNOVER, "30159"), (GOETTINGEN, "37073"))
    }
    for reach_km, expected in ((1, {CELLE}), (30, {CELLE}), (40, {CELLE, HANNOVER}), (200, set(offers))):
        person = await platform.volunteer(reach_km=reach_km)
        found = (await platform.suggestions(person))["suggestions"]
        assert {each["offer"]["offer_id"] for each in found} == {offers[district] for district in expected}


async def test_the_nearer_and_more_urgent_offer_comes_first_and_the_list_is_bounded(
    platform: Platform, organisation: UUID
) -> None:
    coordinator = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER])
    far = await platform.offer(coordinator, organisation, district=HANNOVER, postal_code="30159")
    near = await platform.offer(coordinator, organisation)
    urgent = await platform.offer(coordinator, organisation, urgency=5)
    person = await platform.volunteer(reach_km=100)
    found = (await platform.suggestions(person))["suggestions"]
    assert [each["offer"]["offer_id"] for each in found] == [each["offer_id"] for each in (urgent, near, far)]
    assert len((await platform.suggestions(person, limit=1))["suggestions"]) == 1
    too_many = await platform.get(f"/volunteers/{person.subject_id}/suggestions", person, limit=51)
    assert too_many.status_code == 422


async def test_an_offer_that_one_has_is_not_suggested_again(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    await platform.request(person, offer)
    assert (await platform.suggestions(person))["suggestions"] == []


async def test_suggestions_are_for_oneself(platform: Platform, coordinator: Person) -> None:
    person, other = await platform.volunteers(2)
    path = f"/volunteers/{person.subject_id}/suggestions"
    for who, status in ((other, 404), (coordinator, 403), (None, 401)):
        assert (await platform.get(path, who)).status_code == status


async def test_a_coordinator_sees_who_fits_without_seeing_who_it_is(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(
        coordinator, organisation, qualifications=["basic"], languages_required=["uk"], minimum_age=16
    )
    native = await platform.volunteer(languages=[{"language": "uk", "level": "native"}])
    fair = await platform.volunteer()
    unqualified = await platform.volunteer()
    paused = await platform.volunteer(paused=True)
    beginner = await platform.volunteer(languages=[{"language": "uk", "level": "A1"}])
    young = await platform.volunteer(age_reached=14)
    away = await platform.volunteer(postal_code="37073", district=GOETTINGEN)
    placed = await platform.volunteer()
    for person in (native, fair, paused, beginner, young, away, placed):
        await platform.qualification(person)
    await platform.request(placed, offer)
    answer = await platform.get(f"/offers/{offer['offer_id']}/suggestions", coordinator)
    found = answer.json()["suggestions"]
    assert [each["volunteer_id"] for each in found] == [str(native.subject_id), str(fair.subject_id)]
    assert set(found[0]) == {"volunteer_id", "score", "parts"}
    assert "29221" not in answer.text
    for person, missing in (
        (native, []),
        (unqualified, ["qualification"]),
        (paused, ["not_paused"]),
        (beginner, ["language"]),
        (young, ["minimum_age"]),
    ):
        path = f"/offers/{offer['offer_id']}/suggestions/{person.subject_id}"
        explained = (await platform.get(path, coordinator)).json()
        assert [each["requirement"] for each in explained["missing"]] == missing
        assert explained["suggested"] is not bool(missing)
    for stranger in (away.subject_id, uuid4()):
        path = f"/offers/{offer['offer_id']}/suggestions/{stranger}"
        assert (await platform.get(path, coordinator)).json()["code"] == "volunteer-not-found"


async def test_volunteers_are_suggested_within_ones_scope_only(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    for path in (
        f"/offers/{offer['offer_id']}/suggestions",
        f"/offers/{offer['offer_id']}/suggestions/{person.subject_id}",
    ):
        for who, status in ((elsewhere, 404), (admin, 403), (person, 403), (None, 401), (coordinator, 200)):
            assert (await platform.get(path, who)).status_code == status


@pytest.mark.parametrize(
    ("reach_km", "is_found"),
    [(30, False), (40, True)],
)
async def test_volunteers_from_elsewhere_are_found_as_far_as_they_go(
    platform: Platform, organisation: UUID, coordinator: Person, reach_km: int, is_found: bool
) -> None:
    offer = await platform.offer(coordinator, organisation)
    await platform.volunteer(postal_code="30159", district=HANNOVER, reach_km=reach_km)
    answer = await platform.get(f"/offers/{offer['offer_id']}/suggestions", coordinator)
    assert bool(answer.json()["suggestions"]) is is_found


async def test_experience_and_waiting_are_counted_from_placements(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    person = await platform.volunteer()
    offer = await platform.offer(coordinator, organisation, weekly=[], ends_on=str(date(2026, 12, 31)))
    await platform.step(coordinator, await platform.request(person, offer), "confirmation")
    await platform.offer(coordinator, organisation)
    (suggestion,) = (await platform.suggestions(person))["suggestions"]
    facts = {part["part"]: part["fact"] for part in suggestion["parts"]}
    assert facts["experience"] == {"placements": 1}
    assert facts["fairness"] == {"days": 0}


async def test_an_explanation_tells_every_requirement_every_part_and_the_next_step(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(
        coordinator,
        organisation,
        qualifications=["basic"],
        skills_welcome=["sewing"],
        minimum_age=18,
        clearance_basis="sgb8_72a",
        clearance_activity="childcare",
    )
    course = await platform.course(organisation, 14)
    person = await platform.volunteer(skills=["sewing"], travel=["bicycle"])
    path = f"/offers/{offer['offer_id']}/suggestions/{person.subject_id}"
    explained = (await platform.get(path, coordinator)).json()
    told = {each["requirement"]: each["met"] for each in explained["requirements"]}
    assert told == {
        "within_reach": True,
        "qualification": False,
        "clearance": False,
        "minimum_age": True,
        "not_paused": True,
        "present": True,
        "no_overlap": True,
    }
    missing = {each["requirement"]: each for each in explained["missing"]}
    assert missing["qualification"]["course"]["course_id"] == str(course.course_id)
    assert "Schreiben" in missing["clearance"]["sentence"]
    assert {each["part"] for each in explained["parts"]} >= {"skills", "distance", "asked", "declined"}
    assert (explained["suggested"], explained["restraints"]) == (False, [])


async def test_whoever_was_asked_often_or_declined_is_not_suggested_and_that_is_explained(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    tired, unwilling, willing = await platform.volunteers(3)
    asked = (
        "INSERT INTO asks (volunteer_id, offer_id, kind, asked_at) "
        "SELECT $1, $2, 'told', $3::timestamptz - i * interval '1 hour' FROM generate_series(1, 7) AS each (i)"
    )
    await platform.execute(asked, tired.subject_id, UUID(offer["offer_id"]), platform.clock.now())
    await platform.step(unwilling, await platform.request(unwilling, offer), "withdrawal")
    path = f"/offers/{offer['offer_id']}/suggestions"
    found = (await platform.get(path, coordinator)).json()["suggestions"]
    assert [each["volunteer_id"] for each in found] == [str(willing.subject_id)]
    for person, restraint in ((tired, "asked_often"), (unwilling, "declined")):
        explained = (await platform.get(f"{path}/{person.subject_id}", coordinator)).json()
        assert [each["restraint"] for each in explained["restraints"]] == [restraint]
        assert explained["missing"] == [] and not explained["suggested"]
    # Who was asked often may ask all the same.
    assert (await platform.request(tired, offer))["status"] == "requested"


async def test_declining_a_topic_counts_against_it_for_a_while(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    declined, other = sorted(await platform.volunteers(2), key=lambda person: person.subject_id)
    decline = "INSERT INTO declined_topics (volunteer_id, topic, declined_at) VALUES ($1, $2, $3)"
    await platform.execute(decline, declined.subject_id, offer["topic"], platform.clock.now())
    path = f"/offers/{offer['offer_id']}/suggestions"
    found = (await platform.get(path, coordinator)).json()["suggestions"]
    assert [each["volunteer_id"] for each in found] == [str(other.subject_id), str(declined.subject_id)]
    platform.clock.advance(timedelta(days=91))
    coordinator = platform.staff(coordinator.subject_id)
    found = (await platform.get(path, coordinator)).json()["suggestions"]
    assert [each["volunteer_id"] for each in found] == [str(declined.subject_id), str(other.subject_id)]


async def test_what_is_posted_is_made_anew_whatever_happened_to_it(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    person, _ = await platform.volunteers(2)
    for table in ("postings", "offer_postings"):
        await platform.execute(f"DELETE FROM {table}")
    await platform.execute("INSERT INTO standings (volunteer_id, terms) VALUES ($1, '{}')", uuid4())
    await platform.execute("DELETE FROM standings WHERE volunteer_id = $1", person.subject_id)
    assert (await platform.suggestions(person))["suggestions"] == []
    assert await post_everything(platform.database) >= 3
    (found,) = (await platform.suggestions(person))["suggestions"]
    assert found["offer"]["offer_id"] == offer["offer_id"]
