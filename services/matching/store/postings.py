"""What the postings say about how good volunteers and offers could be for each other at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.matching.models.places import Box, Point
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "postings.sql")


@dataclass(frozen=True, slots=True)
class Bound:
    """Somebody or something posted, and how many millionths the score is at most."""

    posted_id: UUID
    millionths: int

    @property
    def order(self) -> tuple[int, UUID]:
        """The best first, and of equal ones the lowest id."""
        return (-self.millionths, self.posted_id)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some terms looked at from one distance to another, in kilometres, both ends included.

    `share` of everybody stands under them; only volunteers of some `kinds` are looked at.
    """

    terms: tuple[int, ...]
    since: float
    until: float
    share: float
    kinds: Sequence[int]


@dataclass(frozen=True, slots=True)
class Looked:
    """The best of what was looked at, and how far each of the stretches was looked at, in kilometres.

    `is_cut`: there are more, after the last of these.
    """

    bounds: list[Bound]
    until: list[float]
    is_cut: bool = False


async def words_posted(
    connection: Any, terms: Sequence[int], words: Sequence[tuple[str, str]]
) -> tuple[dict[int, float], dict[tuple[str, str], int]]:
    """How common the common ones of some terms are, and which bits words (kind, word) stand for."""
    rows = await queries.words_posted(
        connection, terms=list(terms), kinds=[kind for kind, _ in words], words=[word for _, word in words]
    )
    shares = {row["term"]: row["share"] for row in rows if row["term"] is not None}
    return shares, {(row["kind"], row["word"]): row["number"] for row in rows if row["word"] is not None}


async def posted_volunteers(
    connection: Any,
    point: Point,
    box: Box,
    stretches: Sequence[Stretch],
    parameters: Mapping[str, Any],
    *,
    bound_at_least: int,
    without: Sequence[UUID],
    at_most: int,
    people_at_most: float,
    tellable: bool = False,
) -> Looked:
    """Volunteers around a point, best bound first, then by id; of each stretch about so many people, the nearest.

    `tellable`: only those who consent to being told of suggestions.
    """
    # Whoever stands under several terms is told several times.
    told_at_most = at_most * len({term for stretch in stretches for term in stretch.terms})
    rows = await queries.posted_volunteers(
        connection,
        latitude=point.latitude,
        longitude=point.longitude,
        south=box.south,
        north=box.north,
        west=box.west,
        east=box.east,
        terms=[term for stretch in stretches for term in stretch.terms],
        walks=[number for number, stretch in enumerate(stretches, 1) for _ in stretch.terms],
        since=[stretch.since for stretch in stretches],
        until=[stretch.until for stretch in stretches],
        shares=[stretch.share for stretch in stretches],
        kinds=[sum(1 << kind for kind in stretch.kinds) for stretch in stretches],
        bound_at_least=bound_at_least,
        without=list(without),
        at_most=told_at_most,
        people_at_most=people_at_most,
        tellable=tellable,
        **parameters,
    )
    found = [Bound(row["volunteer_id"], row["bound"]) for row in rows if row["volunteer_id"] is not None]
    until = {row["bound"]: row["km"] for row in rows if row["volunteer_id"] is None}
    is_cut = len(found) >= told_at_most
    return Looked(list(dict.fromkeys(found)), [until[number] for number in range(1, len(stretches) + 1)], is_cut)


async def posted_offers(
    connection: Any,
    point: Point | None,
    box: Box | None,
    parameters: Mapping[str, Any],
    *,
    since: float,
    until: float,
    bound_at_least: int,
    without: Sequence[UUID],
    at_most: int,
    offers_at_most: float,
) -> Looked:
    """Offers around a point, or in the district when there is none, best bound first; about so many, the nearest."""
    rows = await queries.posted_offers(
        connection,
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
        south=box.south if box else None,
        north=box.north if box else None,
        west=box.west if box else None,
        east=box.east if box else None,
        since=since,
        until=until,
        bound_at_least=bound_at_least,
        without=list(without),
        at_most=at_most,
        offers_at_most=offers_at_most,
        **parameters,
    )
    found = [Bound(row["offer_id"], row["bound"]) for row in rows if row["offer_id"] is not None]
    return Looked(found, [row["km"] for row in rows if row["offer_id"] is None], len(found) >= at_most)


async def post_volunteers(connection: Any, volunteer_ids: Sequence[UUID]) -> None:
    """Bring the postings of some volunteers up to date, and touch no others."""
    await queries.post_volunteers(connection, volunteer_ids=list(volunteer_ids))


async def post_volunteers_of_places(connection: Any, postal_codes: Sequence[str]) -> None:
    """Bring the postings of everybody who lives in some places up to date."""
    await queries.post_volunteers_of_places(connection, postal_codes=list(postal_codes))


async def post_next_volunteers(connection: Any, after: UUID, at_most: int) -> tuple[int, UUID | None]:
    """Post the next volunteers in the order of their ids: how many, and the last of them (None at the end)."""
    rows = await queries.next_volunteers(connection, after=after, at_most=at_most)
    return await _post(connection, [row["volunteer_id"] for row in rows])


async def drop_next_left_behind(connection: Any, after: UUID, at_most: int) -> tuple[int, UUID | None]:
    """The same for those who are posted, be they known or not."""
    rows = await queries.next_standings(connection, after=after, at_most=at_most)
    return await _post(connection, [row["volunteer_id"] for row in rows])


async def post_next_offers(connection: Any, after: UUID, at_most: int) -> tuple[int, UUID | None]:
    """Post the next offers in the order of their ids: how many, and the last of them (None at the end)."""
    ids = [row["offer_id"] for row in await queries.next_offers(connection, after=after, at_most=at_most)]
    await queries.post_offers(connection, offer_ids=ids)
    return len(ids), ids[-1] if ids else None


async def _post(connection: Any, ids: Sequence[UUID]) -> tuple[int, UUID | None]:
    await queries.post_volunteers(connection, volunteer_ids=list(ids))
    return len(ids), ids[-1] if ids else None


async def post_offers_of_organisations(connection: Any, organisation_ids: Sequence[UUID]) -> None:
    """Bring the postings of the offers of some organisations up to date."""
    await queries.post_offers_of_organisations(connection, organisation_ids=list(organisation_ids))


async def count_postings(connection: Any) -> None:
    """Look how common terms are and how many are where: only speed depends on it."""
    await queries.count_postings(connection)
