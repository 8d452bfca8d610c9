"""No cell below five is told, and none can be computed from those that are told."""

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.models.statistics import Cell
from services.matching.rules.statistics import Key, hidden, is_small

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
