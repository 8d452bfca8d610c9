"""Which cells of a month are told: none with one to four people behind it, and none that differences would give away.

Method: primary suppression below five, and complementary suppression along both margins of the table (as statistical offices
do it): wherever exactly one cell of a row or column is missing, its total would tell it, so the smallest other one is
withheld too, and where there is no other one, the total itself.
"""

from collections.abc import Iterable, Sequence

from services.matching.models.statistics import Cell

TOLD_FROM = 5
Key = tuple[str | None, str | None]
"""(district, topic); None: all."""


def is_small(cell: Cell) -> bool:
    """Do one to four people stand behind one of its numbers?"""
    return any(0 < people < TOLD_FROM for people in (cell.covered, cell.confirmed, cell.volunteers_active))


def hidden(cells: Sequence[Cell]) -> set[Key]:
    """The cells of one month whose numbers of people are withheld."""
    by_key: dict[Key, Cell] = {(cell.district, cell.topic): cell for cell in cells}
    withheld = {key for key, cell in by_key.items() if is_small(cell)}
    lines = [line for line in _lines(by_key) if len(line[1]) > 0]
    changed = True
    while changed:
        changed = False
        for total, parts in lines:
            more = _also(by_key, withheld, total, parts)
            if more is not None:
                withheld.add(more)
                changed = True
    return withheld


def _lines(by_key: dict[Key, Cell]) -> list[tuple[Key, list[Key]]]:
    """Each total with the cells that add up to it: districts over topics, topics over districts, and the whole over both."""
    districts = sorted({district for district, _ in by_key if district is not None})
    topics = sorted({topic for _, topic in by_key if topic is not None})
    lines: list[tuple[Key, list[Key]]] = []
    for district in (*districts, None):
        lines.append(((district, None), _present(by_key, ((district, topic) for topic in topics))))
    for topic in (*topics, None):
        lines.append(((None, topic), _present(by_key, ((district, topic) for district in districts))))
    return [(total, parts) for total, parts in lines if total in by_key]


def _present(by_key: dict[Key, Cell], keys: Iterable[Key]) -> list[Key]:
    return [key for key in keys if key in by_key]


def _also(by_key: dict[Key, Cell], withheld: set[Key], total: Key, parts: Sequence[Key]) -> Key | None:
    """What else must be withheld, so that nothing in this line can be told from the rest; None: nothing."""
    missing = [key for key in parts if key in withheld]
    if len(missing) != 1 or total in withheld:
        return None
    others = [key for key in parts if key not in withheld and _has_people(by_key[key])]
    if not others:
        return total
    return min(others, key=lambda key: (by_key[key].covered + by_key[key].volunteers_active, str(key)))


def _has_people(cell: Cell) -> bool:
    return bool(cell.covered or cell.confirmed or cell.volunteers_active)
