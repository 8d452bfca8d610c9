"""The hard requirements: each one blocks, and nothing makes up for it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.offers import Offer
from services.matching.models.suggestions import OBTAINABLE, Requirement
from services.matching.models.volunteers import Candidate, Commitment
from services.matching.rules.requirements import reaches, unmet_requirements
from shared.contracts.registry import Absence, AvailablePart, SpokenLanguage
from shared.contracts.vocabulary import Level, PartOfDay, Weekday
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
    learnt = tuple(SpokenLanguage(language=code, level=Level.B1) for code in offer.languages_required)
    assert Requirement.LANGUAGE not in unmet(replace(candidate, languages=learnt), offer)


@given(candidates(), offers())
def test_getting_all_that_can_be_got_leaves_only_what_cannot(candidate: Candidate, offer: Offer) -> None:
    improved = replace(candidate, qualifications=frozenset(offer.qualifications), age_reached=18, paused=False)
    assert unmet(improved, offer) == unmet(candidate, offer) - OBTAINABLE - {Requirement.MINIMUM_AGE}


@given(candidates(), offers())
def test_within_reach_means_district_or_distance(candidate: Candidate, offer: Offer) -> None:
    near = replace(candidate, point=CELLE, reach_km=1)
    assert Requirement.WITHIN_REACH not in unmet(near, replace(offer, point=CELLE))
    assert Requirement.WITHIN_REACH not in unmet(replace(candidate, district=offer.district), offer)
