"""Likely duplicates in the database: keys on write, pairs that share them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.ages import Ages
from services.registry.models.duplicates import (
    Compared,
    ComparedAnswer,
    Duplicate,
    DuplicateStatus,
    LikelyBecause,
)
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries
from shared.runtime.ids import new_id

queries: Any = load_queries(__file__, "duplicates.sql")
_LISTED = ListQuery(__file__, "duplicates.sql", "duplicates_listed", sorts={"duplicate_id": None}, key="d.duplicate_id")

Pair = tuple[UUID, UUID]
Key = tuple[str, str]
Reach = Sequence[tuple[UUID, str]]
"""Pairs of organisation and district; None elsewhere means everywhere."""


async def take_checks(connection: Any, rows: int) -> list[UUID]:
    """Volunteers who are to be compared, each once."""
    taken = await queries.take_checks(connection, rows=rows)
    return sorted({row["volunteer_id"] for row in taken})


async def compared(connection: Any, volunteer_ids: Collection[UUID]) -> dict[UUID, Compared]:
    """What is compared of some volunteers; who is not announced, or gone, is left out."""
    rows = await queries.compared(connection, volunteer_ids=list(volunteer_ids))
    return {
        row["volunteer_id"]: Compared(
            row["volunteer_id"],
            row["name"],
            row["mail"],
            row["phone"],
            row["postal_code"],
            Ages(row["age_reached"], row["reaches_16_on"], row["reaches_18_on"]),
        )
        for row in rows
    }


async def save_keys(connection: Any, keys: Mapping[UUID, Iterable[Key]], checked: Collection[UUID]) -> None:
    """The keys of those who were looked at."""
    flat = [(kind, key, volunteer_id) for volunteer_id, each in keys.items() for kind, key in sorted(each)]
    await queries.remove_keys(connection, volunteer_ids=list(checked))
    await queries.add_keys(
        connection,
        kinds=[kind for kind, _, _ in flat],
        keys=[key for _, key, _ in flat],
        volunteer_ids=[volunteer_id for _, _, volunteer_id in flat],
    )


async def sharing(connection: Any, volunteer_ids: Collection[UUID], at_most: int) -> dict[Pair, set[Key]]:
    """The pairs, in the order of their ids, of which one is among these, with the keys that they share."""
    rows = await queries.sharing_keys(connection, volunteer_ids=list(volunteer_ids), at_most=at_most)
    pairs: dict[Pair, set[Key]] = defaultdict(set)
    for row in rows:
        pairs[ordered(row["volunteer_id"], row["other_id"])].add((row["kind"], row["key"]))
    return pairs


def ordered(one: UUID, other: UUID) -> Pair:
    """A pair as it is stored."""
    return (one, other) if one < other else (other, one)


async def save_found(
    connection: Any, found: Mapping[Pair, Sequence[LikelyBecause]], checked: Collection[UUID], now: datetime
) -> None:
    """Write the pairs that were found, and forget those of the checked that were not found again."""
    pairs = sorted(found)
    await queries.drop_duplicates(
        connection,
        volunteer_ids=list(checked),
        first_ids=[first for first, _ in pairs],
        second_ids=[second for _, second in pairs],
    )
    await queries.save_duplicates(
        connection,
        duplicate_ids=[new_id() for _ in pairs],
        first_ids=[first for first, _ in pairs],
        second_ids=[second for _, second in pairs],
        reasons=[" ".join(found[pair]) for pair in pairs],
        now=now,
    )


async def duplicates(
    connection: Any, asked: Asked, reach: Reach | None, status: DuplicateStatus, reason: LikelyBecause | None
) -> list[Duplicate]:
    """A stretch of the pairs within reach (None: everywhere)."""
    rows = await _LISTED.fetch(
        connection,
        asked,
        organisation_ids=None if reach is None else [organisation_id for organisation_id, _ in reach],
        districts=None if reach is None else [district for _, district in reach],
        status=status.value,
        reason=reason.value if reason else None,
    )
    return [_duplicate(row) for row in rows]


async def duplicate(connection: Any, duplicate_id: UUID, *, lock: bool = False) -> Duplicate | None:
    """One pair; `lock` holds it until commit."""
    read = queries.duplicate_for_update if lock else queries.duplicate_by_id
    row = await read(connection, duplicate_id=duplicate_id)
    return None if row is None else _duplicate(row)


async def duplicate_of(connection: Any, pair: Pair) -> Duplicate | None:
    """What is known of a pair."""
    row = await queries.duplicate_of_pair(connection, first_id=pair[0], second_id=pair[1])
    return None if row is None else _duplicate(row)


def _duplicate(row: Any) -> Duplicate:
    return Duplicate(
        row["duplicate_id"],
        row["version"],
        row["first_id"],
        row["second_id"],
        tuple(LikelyBecause(reason) for reason in row["reasons"]),
        DuplicateStatus(row["status"]),
        row["found_at"],
    )


async def state(connection: Any, pair: Pair, now: datetime) -> Duplicate:
    """Somebody says that these two are one person."""
    return _duplicate(
        await queries.state_duplicate(connection, duplicate_id=new_id(), first_id=pair[0], second_id=pair[1], now=now)
    )


async def dismiss(connection: Any, pair: Pair, now: datetime) -> None:
    """Somebody has looked: they are two persons."""
    await queries.dismiss_duplicate(connection, duplicate_id=new_id(), first_id=pair[0], second_id=pair[1], now=now)


async def organisation_of_both(connection: Any, pair: Pair, reach: Reach) -> UUID | None:
    """An organisation that may see both in its districts."""
    found: UUID | None = await queries.organisation_that_reaches_both(
        connection,
        organisation_ids=[organisation_id for organisation_id, _ in reach],
        districts=[district for _, district in reach],
        first_id=pair[0],
        second_id=pair[1],
    )
    return found


async def side_by_side(connection: Any, pair: Pair, organisation_id: UUID | None) -> list[ComparedAnswer]:
    """Both, as an organisation may see them; None: as the privacy officer does."""
    rows = await queries.side_by_side(connection, volunteer_ids=list(pair), organisation_id=organisation_id)
    return [ComparedAnswer(**row) for row in rows]


async def forget_checks(connection: Any, volunteer_id: UUID) -> int:
    """Forget that somebody was to be compared; how many rows."""
    return int(await queries.forget_checks(connection, volunteer_id=volunteer_id))
