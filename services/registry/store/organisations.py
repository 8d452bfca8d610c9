"""Organisations in the database."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.organisations import OrganisationAnswer
from shared.contracts.vocabulary import OrganisationStatus
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "organisations.sql")


async def add_organisation(connection: Any, organisation: OrganisationAnswer, registered_at: datetime) -> None:
    """Insert an organisation."""
    await queries.add_organisation(
        connection,
        **organisation.model_dump(exclude={"districts"}),
        districts=list(organisation.districts),
        registered_at=registered_at,
    )


async def organisation(connection: Any, organisation_id: UUID, *, lock: bool = False) -> OrganisationAnswer | None:
    """One organisation; `lock` holds it until commit."""
    read = queries.organisation_for_update if lock else queries.organisation_by_id
    row = await read(connection, organisation_id=organisation_id)
    return None if row is None else OrganisationAnswer(**row)


async def state_authority(connection: Any, name: str) -> OrganisationAnswer | None:
    """The state authority of this name, locked."""
    row = await queries.state_authority(connection, name=name)
    return None if row is None else OrganisationAnswer(**row)


async def set_status(connection: Any, organisation_id: UUID, status: OrganisationStatus, version: int) -> None:
    """Write an organisation's status."""
    await queries.set_organisation_status(
        connection, organisation_id=organisation_id, status=status.value, version=version
    )


async def organisations(
    connection: Any,
    *,
    after: UUID | None,
    rows: int,
    status: OrganisationStatus | None,
    district: str | None,
    sees_all: bool,
    own: Iterable[UUID],
) -> list[OrganisationAnswer]:
    """A page of organisations in the order of their ids."""
    found = await queries.organisations_after(
        connection,
        after=after,
        rows=rows,
        status=status.value if status else None,
        district=district,
        sees_all=sees_all,
        own=list(own),
    )
    return [OrganisationAnswer(**row) for row in found]


async def organisation_names(connection: Any, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by id."""
    rows = await queries.organisation_names(connection, organisation_ids=list(ids))
    return {row["organisation_id"]: row["name"] for row in rows}
