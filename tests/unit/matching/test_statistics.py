"""No cell below five is told, and none can be computed from those that are told."""

from datetime import date
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.models.statistics import Cell
from services.matching.rules.statistics import MEASURES, Key, hidden, is_small

MONTH = date(2026, 10, 1)


def cell(district: str | None, topic: str | None, covered: int) -> Cell:
    return Cell(f"{district}/{topic}", MONTH, district, topic, 3, 30, covered, covered, None, covered)


@st.composite
def months(draw: st.DrawFn) -> list[Cell]:
    districts = [f"0335{number}" for number in range(draw(st.integers(1, 4)))]
    topics = [f"topic{number}" for number in range(draw(st.integers(1, 4)))]
    inner = {key: draw(st.integers(0, 12)) for key in product(districts, topics) if draw(st.integers(0, 3))}
    sums: dict[Key, int] = {}
    for (district, topic), covered in inner.items():
        for key in ((district, None), (None, topic), (None, None)):
            sums[key] = sums.get(key, 0) + covered
    return [cell(district, topic, covered) for (district, topic), covered in (inner | sums).items()]


@given(months())
@settings(max_examples=300, deadline=None)
def test_nothing_small_is_told_and_no_line_misses_exactly_one(cells: list[Cell]) -> None:
    withheld = hidden(cells)
    by_key = {(each.district, each.topic): each for each in cells}
    assert all(key in withheld for key, each in by_key.items() if is_small(each))
    for total in by_key:
        if total not in withheld:
            for parts in _lines_of(total, by_key):
                missing = [key for key in parts if key in withheld]
                assert len(missing) != 1, f"{missing} follows from {total}"


@st.composite
def measured(draw: st.DrawFn) -> list[Cell]:
    """As `months`, each measure by itself; people who are active in several cells are one in the total."""
    inner = {
        key: (draw(st.integers(0, 9)), draw(st.integers(0, 9)), draw(st.integers(0, 9)))
        for key in product(("03351", "03241", "03151"), ("a", "b", "c"))
        if draw(st.integers(0, 3))
    }
    sums: dict[Key, tuple[int, int, int]] = {}
    for (district, topic), each in inner.items():
        for key in ((district, None), (None, topic), (None, None)):
            before = sums.get(key, (0, 0, 0))
            sums[key] = (before[0] + each[0], before[1] + each[1], before[2] + each[2])
    twice = draw(st.integers(0, 3))
    return [
        Cell(
            str(key),
            MONTH,
            key[0],
            key[1],
            3,
            90,
            covered,
            confirmed,
            None,
            max(0, active - (twice if None in key else 0)),
        )
        for key, (covered, confirmed, active) in (inner | sums).items()
    ]


@given(measured())
@settings(max_examples=200, deadline=None)
def test_no_difference_tells_of_one_to_four_people_in_any_measure(cells: list[Cell]) -> None:
    withheld = hidden(cells)
    by_key = {(each.district, each.topic): each for each in cells}
    for total in by_key.keys() - withheld:
        for parts in _lines_of(total, by_key):
            for measure in MEASURES:
                told = sum(getattr(by_key[key], measure) for key in parts if key not in withheld)
                left = getattr(by_key[total], measure) - told
                assert not (0 < left < 5 and withheld & set(parts)), f"{measure}: {left} left of {total}"
    whole = by_key.get((None, None))
    if whole is None or (None, None) in withheld:
        return
    # A withheld total of a district is what is known of it less its told cells: the Land's total must not give that away.
    for measure in ("covered", "confirmed"):
        told = sum(
            getattr(each, measure)
            for (one, other), each in by_key.items()
            if one and not other and (one, None) not in withheld
        )
        told += sum(
            getattr(each, measure)
            for (one, other), each in by_key.items()
            if one and other and (one, None) in withheld and (one, other) not in withheld
        )
        assert not 0 < getattr(whole, measure) - told < 5, measure


@given(months())
@settings(max_examples=300, deadline=None)
def test_nothing_small_follows_from_all_that_is_told_taken_together(cells: list[Cell]) -> None:
    """The whole table as equations, solved exactly: totals less totals, over however many lines."""
    withheld = hidden(cells)
    by_key = {(each.district, each.topic): each for each in cells}
    assert not {key for key in _derivable(by_key, withheld) if 0 < by_key[key].covered < 5}


