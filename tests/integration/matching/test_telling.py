"""Who is told of what fits: once, not too often, in bounded steps, and within the journey that led to it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.handlers.telling import AFTER_FAILURE
from services.matching.models.offers import Offer
from services.matching.models.suggestions import Unmet, Weights
from services.matching.models.volunteers import Candidate
from services.matching.rules.requirements import unmet_requirements
from shared.contracts.training import QualificationEnded
from tests.integration.matching.people import GOETTINGEN, Person, Platform

TELLING = "tell-suggestions"


async def test_a_qualification_that_opens_an_offer_is_told_within_its_journey(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, qualifications=["basic"])
    person = await platform.volunteer()
    await platform.let_timer_run(TELLING)
    assert await platform.told() == []
    journey = str(uuid4())
    await platform.qualification(person)
    await platform.execute("UPDATE suggestion_checks SET correlation_id = $1", journey)
    await platform.let_timer_run(TELLING)
    (event,) = await platform.announced(topic="matching.suggestions")
    assert event.data is not None
    assert (event.key, event.data["offer_id"]) == (str(person.subject_id), offer["offer_id"])
    assert {reason["part"] for reason in event.data["reasons"]} >= {"shared_languages", "distance"}
    assert event.data["expires_at"].startswith("2026-03-16")
    assert event.headers["ce_correlationid"] == journey


async def test_a_check_remembers_the_journey_of_the_event_that_caused_it(platform: Platform) -> None:
    journey = str(uuid4())
    await platform.hear(platform.volunteer_event(uuid4()), correlation_id=journey)
    assert await platform.value("SELECT correlation_id FROM suggestion_checks") == journey


async def test_nobody_is_told_twice(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    offer = await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    await platform.let_timer_run(TELLING)
    await platform.volunteer(person.subject_id, reach_km=20)
    await platform.send("PATCH", f"/offers/{offer['offer_id']}", coordinator, {"urgency": 5}, version=1)
    await platform.let_timer_run(TELLING)
    assert await platform.told() == [(str(person.subject_id), offer["offer_id"])]
    assert await platform.value("SELECT count(*) FROM suggestion_checks") == 0


async def test_a_new_offer_is_told_to_everybody_whom_it_fits_in_bounded_steps(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    people = await platform.volunteers(7)
    await platform.volunteers(2, paused=True)
    await platform.volunteers(2, postal_code="37073", district=GOETTINGEN)
    await platform.volunteers(2, postal_code="29303")
    await platform.let_timer_run(TELLING)
    offer = await platform.offer(coordinator, organisation, places=3)
    small = platform.settings.model_copy(update={"volunteers_per_step": 3})
    assert await platform.let_timer_run(TELLING, small) == 4
    told = await platform.told()
    assert {offer_id for _, offer_id in told} == {offer["offer_id"]}
    assert len(told) == len(set(told)) == 9
    assert {str(person.subject_id) for person in people} <= {volunteer for volunteer, _ in told}


async def test_nothing_is_told_of_what_is_full_hidden_closed_or_already_asked_for(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    person = await platform.volunteer()
    holder = await platform.volunteer()
    full = await platform.offer(coordinator, organisation, places=1)
    await platform.request(holder, full)
    asked = await platform.offer(coordinator, organisation, weekly=[])
    await platform.step(person, await platform.request(person, asked), "withdrawal")
    closed = await platform.offer(coordinator, organisation)
    await platform.post(f"/offers/{closed['offer_id']}/closure", coordinator, version=1)
    await platform.let_timer_run(TELLING)
    assert str(person.subject_id) not in {volunteer for volunteer, _ in await platform.told()}
    await platform.organisation("suspended", organisation)
    newcomer = await platform.volunteer()
    await platform.let_timer_run(TELLING)
    assert str(newcomer.subject_id) not in {volunteer for volunteer, _ in await platform.told()}
    await platform.organisation("verified", organisation)
    await platform.let_timer_run(TELLING)
    assert (str(newcomer.subject_id), asked["offer_id"]) in await platform.told()


async def test_a_place_that_comes_free_is_told(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    holder, person = await platform.volunteers(2)
    placement = await platform.request(holder, offer)
    await platform.let_timer_run(TELLING)
    assert await platform.told() == []
    await platform.step(holder, placement, "withdrawal")
    await platform.let_timer_run(TELLING)
    assert await platform.told() == [(str(person.subject_id), offer["offer_id"])]


async def test_a_full_week_is_respected_and_the_rest_follows_when_it_is_over(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offers = [await platform.offer(coordinator, organisation, urgency=1 + number % 5) for number in range(9)]
    await platform.let_timer_run(TELLING)
    person = await platform.volunteer()
    await platform.let_timer_run(TELLING)
    told = await platform.told()
    assert len(told) == 7
    urgencies = {offer["offer_id"]: offer["urgency"] for offer in offers}
    assert min(urgencies[offer_id] for _, offer_id in told) >= max(
        urgencies[offer_id] for offer_id in urgencies if (str(person.subject_id), offer_id) not in told
    )
    late = await platform.offer(coordinator, organisation)
    await platform.let_timer_run(TELLING)
    assert len(await platform.told()) == 7
    platform.clock.advance(timedelta(days=7))
    await platform.let_timer_run(TELLING)
    assert len(await platform.told()) == 10
    assert (str(person.subject_id), late["offer_id"]) in await platform.told()


async def test_a_qualification_that_ended_counts_no_more(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    await platform.offer(coordinator, organisation, qualifications=["basic"])
    person = await platform.volunteer()
    await platform.qualification(person)
    qualification_id = await platform.value("SELECT qualification_id FROM qualifications")
    assert len((await platform.suggestions(person))["suggestions"]) == 1
    await platform.hear(
        QualificationEnded(
            qualification_id=qualification_id,
            version=2,
            volunteer_id=person.subject_id,
            qualification="basic",
            granted_on=date(2026, 1, 1),
        )
    )
    assert (await platform.suggestions(person))["suggestions"] == []


async def test_a_check_that_fails_does_not_stand_in_the_way_of_the_others(
    platform: Platform, organisation: UUID, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = await platform.offer(coordinator, organisation, title="Poison")
    sound = await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    await platform.execute("DELETE FROM suggestion_checks WHERE volunteer_id IS NOT NULL")

    def fails(candidate: Candidate, offer: Offer, *rest: Any) -> tuple[Unmet, ...]:
        if offer.title == "Poison":
            raise OverflowError
        return unmet_requirements(candidate, offer, *rest)

    with monkeypatch.context() as patched:
        patched.setattr("services.matching.handlers.suggestions.unmet_requirements", fails)
        await platform.let_timer_run(TELLING)
    assert await platform.told() == [(str(person.subject_id), sound["offer_id"])]
    platform.clock.advance(AFTER_FAILURE)
    await platform.let_timer_run(TELLING)
    assert (str(person.subject_id), poison["offer_id"]) in await platform.told()


async def test_what_was_told_of_a_closed_offer_is_forgotten(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    await platform.volunteer()
    await platform.let_timer_run(TELLING)
    assert await platform.value("SELECT count(*) FROM told_suggestions") == 1
    await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=1)
    assert await platform.value("SELECT count(*) FROM told_suggestions") == 0
    assert await platform.value("SELECT is_settled FROM offers")


async def test_a_long_waiting_list_of_a_closed_offer_is_settled_in_steps(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    for person in await platform.volunteers(105):
        await platform.request(person, offer)
    closed = await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=1)
    assert closed.json()["waiting"] == 5
    assert await platform.let_timer_run("settle-closed-offers") == 1
    assert await platform.value("SELECT count(*) FROM placements WHERE status <> 'declined'") == 0
    assert await platform.value("SELECT waiting + places_taken FROM offers") == 0


async def test_only_who_consents_is_told_and_a_later_consent_counts_at_once(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    person = await platform.volunteer()
    await platform.hear(platform.consents_event(person.subject_id, "processing"))
    await platform.let_timer_run(TELLING)
    assert await platform.told() == []
    await platform.hear(platform.consents_event(person.subject_id, "processing", "suggestions_by_mail"))
    await platform.let_timer_run(TELLING)
    assert await platform.told() == [(str(person.subject_id), offer["offer_id"])]


async def test_the_most_urgent_need_is_told_first_when_the_week_has_room_for_one(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    people = await platform.volunteers(2)
    await platform.let_timer_run(TELLING)
    offers = {urgency: await platform.offer(coordinator, organisation, urgency=urgency) for urgency in (1, 5, 3)}
    once = platform.settings.model_copy(update={"asks_per_week": 1})
    await platform.let_timer_run(TELLING, once)
    told = await platform.told()
    assert set(told) == {(str(person.subject_id), offers[5]["offer_id"]) for person in people}


async def test_of_one_offer_only_the_best_are_told(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    fluent = await platform.volunteers(2, languages=[{"language": "uk", "level": "native"}])
    await platform.volunteers(3)
    await platform.execute("DELETE FROM suggestion_checks")
    await platform.offer(coordinator, organisation)
    few = platform.settings.model_copy(update={"told_per_offer": 2, "volunteers_per_step": 1})
    await platform.let_timer_run(TELLING, few)
    assert {volunteer for volunteer, _ in await platform.told()} == {str(person.subject_id) for person in fluent}


async def test_an_invitation_counts_as_being_asked(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    invited_to = await platform.offer(coordinator, organisation, urgency=1)
    person = await platform.volunteer()
    await platform.execute("DELETE FROM suggestion_checks")
    body = {"volunteer_ids": [str(person.subject_id)]}
    answer = await platform.post(f"/offers/{invited_to['offer_id']}/invitations", coordinator, body)
    assert answer.is_success, answer.text
    await platform.offer(coordinator, organisation)
    once = platform.settings.model_copy(update={"asks_per_week": 1})
    await platform.let_timer_run(TELLING, once)
    assert await platform.told() == []
    platform.clock.advance(timedelta(days=8))
    await platform.let_timer_run("forget-asks")
    assert await platform.value("SELECT count(*) FROM asks") == 1
    platform.clock.advance(timedelta(days=30))
    assert await platform.let_timer_run("forget-asks") == 1


async def test_what_comes_up_while_a_week_is_full_is_told_when_it_is_over(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    """Also when nothing was left untold as the week became full, and when it was an invitation that filled it."""
    once = platform.settings.model_copy(update={"asks_per_week": 1})
    told_of = await platform.offer(coordinator, organisation)
    await platform.let_timer_run(TELLING)
    told = await platform.volunteer()
    await platform.let_timer_run(TELLING, once)
    assert await platform.told() == [(str(told.subject_id), told_of["offer_id"])]
    await platform.post(f"/offers/{told_of['offer_id']}/closure", coordinator, version=1)
    invited = await platform.volunteer()
    await platform.let_timer_run(TELLING, once)
    invited_to = await platform.offer(coordinator, organisation, places=1, weekly=[])
    await platform.execute("DELETE FROM suggestion_checks WHERE offer_id IS NOT NULL")
    await platform.execute(
        "INSERT INTO asks (volunteer_id, offer_id, kind, asked_at)"
        " SELECT $1, gen_random_uuid(), 'told', $2 FROM generate_series(1, 6)",
        invited.subject_id,
        platform.clock.now(),
    )
    await platform.invited(coordinator, invited_to, invited)
    late = await platform.offer(coordinator, organisation, urgency=5)
    await platform.let_timer_run(TELLING, once)
    assert len(await platform.told()) == 1
    platform.clock.advance(timedelta(days=7))
    await platform.let_timer_run(TELLING, once)
    assert set((await platform.told())[1:]) >= {(str(one.subject_id), late["offer_id"]) for one in (told, invited)}


async def test_an_offer_that_says_nothing_of_what_counts_is_found_all_the_same(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    """Where nothing counts but languages, and the offer asks for none: its score is 0, and no error."""
    offer = await platform.offer(coordinator, organisation, languages_welcome=[])
    person = await platform.volunteer()
    await platform.execute("DELETE FROM suggestion_checks WHERE offer_id IS NOT NULL")
    nothing = dict.fromkeys(Weights.model_fields, 0.0)
    only = platform.settings.model_copy(update={"weights": Weights(**(nothing | {"shared_languages": 1.0}))})
    await platform.let_timer_run(TELLING, only)
    assert await platform.told() == [(str(person.subject_id), offer["offer_id"])]


async def test_an_offer_with_shifts_is_told_while_one_of_them_has_room(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    holder, person = await platform.volunteers(2)
    offer = await platform.offer(coordinator, organisation, weekly=[])
    shift = await platform.shift_of(coordinator, offer, places=1)
    await platform.request(holder, offer, shift_id=shift["shift_id"])
    await platform.let_timer_run(TELLING)
    assert await platform.told() == [], "its only shift is full, and waits for a decision"
    await platform.shift_of(coordinator, offer, places=1, start="15:00", end="16:00")
    await platform.let_timer_run(TELLING)
    assert (str(person.subject_id), offer["offer_id"]) in await platform.told()
