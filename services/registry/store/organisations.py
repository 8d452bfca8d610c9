"""Organisations in the database."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.registry.models.organisations import OrganisationAnswer, OrganisationFilter
from shared.postgres.lists import Asked, ListQuery, search_words
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "organisations.sql")

LIST = ListQuery(
    __file__,
    "organisations.sql",
    "organisations_listed",
    sorts={"name": "o.sort_name", "registered_at": "o.registered_at"},
    key="o.organisation_id",
)


async def add_organisations(connection: Any, organisations: Sequence[OrganisationAnswer]) -> None:
    """Insert organisations."""
    await queries.add_organisations(connection, rows=_rows(organisations))


async def save(connection: Any, organisations: Sequence[OrganisationAnswer]) -> None:
    """Write organisations' states; their rows are locked."""
    await queries.save_organisations(connection, rows=_rows(organisations))


def _rows(organisations: Sequence[OrganisationAnswer]) -> list[dict[str, Any]]:
    return [organisation.model_dump(mode="json", exclude={"sort_name"}) for organisation in organisations]


async def organisation(connection: Any, organisation_id: UUID, *, lock: bool = False) -> OrganisationAnswer | None:
    """One organisation; `lock` holds it until commit."""
    read = queries.organisation_for_update if lock else queries.organisation_by_id
    row = await read(connection, organisation_id=organisation_id)
    return None if row is None else OrganisationAnswer(**row)


async def locked(connection: Any, organisation_ids: Iterable[UUID]) -> dict[UUID, OrganisationAnswer]:
    """Organisations, locked until commit; those that are not there are missing."""
    rows = await queries.organisations_for_update(connection, organisation_ids=sorted(set(organisation_ids)))
    return {row["organisation_id"]: OrganisationAnswer(**row) for row in rows}


async def state_authority(connection: Any, name: str) -> OrganisationAnswer | None:
    """The state authority of this name, locked."""
    row = await queries.state_authority(connection, name=name)
    return None if row is None else OrganisationAnswer(**row)


async def umbrellas_above(connection: Any, umbrella_id: UUID, at_most: int) -> Sequence[UUID]:
    """A verified association and those above it, nearest first; empty when it is none."""
    rows = await queries.umbrellas_above(connection, umbrella_id=umbrella_id, at_most=at_most)
    return [row["organisation_id"] for row in rows]


async def keep_unchanged(connection: Any, organisation_ids: Iterable[UUID]) -> None:
    """Keep these organisations from changing until commit."""
    await queries.lock_organisations(connection, organisation_ids=sorted(organisation_ids))


async def organisations(
    connection: Any, asked: Asked, narrowed: OrganisationFilter, own: Iterable[UUID] | None
) -> list[OrganisationAnswer]:
    """A stretch of the list: the verified and `own`; None: all."""
    found = await LIST.fetch(
        connection,
        asked,
        own=None if own is None else list(own),
        status=narrowed.status,
        kind=narrowed.kind,
        district=narrowed.district,
        umbrella_id=narrowed.umbrella_id,
        legal_profile=narrowed.legal_profile,
        words=None if narrowed.words is None else search_words(narrowed.words),
    )
    return [OrganisationAnswer(**row) for row in found]


async def organisation_names(connection: Any, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by id."""
    rows = await queries.organisation_names(connection, organisation_ids=list(ids))
    return {row["organisation_id"]: row["name"] for row in rows}


async def verified_among(connection: Any, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these organisations are verified now."""
    rows = await queries.verified_among(connection, organisation_ids=list(ids))
    return {row["organisation_id"] for row in rows}


async def has_contacts_in(connection: Any, organisation_id: UUID, districts: Iterable[str]) -> bool:
    """Whether contacts of an organisation are published for one of these districts."""
    return bool(await queries.has_contacts_in(connection, organisation_id=organisation_id, districts=sorted(districts)))
