"""Restrictions of processing (Art. 18 DSGVO) in the database.

While one lasts, the person's data is stored and nothing else: whoever shows it to an organisation, chooses recipients of
a campaign, or merges, asks here first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.models.requests import Restriction, RestrictionGround
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "restrictions.sql")


async def is_restricted(connection: Any, subject_id: UUID) -> bool:
    """Is the data of a person only to be stored?"""
    return bool(await queries.is_restricted(connection, subject_id=subject_id))


async def restricted_among(connection: Any, subject_ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these persons those whose data is only to be stored."""
    rows = await queries.restricted_among(connection, subject_ids=list(subject_ids))
    return frozenset(row["subject_id"] for row in rows)


async def restriction_of(connection: Any, subject_id: UUID) -> Restriction | None:
    """The restriction of a person."""
    return _restriction(await queries.restriction_of(connection, subject_id=subject_id))


@dataclass(frozen=True)
class PublishedContact:
    """An entry of somebody in the directory of contacts."""

    contact_id: UUID
    organisation_id: UUID
    district: str
    capacity: int


async def contacts_of(connection: Any, subject_id: UUID) -> list[PublishedContact]:
    """As which staff contacts somebody is published."""
    return [
        PublishedContact(**dict(row)) for row in await queries.contacts_of_member(connection, subject_id=subject_id)
    ]


async def begin(connection: Any, restriction: Restriction) -> bool:
    """Restrict; False when it was so already."""
    begun = await queries.begin_restriction(
        connection,
        subject_id=restriction.subject_id,
        request_id=restriction.request_id,
        ground=restriction.ground.value,
        since=restriction.since,
    )
    return begun is not None


async def announce_end(connection: Any, subject_id: UUID, ends_on: date) -> bool:
    """Note the day on which it ends; False when there is no restriction."""
    found = await queries.announce_end_of_restriction(connection, subject_id=subject_id, ends_on=ends_on)
    return found is not None


async def ending(connection: Any, today: date, rows: int) -> list[UUID]:
    """Whose restriction has come to its day."""
    return [row["subject_id"] for row in await queries.restrictions_ending(connection, today=today, rows=rows)]


async def end(connection: Any, subject_id: UUID) -> Restriction | None:
    """Lift the restriction; what it was, None when there was none."""
    return _restriction(await queries.end_restriction(connection, subject_id=subject_id))


def _restriction(row: Any) -> Restriction | None:
    if row is None:
        return None
    return Restriction(
        subject_id=row["subject_id"],
        request_id=row["request_id"],
        ground=RestrictionGround(row["ground"]),
        since=row["since"],
        ends_on=row["ends_on"],
    )
