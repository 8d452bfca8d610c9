"""Who is best, exactly: the database says in bounds whom to look at, the rules say what they are worth.

The search asks for the best bounds around, looks at those people in full, and stops when nobody who was not looked at can be
among the best: so the list is the same as if everybody had been weighed. A first look at the nearest places finds a score
that has to be beaten; with it the second look knows how far it has to go, and passes over nearly everybody.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Generic, TypeVar
from uuid import UUID

from services.matching.models.places import Point
from services.matching.rules.bounds import RARE, hash_of
from services.matching.rules.distance import box_around
from services.matching.rules.offer_bounds import OfferSearch
from services.matching.rules.volunteer_bounds import EVERY_KIND, VolunteerSearch
from services.matching.store import postings as store
from services.matching.store.postings import Bound, Looked, Stretch

Thing = TypeVar("Thing")

Look = Callable[..., Awaitable[Looked]]

FIRST_KM = 25.0
FIRST_PEOPLE = 300
"""About so many people of each walk are looked at first, the nearest ones: what has to be beaten is mostly known then."""
SPARE = 6
"""So many more than are asked for are looked at first: some may turn out to lack something that postings do not say."""


@dataclass(frozen=True, slots=True)
class Weighed(Generic[Thing]):
    """Something that was looked at in full, with its score in millionths."""

    posted_id: UUID
    millionths: int
    thing: Thing

    @property
    def order(self) -> tuple[int, UUID]:
        return (-self.millionths, self.posted_id)


@dataclass(slots=True)
class Best(Generic[Thing]):
    """The best so far of those that were looked at in full. `weigh` leaves out whoever does not fit."""

    limit: int
    weigh: Callable[[Sequence[UUID]], Awaitable[list[Weighed[Thing]]]]
    found: list[Weighed[Thing]] = field(default_factory=list)
    seen: set[UUID] = field(default_factory=set)

    async def look_at_the_best(self, bounds: Iterable[Bound]) -> None:
        """Look in full at those, in the order of their bounds, that nobody looked at yet and who may belong to the list."""
        new = [bound for bound in bounds if bound.posted_id not in self.seen]
        for first in range(0, len(new), self.limit + SPARE):
            some = [bound.posted_id for bound in new[first : first + self.limit + SPARE] if self.is_beaten_by(bound)]
            if not some:
                return
            self.seen.update(some)
            self.found = sorted((*self.found, *await self.weigh(some)), key=lambda each: each.order)

    @property
    def last(self) -> Weighed[Thing] | None:
        """The worst of the list; None while it is not full."""
        return self.found[self.limit - 1] if len(self.found) >= self.limit else None

    def is_beaten_by(self, bound: Bound) -> bool:
        """Whether somebody with this bound, or after it in the same order, could still belong to the list."""
        last = self.last
        return last is None or bound.order < last.order

    @property
    def to_beat(self) -> int:
        """Whoever has fewer millionths does not belong to the list."""
        return self.last.millionths if self.last else 0


async def best_volunteers(
    connection: Any,
    search: VolunteerSearch,
    point: Point,
    radius_km: float,
    best: Best[Thing],
    without: Sequence[UUID],
    *,
    tellable: bool = False,
) -> list[Weighed[Thing]]:
    """The best volunteers around a place, exactly; nobody of `without`. `tellable`: of those who consent to being told."""

    async def look(at_least: int, since: Sequence[float], at_most: int, people_at_most: float) -> Looked:
        is_first = people_at_most < inf
        stretches = [
            Stretch(tuple(hash_of(word) for word in walk.words), nearest, until, walk.share, kinds)
            for walk, begin in zip(search.walks, since, strict=True)
            for nearest, until, kinds in (
                [(begin, radius_km, EVERY_KIND)] if is_first else search.rings(walk, at_least, begin, radius_km)
            )
        ]
        if not stretches:
            return Looked([], [])
        farthest = min(max(stretch.until for stretch in stretches), FIRST_KM if is_first else radius_km)
        return await store.posted_volunteers(
            connection,
            point,
            box_around(point, max(0.001, farthest)),
            stretches,
            search.parameters,
            bound_at_least=at_least,
            without=without,
            at_most=at_most,
            people_at_most=people_at_most,
            tellable=tellable,
        )

    return await _search(best, look, len(search.walks), is_rare=search.walks[0].share < RARE)


async def _search(best: Best[Thing], look: Look, number_of_walks: int, is_rare: bool) -> list[Weighed[Thing]]:
    beginning = [0.0] * number_of_walks
    at_most = best.limit + SPARE
    first, since, to_beat = Looked([], beginning), beginning, 0
    if not (is_rare and number_of_walks == 1):
        first = await look(0, beginning, at_most, FIRST_PEOPLE)
        since = [min(until, FIRST_KM) for until in first.until]
        if len(first.bounds) >= best.limit:
            to_beat = first.bounds[best.limit - 1].millionths
    while True:
        rest = await look(to_beat, since, at_most, inf)
        told = sorted({*first.bounds, *rest.bounds}, key=lambda bound: bound.order)
        # Who is not told comes after the last one that is, or has less than what is to beat.
        cuts = [some.bounds[-1] for some in (first, rest) if some.is_cut]
        end = min(cuts, key=lambda bound: bound.order, default=None)
        await best.look_at_the_best(bound for bound in told if end is None or bound.order <= end.order)
        is_cut = end is not None and best.is_beaten_by(end)
        if not is_cut and best.to_beat >= to_beat:
            return best.found[: best.limit]
        # Some turned out to be worth less than the postings said: look again, at more and from the beginning.
        first, since, at_most = Looked([], beginning), beginning, 4 * at_most
        to_beat = min(to_beat, best.to_beat)


async def best_offers(
    connection: Any,
    search: OfferSearch,
    point: Point | None,
    radius_km: float,
    best: Best[Thing],
    without: Sequence[UUID],
) -> list[Weighed[Thing]]:
    """The best offers around a place, exactly; without a place: of the volunteer's district."""

    async def look(at_least: int, since: Sequence[float], at_most: int, offers_at_most: float) -> Looked:
        until = min(radius_km, search.reach(at_least))
        around = min(max(0.001, until), FIRST_KM) if offers_at_most < inf else max(0.001, until)
        return await store.posted_offers(
            connection,
            point,
            box_around(point, around) if point else None,
            search.parameters,
            since=since[0],
            until=until,
            bound_at_least=at_least,
            without=without,
            at_most=at_most,
            offers_at_most=offers_at_most,
        )

    return await _search(best, look, 1, is_rare=point is None)
