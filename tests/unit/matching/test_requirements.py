"""The hard requirements: each one blocks, and nothing makes up for it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.offers import Offer
from services.matching.models.suggestions import OBTAINABLE, Requirement
from services.matching.models.volunteers import Candidate, Commitment, Dated, HeldClearance
from services.matching.rules.requirements import asked_for, reaches, unmet_requirements
from shared.contracts.registry import Absence, AvailablePart, LegalBasis, SpokenLanguage
from shared.contracts.vocabulary import Level, PartOfDay, Weekday
from shared.runtime.clock import BERLIN
from tests.unit.matching.builders import (
    CELLE,
    GOETTINGEN,
    HANNOVER,
    TODAY,
    TUESDAYS,
    a_candidate,
    an_offer,
    candidates,
    offers,
    speaks,
)


def unmet(candidate: Candidate, offer: Offer, at_least: Level = Level.A2) -> set[Requirement]:
    return {each.requirement for each in unmet_requirements(candidate, offer, TODAY, at_least)}


def test_an_offer_that_asks_for_nothing_fits_everybody_in_the_district() -> None:
    assert unmet(a_candidate(), an_offer()) == set()


@pytest.mark.parametrize(
    ("offer", "candidate", "missing"),
    [
        ({"district": "03159", "point": GOETTINGEN}, {}, Requirement.WITHIN_REACH),
        ({"district": "03159", "point": None}, {}, Requirement.WITHIN_REACH),
        ({"languages_required": ("uk", "ar")}, {"languages": (speaks("de", Level.C2),)}, Requirement.LANGUAGE),
        ({"languages_required": ("uk",)}, {"languages": (speaks("uk", Level.A1),)}, Requirement.LANGUAGE),
        ({"qualifications": ("basic",)}, {"qualifications": frozenset(("first_aid",))}, Requirement.QUALIFICATION),
        ({"minimum_age": 18}, {"age_reached": 16}, Requirement.MINIMUM_AGE),
        ({"minimum_age": 14}, {"age_reached": None}, Requirement.AGE_TOLD),
        ({}, {"paused": True}, Requirement.NOT_PAUSED),
    ],
)
def test_each_requirement_blocks(offer: dict[str, Any], candidate: dict[str, Any], missing: Requirement) -> None:
    assert unmet(a_candidate(**candidate), an_offer(**offer)) == {missing}


@pytest.mark.parametrize(
    ("offer", "candidate"),
    [
        ({"district": "03241", "point": HANNOVER}, {"reach_km": 40}),
        ({"point": GOETTINGEN}, {"reach_km": 1}),
        ({"languages_required": ("uk", "ar")}, {"languages": (speaks("ar", Level.A2),)}),
        ({"qualifications": ("basic",)}, {"qualifications": frozenset(("basic", "first_aid"))}),
        ({"minimum_age": 16}, {"age_reached": 18}),
    ],
)
def test_each_requirement_can_be_met(offer: dict[str, Any], candidate: dict[str, Any]) -> None:
    assert unmet(a_candidate(**candidate), an_offer(**offer)) == set()


def test_somebody_who_is_away_for_the_whole_dated_offer_cannot_come() -> None:
    away = (Absence(first_day=date(2026, 4, 1), last_day=date(2026, 4, 30)),)
    dated = an_offer(starts_on=date(2026, 4, 10), ends_on=date(2026, 4, 12))
    assert unmet(a_candidate(absences=away), dated) == {Requirement.PRESENT}
    assert unmet(a_candidate(absences=away), replace(dated, ends_on=date(2026, 5, 2))) == set()
    assert unmet(a_candidate(absences=away), an_offer()) == set()


def test_a_confirmed_placement_at_the_same_time_blocks_another() -> None:
    offer = an_offer(weekly=(TUESDAYS,))
    taken = Commitment(an_offer().offer_id, (TUESDAYS,), None, None)
    assert unmet(a_candidate(commitments=(taken,)), offer) == {Requirement.NO_OVERLAP}
    over = replace(taken, ends_on=date(2026, 3, 31))
    assert unmet(a_candidate(commitments=(over,)), replace(offer, starts_on=date(2026, 4, 1))) == set()
    itself = replace(taken, offer_id=offer.offer_id)
    assert unmet(a_candidate(commitments=(itself,)), offer) == set()


@given(candidates(), offers())
def test_nothing_that_pleases_makes_up_for_a_requirement(candidate: Candidate, offer: Offer) -> None:
    pleasing = replace(
        candidate,
        asked_at=(),
        declined={},
        wishes=(offer.topic,),
        availability=tuple(AvailablePart(day=day, part=part) for day in Weekday for part in PartOfDay),
        confirmed_placements=100,
    )
    assert unmet(pleasing, replace(offer, urgency=5)) == unmet(candidate, offer)


@given(candidates(), offers(), st.sampled_from(Level))
def test_asking_for_more_never_lets_more_people_in(candidate: Candidate, offer: Offer, level: Level) -> None:
    before = unmet(candidate, offer)
    stricter = replace(offer, qualifications=(*offer.qualifications, "another"), minimum_age=18)
    assert before - {Requirement.AGE_TOLD} <= unmet(candidate, stricter) | {Requirement.MINIMUM_AGE}
    assert Requirement.QUALIFICATION in unmet(candidate, stricter)
    if reaches(level, Level.A2):
        assert before <= unmet(candidate, offer, level)


@given(candidates(), offers())
def test_learning_a_required_language_meets_that_requirement(candidate: Candidate, offer: Offer) -> None:
    learnt = tuple(SpokenLanguage(language=code, level=Level.NATIVE) for code in offer.languages_required)
    assert Requirement.LANGUAGE not in unmet(replace(candidate, languages=learnt), offer)


@given(candidates(), offers())
def test_getting_all_that_can_be_got_leaves_only_what_cannot(candidate: Candidate, offer: Offer) -> None:
    improved = replace(
        candidate,
        qualifications=frozenset(offer.qualifications),
        clearances=_needed(offer),
        undertaking_valid=True,
        age_reached=18,
        paused=False,
    )
    assert unmet(improved, offer) == unmet(candidate, offer) - OBTAINABLE - {Requirement.MINIMUM_AGE}


@given(candidates(), offers())
def test_within_reach_means_district_or_distance(candidate: Candidate, offer: Offer) -> None:
    near = replace(candidate, point=CELLE, reach_km=1)
    assert Requirement.WITHIN_REACH not in unmet(near, replace(offer, point=CELLE))
    assert Requirement.WITHIN_REACH not in unmet(replace(candidate, district=offer.district), offer)


def _needed(offer: Offer) -> frozenset[HeldClearance]:
    if offer.clearance_basis is None or offer.clearance_activity is None:
        return frozenset()
    return frozenset((HeldClearance(offer.organisation_id, offer.clearance_basis, offer.clearance_activity),))


def test_a_clearance_counts_for_that_organisation_basis_and_activity_only() -> None:
    offer = an_offer(clearance_basis=LegalBasis.SGB8_72A, clearance_activity="childcare")
    assert unmet(a_candidate(clearances=_needed(offer)), offer) == set()
    assert unmet(a_candidate(), offer) == {Requirement.CLEARANCE}
    for other in (
        HeldClearance(uuid4(), LegalBasis.SGB8_72A, "childcare"),
        HeldClearance(offer.organisation_id, LegalBasis.ASYLG_44, "childcare"),
        HeldClearance(offer.organisation_id, LegalBasis.SGB8_72A, "sport"),
    ):
        assert unmet(a_candidate(clearances=frozenset((other,))), offer) == {Requirement.CLEARANCE}


@pytest.mark.parametrize(("level", "is_enough"), [(Level.B1, False), (Level.B2, True), (Level.NATIVE, True)])
def test_each_required_language_has_its_own_level(level: Level, is_enough: bool) -> None:
    offer = an_offer(languages_required=("uk", "ar"), language_levels=(Level.B2, Level.A1))
    assert (unmet(a_candidate(languages=(speaks("uk", level),)), offer) == set()) is is_enough
    assert unmet(a_candidate(languages=(speaks("ar", Level.A1),)), offer) == set()


def test_every_required_skill_is_needed_and_the_undertaking_where_it_is_asked_for() -> None:
    offer = an_offer(skills_required=("sewing", "cooking"))
    assert unmet(a_candidate(skills=("cooking",)), offer) == {Requirement.SKILL}
    assert unmet(a_candidate(skills=("cooking", "sewing")), offer) == set()
    asked = unmet_requirements(a_candidate(), an_offer(), TODAY, Level.A2, undertaking_required=True)
    assert [each.requirement for each in asked] == [Requirement.UNDERTAKING]
    signed = a_candidate(undertaking_valid=True)
    assert unmet_requirements(signed, an_offer(), TODAY, Level.A2, undertaking_required=True) == ()


def test_nobody_is_placed_where_the_task_boundary_ended() -> None:
    assert unmet(a_candidate(), an_offer(boundary_id=uuid4(), boundary_ended=True)) == {Requirement.BOUNDARY}


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        ("2026-03-03 15:30", "2026-03-03 18:00", True),
        ("2026-03-03 13:00", "2026-03-03 15:00", False),
        ("2026-03-04 15:30", "2026-03-04 18:00", False),
        ("2026-03-02 20:00", "2026-03-03 15:01", True),
        ("2026-05-05 15:00", "2026-05-05 17:00", False),
    ],
)
def test_a_shift_overlaps_weekly_times_on_its_own_day_in_wall_time(first: str, last: str, overlaps: bool) -> None:
    starts_at, ends_at = (datetime.fromisoformat(wall).replace(tzinfo=BERLIN) for wall in (first, last))
    shift = Dated(starts_at, ends_at)
    weekly = Commitment(uuid4(), (TUESDAYS,), date(2026, 3, 1), date(2026, 4, 30))
    offer = an_offer()
    asked = unmet_requirements(a_candidate(commitments=(weekly,)), offer, TODAY, Level.A2, shift=shift)
    assert [each.requirement for each in asked] == [Requirement.NO_OVERLAP] * overlaps
    taken = Commitment(uuid4(), (), None, None, shift)
    weekly_offer = an_offer(weekly=(TUESDAYS,), starts_on=date(2026, 3, 1), ends_on=date(2026, 4, 30))
    assert (Requirement.NO_OVERLAP in unmet(a_candidate(commitments=(taken,)), weekly_offer)) is overlaps


def test_two_shifts_overlap_as_instants_and_of_one_offer_too() -> None:
    begin = datetime(2026, 3, 3, 15, tzinfo=BERLIN)
    hour = timedelta(hours=1)
    offer = an_offer()
    taken = Commitment(offer.offer_id, (), None, None, Dated(begin, begin + 2 * hour))
    for first, overlaps in ((begin + hour, True), (begin + 2 * hour, False), (begin - hour, False)):
        asked = unmet_requirements(
            a_candidate(commitments=(taken,)), offer, TODAY, Level.A2, shift=Dated(first, first + hour)
        )
        assert bool(asked) is overlaps


def test_who_is_away_on_the_day_of_a_shift_lacks_presence() -> None:
    begin = datetime(2026, 3, 3, 15, tzinfo=BERLIN)
    away = a_candidate(absences=(Absence(first_day=date(2026, 3, 3), last_day=date(2026, 3, 3)),))
    for days, missing in ((0, True), (1, False)):
        shift = Dated(begin + timedelta(days=days), begin + timedelta(days=days, hours=1))
        asked = unmet_requirements(away, an_offer(), TODAY, Level.A2, shift=shift)
        assert bool(asked) is missing


@given(candidates(), offers())
def test_only_what_is_asked_for_can_be_missing(candidate: Candidate, offer: Offer) -> None:
    assert unmet(candidate, offer) - {Requirement.AGE_TOLD} <= set(asked_for(offer))
