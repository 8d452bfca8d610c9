"""In which postings to look, and how far: whoever could be among the best is always met."""

from collections.abc import Mapping

from hypothesis import assume, given
from hypothesis import strategies as st

from services.matching.rules.bounds import EVERYBODY, Feature, Posted, farthest, hash_of, microseconds, spare, walks
from services.matching.rules.scoring import in_millionths
from tests.unit.matching.builders import NOW

words = st.sampled_from([f"word {number}" for number in range(6)])
shares = st.dictionaries(words, st.floats(0.001, 1))


@st.composite
def features(draw: st.DrawFn) -> list[Feature]:
    found: list[Feature] = []
    for number, follows in enumerate(draw(st.lists(st.booleans(), max_size=4))):
        after = found[-1] if found and follows else None
        found.append(Feature((f"word {number}",), draw(st.floats(0.001, 0.3)), after))
    return found


def posted(told: Mapping[str, float]) -> Posted:
    return Posted({}, {hash_of(word): share for word, share in told.items()})


@given(features(), shares, st.sets(words))
def test_everybody_is_met_by_a_walk_that_says_no_more_is_missing_than_there_is(
    wanted: list[Feature], told: dict[str, float], stands_under: set[str]
) -> None:
    lost = sum(feature.loss for feature in wanted if feature.loss and not _has(feature, stands_under))
    met = [walk for walk in walks([], wanted, posted(told)) if EVERYBODY in walk.words or stands_under & {*walk.words}]
    assert met
    assert any(walk.missing <= lost + 1e-9 for walk in met)


def _has(feature: Feature, stands_under: set[str]) -> bool:
    """A feature is lost by who has neither it nor the one that it comes after."""
    return bool(stands_under & {*feature.words}) or (feature.after is not None and _has(feature.after, stands_under))


@given(st.floats(0, 1), st.floats(0.01, 1), st.floats(0.1, 500), st.floats(0, 1000))
def test_nobody_farther_away_than_that_has_anything_to_spare(
    left: float, distance_share: float, half_km: float, more: float
) -> None:
    reach = farthest(left, distance_share, half_km)
    assume(reach < 1e9)
    lost = distance_share * (1 - half_km / (half_km + reach + more))
    assert lost >= left - 1e-9


@given(st.floats(0, 1), st.floats(0, 1))
def test_rounding_costs_nobody_their_place(full: float, score: float) -> None:
    at_least = in_millionths(score)
    assert spare(full, at_least) >= full - score


def test_few_who_meet_a_requirement_are_looked_at_all() -> None:
    wished = Feature(("wish",), 0.1)
    rare = walks(
        [("qualification basic",), ("language ti",)], [wished], posted({"wish": 0.2, "qualification basic": 0.3})
    )
    assert [walk.words for walk in rare] == [("language ti",)]
    common = walks([("language de",)], [wished], posted({"wish": 0.05, "language de": 0.9}))
    assert [(walk.words, walk.missing) for walk in common] == [(("wish",), 0.0), (("language de",), 0.1)]


def test_microseconds_are_exact() -> None:
    assert microseconds(NOW.replace(microsecond=123_457)) - microseconds(NOW) == 123_457
