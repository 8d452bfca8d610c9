"""Distances and boxes."""

from hypothesis import given
from hypothesis import strategies as st

from services.matching.models.places import Point
from services.matching.rules.distance import box_around, kilometres
from tests.unit.matching.builders import CELLE, GOETTINGEN, HANNOVER

in_germany = st.builds(Point, st.floats(47.2, 55.1), st.floats(5.8, 15.1))


def test_known_distances() -> None:
    assert 34 < kilometres(CELLE, HANNOVER) < 38
    assert 93 < kilometres(HANNOVER, GOETTINGEN) < 97
    assert kilometres(CELLE, CELLE) == 0


@given(in_germany, in_germany)
def test_a_distance_is_the_same_both_ways(one: Point, other: Point) -> None:
    assert abs(kilometres(one, other) - kilometres(other, one)) < 1e-9


@given(in_germany, in_germany, in_germany)
def test_a_detour_is_never_shorter(one: Point, other: Point, between: Point) -> None:
    assert kilometres(one, other) <= kilometres(one, between) + kilometres(between, other) + 1e-6


@given(in_germany, in_germany, st.floats(0.1, 500))
def test_whatever_is_within_reach_lies_in_the_box(middle: Point, other: Point, km: float) -> None:
    box = box_around(middle, km)
    if kilometres(middle, other) <= km:
        assert box.south <= other.latitude <= box.north
        assert box.west <= other.longitude <= box.east


def test_the_box_is_hardly_larger_than_needed() -> None:
    box = box_around(CELLE, 15)
    assert kilometres(CELLE, Point(box.north, CELLE.longitude)) < 15.1
    assert kilometres(CELLE, Point(CELLE.latitude, box.east)) < 15.2