def test_a_cell_between_two_groups_of_withheld_ones_takes_another_with_it() -> None:
    """No line misses a single cell, and yet two districts less two topics would tell the one that joins the groups."""
    small = {("1", "a"), ("1", "b"), ("2", "a"), ("2", "b"), ("3", "c"), ("3", "d"), ("4", "c"), ("4", "d"), ("2", "c")}
    inner = {key: 3 if key in small else 40 for key in product("1234", "abcd")}
    sums: dict[Key, int] = {}
    for (district, topic), covered in inner.items():
        for key in ((district, None), (None, topic), (None, None)):
            sums[key] = sums.get(key, 0) + covered
    cells = [cell(district, topic, covered) for (district, topic), covered in (inner | sums).items()]
    by_key = {(each.district, each.topic): each for each in cells}
    assert ("2", "c") not in _derivable(by_key, hidden(cells))


def _derivable(by_key: dict[Key, Cell], withheld: set[Key]) -> set[Key]:
    """The withheld cells of which the equations leave one value: by Gauss and Jordan, in fractions."""
    unknown = sorted(withheld, key=str)
    rows = []
    for total in by_key:
        for parts in _lines_of(total, by_key):
            if parts:
                row = [Fraction((key in parts) - (key == total)) for key in unknown]
                rows.append(row)
    pivots: list[tuple[int, list[Fraction]]] = []
    for equation in rows:
        row = equation
        for column, pivot in pivots:
            row = _less(row, pivot, row[column])
        leading = next((number for number, one in enumerate(row) if one), None)
        if leading is not None:
            row = _less(row, row, 1 - 1 / row[leading])
            pivots = [(column, _less(pivot, row, pivot[leading])) for column, pivot in pivots] + [(leading, row)]
    return {unknown[column] for column, row in pivots if sum(1 for one in row if one) == 1}


def _less(row: list[Fraction], other: list[Fraction], times: Fraction) -> list[Fraction]:
    return [one - times * two for one, two in zip(row, other, strict=True)]


def test_two_small_cells_whose_sum_is_small_take_a_third_with_them() -> None:
    """1 + 1 would follow from 12 less 10, and so that each is one."""
    cells = [cell("03351", "a", 1), cell("03351", "b", 1), cell("03351", "c", 10), cell("03351", None, 12)]
    assert {("03351", "a"), ("03351", "b"), ("03351", "c")} <= hidden(cells)


def test_cells_that_their_sum_pins_take_another_with_them() -> None:
    """Two below five that are eight together are four each."""
    cells = [cell("03351", "a", 4), cell("03351", "b", 4), cell("03351", "c", 9), cell("03351", "d", 20)]
    withheld = hidden([*cells, cell("03351", None, 37)])
    assert ("03351", "c") in withheld and ("03351", "d") not in withheld


def _lines_of(total: Key, by_key: dict[Key, Cell]) -> list[list[Key]]:
    district, topic = total
    lines = []
    if topic is None:
        lines.append([key for key in by_key if key[0] == district and key[1] is not None])
    if district is None:
        lines.append([key for key in by_key if key[1] == topic and key[0] is not None])
    return lines


def test_the_only_small_cell_takes_the_smallest_other_with_it() -> None:
    """Celle would be told by the Land's total less the other districts."""
    cells = [cell("03351", "homework", 3), cell("03151", "homework", 9), cell("03241", "homework", 7)]
    cells += [cell(each.district, None, each.covered) for each in cells]
    cells += [cell(None, "homework", 19), cell(None, None, 19)]
    withheld = hidden(cells)
    assert {("03351", "homework"), ("03241", "homework")} <= withheld
    assert ("03151", "homework") not in withheld and (None, None) not in withheld


def test_large_numbers_and_zeros_are_told() -> None:
    cells = [cell("03351", "homework", 8), cell("03351", None, 8), cell("03351", "sport", 0), cell(None, None, 8)]
    assert hidden(cells) == set()
