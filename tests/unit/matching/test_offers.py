"""What an offer must keep, and what a coordinator may send."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from services.matching.models.drafts import OfferChange, OfferDraft
from services.matching.models.places import Place
from services.matching.rules.offers import check_offer, check_places
from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import Weekday
from shared.runtime.errors import Refusal
from tests.unit.matching.builders import CELLE, an_offer

PLACE = Place("29221", "Celle", CELLE, ("03351",))


def draft(**changes: Any) -> OfferDraft:
    stated = {
        "organisation_id": str(uuid4()),
        "title": "Hausaufgabenhilfe",
        "topic": "homework_help",
        "district": "03351",
        "postal_code": "29221",
        "places": 2,
    }
    return OfferDraft.model_validate(stated | changes)


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"starts_on": date(2026, 4, 2), "ends_on": date(2026, 4, 1)}, PLACE, "offer-period"),
        ({}, None, "postal-code-unknown"),
        ({"district": "03241"}, PLACE, "district-does-not-fit"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], place: Place | None, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_offer(an_offer(**changes), place)
    assert refused.value.code == code
    assert refused.value.de and refused.value.en


def test_one_day_is_a_period_and_a_place_may_not_know_its_district() -> None:
    check_offer(an_offer(starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 1)), PLACE)
    check_offer(an_offer(), Place("29221", "Celle", CELLE, ()))


def test_places_never_fall_below_those_taken() -> None:
    check_places(2, 2)
    with pytest.raises(Refusal, match="places-below-taken"):
        check_places(1, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"weekly": [{"day": "tuesday", "start": "17:00", "end": "15:00"}]},
        {"weekly": [{"day": "tuesday", "start": "17:00", "end": "17:00"}]},
        {"weekly": [{"day": "tuesday", "start": "24:00", "end": "25:00"}]},
        {"places": 0},
        {"places": 1001},
        {"urgency": 6},
        {"minimum_age": 15},
        {"topic": "Homework help"},
        {"postal_code": "2922"},
        {"languages_required": ["ukr1"]},
        {"title": "a\nb"},
        {"status": "closed"},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        draft(**changes)


def test_repetitions_are_dropped_in_order() -> None:
    time = {"day": "tuesday", "start": "15:00", "end": "17:00"}
    values = draft(languages_welcome=["uk", "ar", "uk"], weekly=[time, time]).values()
    assert values["languages_welcome"] == ("uk", "ar")
    assert values["weekly"] == (WeeklyTime(day=Weekday.TUESDAY, start="15:00", end="17:00"),)


def test_a_change_holds_only_what_was_sent() -> None:
    assert OfferChange.model_validate({}).values() == {}
    assert OfferChange.model_validate({"ends_on": None, "places": 4}).values() == {"ends_on": None, "places": 4}
    with pytest.raises(ValidationError):
        OfferChange.model_validate({"title": None})
    with pytest.raises(ValidationError):
        OfferChange.model_validate({"organisation_id": str(uuid4())})
