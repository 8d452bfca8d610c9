"""What is missing, and how to get it, in both languages."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.matching.models.suggestions import Course, Fact, Requirement, Restrained, Restraint, Unmet
from services.matching.sentences import ENGLISH, GERMAN, restraint_sentence, unmet_sentence

COURSE = Course(uuid4(), "Grundkurs", "basic", datetime(2026, 1, 11, 23, 30, tzinfo=UTC), "03351", "29221", "Celle")
FACTS: dict[Requirement, Fact] = {
    Requirement.WITHIN_REACH: {"km": 23.4, "reach_km": 15},
    Requirement.LANGUAGE: {"any_of": ["uk", "xx"], "levels": ["A2", "native"]},
    Requirement.SKILL: {"skill": "sewing"},
    Requirement.QUALIFICATION: {"qualification": "basic"},
    Requirement.CLEARANCE: {"legal_basis": "sgb8_72a", "kind_of_activity": "childcare"},
    Requirement.UNDERTAKING: {},
    Requirement.BOUNDARY: {"boundary_id": str(uuid4())},
    Requirement.MINIMUM_AGE: {"minimum_age": 18},
    Requirement.AGE_TOLD: {"minimum_age": 18},
    Requirement.NOT_PAUSED: {},
    Requirement.PRESENT: {"first_day": "2026-04-01", "last_day": "2026-04-02"},
    Requirement.NO_OVERLAP: {"offers": [str(uuid4())]},
}


@pytest.mark.parametrize("requirement", Requirement)
def test_every_requirement_is_said_in_both_languages(requirement: Requirement) -> None:
    unmet = Unmet(requirement, FACTS[requirement])
    german, english = unmet_sentence(unmet, None, GERMAN), unmet_sentence(unmet, None, ENGLISH)
    assert german.endswith(".") and english.endswith(".") and german != english


def test_a_missing_qualification_names_the_next_course_by_the_german_day() -> None:
    unmet = Unmet(Requirement.QUALIFICATION, {"qualification": "basic"})
    assert unmet_sentence(unmet, COURSE, GERMAN) == ("Es fehlt: Basisqualifizierung, nächster Kurs am 12.1. in Celle.")
    assert unmet_sentence(unmet, COURSE, ENGLISH) == "Missing: Basic qualification, next course on 12 January in Celle."


def test_distances_are_written_as_the_reader_writes_them() -> None:
    unmet = Unmet(Requirement.WITHIN_REACH, {"km": 23.4, "reach_km": 15})
    assert "23,4 km" in unmet_sentence(unmet, None, GERMAN)
    assert "23.4 km" in unmet_sentence(unmet, None, ENGLISH)


def test_languages_have_names() -> None:
    unmet = Unmet(Requirement.LANGUAGE, {"any_of": ["uk", "xx"], "levels": ["A2", "native"]})
    assert "Ukrainisch (ab A2), xx (Muttersprache)" in unmet_sentence(unmet, None, GERMAN)


@pytest.mark.parametrize("restraint", Restraint)
def test_every_restraint_is_said_in_both_languages(restraint: Restraint) -> None:
    restrained = Restrained(restraint, {"asks": 7, "again": "2026-01-11T23:30:00+00:00"})
    german, english = restraint_sentence(restrained, GERMAN), restraint_sentence(restrained, ENGLISH)
    assert german.endswith(".") and english.endswith(".") and german != english
    if restraint is Restraint.ASKED_OFTEN:
        assert german.endswith("wieder ab 12.1.")
