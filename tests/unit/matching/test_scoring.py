"""Scores: in [0, 1], explained, and moved by each fact in the direction that it has."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.offers import Offer
from services.matching.models.places import Point
from services.matching.models.suggestions import Part, Weights
from services.matching.models.volunteers import Candidate
from services.matching.rules.distance import kilometres
from services.matching.rules.scoring import UNTOLD, score, weighed
from services.matching.sentences import ENGLISH, GERMAN, part_sentence
from shared.contracts.matching import ScorePart
from shared.contracts.registry import AvailablePart
from shared.contracts.vocabulary import Level, PartOfDay, Weekday
from tests.unit.matching.builders import (
    CELLE,
    NOW,
    SCALE,
    TUESDAYS,
    a_candidate,
    an_offer,
    candidates,
    offers,
    speaks,
)

NOTHING: dict[str, float] = dict.fromkeys(Weights.model_fields, 0)
weights = st.builds(Weights, **dict.fromkeys(Weights.model_fields, st.floats(0, 1)) | {"fairness": st.floats(0.01, 1)})


def part(candidate: Candidate, offer: Offer, name: str) -> Part | None:
    return next((each for each in score(candidate, offer, NOW, SCALE).parts if each.part == name), None)


def value(candidate: Candidate, offer: Offer, name: str) -> float:
    found = part(candidate, offer, name)
    assert found is not None
    return found.value


@given(candidates(), offers(), weights)
def test_scores_and_their_parts_lie_between_nothing_and_one(
    candidate: Candidate, offer: Offer, chosen: Weights
) -> None:
    scored = score(candidate, offer, NOW, replace(SCALE, weights=chosen))
    assert 0 <= scored.score <= 1
    assert all(0 <= each.value <= 1 for each in scored.parts)
    assert len({each.part for each in scored.parts}) == len(scored.parts)


@given(candidates(), offers())
def test_every_part_can_be_published_and_said_in_both_languages(candidate: Candidate, offer: Offer) -> None:
    for each in score(candidate, offer, NOW, SCALE).parts:
        assert ScorePart(part=each.part, value=each.value, fact=each.fact).fact == each.fact
        german, english = part_sentence(each, GERMAN), part_sentence(each, ENGLISH)
        assert german.endswith(".") and english.endswith(".") and german != english


@given(candidates(), offers(), st.floats(47.3, 55.0), st.floats(47.3, 55.0))
def test_who_lives_nearer_scores_no_worse(candidate: Candidate, offer: Offer, one: float, other: float) -> None:
    offer = replace(offer, point=CELLE)
    homes = [Point(one, 10.08), Point(other, 10.08)]
    near, far = sorted(homes, key=lambda home: kilometres(home, CELLE))
    at = [score(replace(candidate, point=home), offer, NOW, SCALE).score for home in (near, far)]
    assert at[0] >= at[1]


@given(candidates(), offers(), st.integers(1, 5), st.integers(1, 5))
def test_the_more_urgent_offer_scores_no_worse(candidate: Candidate, offer: Offer, one: int, other: int) -> None:
    low, high = sorted((one, other))
    at = [score(candidate, replace(offer, urgency=urgency), NOW, SCALE).score for urgency in (low, high)]
    assert at[0] <= at[1]


@given(candidates(), offers(), st.integers(0, 400), st.integers(0, 400))
def test_who_has_waited_longer_scores_no_worse(candidate: Candidate, offer: Offer, one: int, other: int) -> None:
    short, long = sorted((one, other))
    at = [
        score(replace(candidate, waiting_since=NOW - timedelta(days=days)), offer, NOW, SCALE).score
        for days in (short, long)
    ]
    assert at[0] <= at[1]


@given(candidates(), offers(), st.sampled_from(Level))
def test_another_shared_language_never_harms(candidate: Candidate, offer: Offer, level: Level) -> None:
    offer = replace(offer, languages_welcome=("so",))
    more = replace(candidate, languages=(*candidate.languages, speaks("so", level)))
    assert value(more, offer, "shared_languages") >= value(candidate, offer, "shared_languages")


def test_a_better_level_counts_more() -> None:
    offer = an_offer(languages_welcome=("uk",))
    values = [value(a_candidate(languages=(speaks("uk", level),)), offer, "shared_languages") for level in Level]
    assert values == sorted(values)
    assert values[0] < values[-1] == 1


def test_parts_that_say_nothing_are_left_out_and_cost_nothing() -> None:
    names = {each.part for each in score(a_candidate(point=None), an_offer(), NOW, SCALE).parts}
    assert names == {"wishes", "urgency", "experience", "fairness", "asked", "declined"}
    alone = Weights(**NOTHING | {"shared_languages": 1, "urgency": 1})
    assert weighed((Part("urgency", 0.75, {}),), alone) == 0.75
    assert weighed((Part("experience", 0.75, {}),), alone) == 0


def test_the_mean_is_weighed() -> None:
    parts = (Part("urgency", 1, {}), Part("distance", 0, {}))
    assert weighed(parts, Weights(urgency=0.3, distance=0.1)) == pytest.approx(0.75)


def test_availability_counts_the_time_that_fits_and_nothing_told_is_neutral() -> None:
    offer = an_offer(weekly=(TUESDAYS,))
    afternoon = AvailablePart(day=Weekday.TUESDAY, part=PartOfDay.AFTERNOON)
    assert value(a_candidate(availability=(afternoon,)), offer, "availability") == 1
    assert value(a_candidate(), offer, "availability") == UNTOLD
    elsewhere = AvailablePart(day=Weekday.FRIDAY, part=PartOfDay.MORNING)
    assert value(a_candidate(availability=(elsewhere,)), offer, "availability") == 0
    assert part(a_candidate(availability=(afternoon,)), an_offer(), "availability") is None


def test_wishes_count_when_they_were_told() -> None:
    assert value(a_candidate(wishes=("homework_help",)), an_offer(), "wishes") == 1
    assert value(a_candidate(wishes=("sport",)), an_offer(), "wishes") == 0
    assert value(a_candidate(), an_offer(), "wishes") == UNTOLD


def test_weights_must_let_something_count() -> None:
    with pytest.raises(ValueError, match="TANDEM_WEIGHTS"):
        Weights(**NOTHING)
