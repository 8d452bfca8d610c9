"""Which cells of a month are told: none with one to four people behind it, and none that differences would give away.

Method: primary suppression below five, and complementary suppression along both margins of the table (as statistical offices
do it). What the told totals less everything else that is told leave over must give nobody away, for each measure by itself:

- it is of two cells or more, never of a single one;
- it is nothing, or five at least, also where people count in several parts and a total is less than their sum;
- whoever supposes that all of these cells are below five still finds three values possible for each of them.

Nor may several lines together give a cell away. Districts and topics (their totals among them) are the nodes of a graph, and
withheld cells join them: what is told leaves one value for a cell exactly when nothing else joins its two ends.

Until that holds the smallest other cell is withheld too, and where there is no other one, the total. A withheld total of a
district or topic is no secret while all that adds up to it is told: so the Land's total is judged by the cells behind it.
Months are judged one by one: nothing is told over several of them.
"""

from collections.abc import Iterable, Mapping, Sequence

from services.matching.models.statistics import Cell

TOLD_FROM = 5
VALUES_LEFT = 3
"""So many values stay possible for a withheld cell, if all that are withheld with it are supposed to be below five."""
MEASURES = ("covered", "confirmed", "volunteers_active")
Key = tuple[str | None, str | None]
"""(district, topic); None: all."""
Node = tuple[str, str | None]
"""A district or a topic, None: all, which cells join."""


def is_small(cell: Cell) -> bool:
    """Do one to four people stand behind one of its numbers?"""
    return any(0 < _of(cell, measure) < TOLD_FROM for measure in MEASURES)


def hidden(cells: Sequence[Cell]) -> set[Key]:
    """The cells of one month whose numbers of people are withheld."""
    by_key: dict[Key, Cell] = {(cell.district, cell.topic): cell for cell in cells}
    withheld = {key for key, cell in by_key.items() if is_small(cell)}
    lines = _lines(by_key)
    changed = True
    while changed:
        changed = False
        for total, parts in lines:
            more = None if total in withheld else _also(by_key, withheld, lines, total, parts)
            if more is not None:
                withheld.add(more)
                changed = True
        if not changed and (more := _way_round(by_key, withheld)) is not None:
            withheld.add(more)
            changed = True
    return withheld


def _way_round(by_key: Mapping[Key, Cell], withheld: set[Key]) -> Key | None:
    """What else must be withheld, so that the two ends of a small cell are joined by others too; None: nothing."""
    neighbours: dict[Node, list[Node]] = {}
    for key in withheld:
        one, other = _ends(by_key, key)
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    for key in sorted(withheld, key=str):
        one, other = _ends(by_key, key)
        if is_small(by_key[key]) and other not in (here := _joined(neighbours, one, other)):
            there = _joined(neighbours, other, one)
            return _first_between(by_key, withheld, here, there)
    return None


def _first_between(by_key: Mapping[Key, Cell], withheld: set[Key], here: set[Node], there: set[Node]) -> Key | None:
    """The smallest cell that is told and leads from here to there, or else from here to anywhere."""
    told = sorted(by_key.keys() - withheld, key=lambda key: (not _in_all(by_key[key]), _in_all(by_key[key]), str(key)))
    leading = [key for key in told if len(here.intersection(_ends(by_key, key))) == 1]
    return next((key for key in leading if there.intersection(_ends(by_key, key))), next(iter(leading), None))


def _ends(by_key: Mapping[Key, Cell], key: Key) -> tuple[Node, Node]:
    """What has no total adds up to nothing that is known, and is one with all others of the kind."""
    district, topic = key
    open_end = ("without a total", None)
    return (
        ("district", district) if (district, None) in by_key else open_end,
        ("topic", topic) if (None, topic) in by_key else open_end,
    )


def _joined(neighbours: Mapping[Node, Sequence[Node]], first: Node, other: Node) -> set[Node]:
    """Where withheld cells lead from the first, without one that joins it to the other: up to there, or everywhere."""
    found, to_visit = {first}, [first]
    while to_visit and other not in found:
        visited = to_visit.pop()
        reached = list(neighbours[visited])
        if visited == first:
            reached.remove(other)
        new = set(reached) - found
        found |= new
        to_visit += new
    return found


Lines = Sequence[tuple[Key, Sequence[Key]]]


def _lines(by_key: Mapping[Key, Cell]) -> Lines:
    """Each total with the cells that add up to it: districts over topics, topics over districts, and the whole over both."""
    districts = sorted({district for district, _ in by_key if district is not None})
    topics = sorted({topic for _, topic in by_key if topic is not None})
    lines: list[tuple[Key, list[Key]]] = []
    for district in (*districts, None):
        lines.append(((district, None), _present(by_key, ((district, topic) for topic in topics))))
    for topic in (*topics, None):
        lines.append(((None, topic), _present(by_key, ((district, topic) for district in districts))))
    return [(total, parts) for total, parts in lines if total in by_key and parts]


def _present(by_key: Mapping[Key, Cell], keys: Iterable[Key]) -> list[Key]:
    return [key for key in keys if key in by_key]


def _also(by_key: Mapping[Key, Cell], withheld: set[Key], lines: Lines, total: Key, parts: Sequence[Key]) -> Key | None:
    """What else must be withheld, so that this total tells nothing of what is withheld; None: nothing."""
    behind = _behind(withheld, lines, total, parts)
    unknown = [key for key in behind if key in withheld]
    measure = _given_away(by_key, withheld, total, parts, unknown)
    if measure is None:
        return None
    for others in (behind, parts):
        found = [key for key in others if key not in withheld and _of(by_key[key], measure)]
        if found:
            return min(found, key=lambda key: (_of(by_key[key], measure), str(key)))
    return total


def _behind(withheld: set[Key], lines: Lines, total: Key, parts: Sequence[Key]) -> list[Key]:
    """The cells of one district and topic behind what this total leaves unknown; told totals leave nothing."""
    if total != (None, None):
        return list(parts)
    summed = {other: cells for other, cells in lines if other in parts}
    return [cell for part in parts if part in withheld for cell in summed.get(part, ())]


def _given_away(
    by_key: Mapping[Key, Cell], withheld: set[Key], total: Key, parts: Sequence[Key], unknown: Sequence[Key]
) -> str | None:
    """The measure of which a total would tell too much; None: of none."""
    missing = [key for key in parts if key in withheld]
    if not missing:
        return None
    cells = [by_key[key] for key in unknown]
    for measure in MEASURES:
        told = sum(_of(by_key[key], measure) for key in parts if key not in withheld)
        left = _of(by_key[total], measure) - told
        if 0 < left < TOLD_FROM or not _is_safe([_of(cell, measure) for cell in cells]):
            return measure
    if len(missing) == 1 or len(cells) == 1:
        return max(MEASURES, key=lambda one: sum(_of(by_key[key], one) for key in parts if key not in withheld))
    return None


def _is_safe(people: Sequence[int]) -> bool:
    """May the sum of these withheld numbers be known?"""
    some = [one for one in people if one]
    in_all, most = sum(some), TOLD_FROM - 1
    if not some:
        return True
    # All of them in 1..4: each is in the part of 1..4 that the others leave it.
    is_narrow = in_all < len(some) + VALUES_LEFT - 1 or most * len(some) - VALUES_LEFT + 1 < in_all <= most * len(some)
    return in_all >= TOLD_FROM and not is_narrow


def _in_all(cell: Cell) -> int:
    return sum(_of(cell, measure) for measure in MEASURES)


def _of(cell: Cell, measure: str) -> int:
    people: int = getattr(cell, measure)
    return people
