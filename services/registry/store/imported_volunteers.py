"""Volunteers whom associations tell of, many at a time, in the database.

Every function takes rows as JSON-ready mappings and needs one statement, however many there are.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.places import NamedDistrict
from services.registry.models.volunteers import StoredVolunteer
from services.registry.store.volunteers import volunteer_of_row
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "imported_volunteers.sql")

Rows = Sequence[Mapping[str, Any]]


async def districts_of(connection: Any, postal_codes: Sequence[str]) -> dict[str, list[NamedDistrict]]:
    """The districts in which these postal codes may lie; unknown codes are missing."""
    rows = await queries.places_with_districts(connection, postal_codes=list(postal_codes))
    return {row["postal_code"]: [NamedDistrict(**each) for each in row["districts"]] for row in rows}


async def owners_of_mails(connection: Any, mail_hashes: Sequence[bytes]) -> dict[bytes, UUID]:
    """The volunteers who have proved that these addresses are theirs."""
    rows = await queries.owners_of_mails(connection, mail_hashes=list(mail_hashes))
    return {row["mail_hash"]: row["volunteer_id"] for row in rows}


async def add_contacts(connection: Any, rows: Rows) -> None:
    """Insert addresses that nobody has proved yet."""
    await queries.add_imported_contacts(connection, rows=rows)


async def add(connection: Any, rows: Rows, *, recorded_by: UUID, organisation_id: UUID, now: datetime) -> None:
    """Insert confirmed volunteers, and that they consented to the processing."""
    await queries.add_imported_volunteers(
        connection, rows=rows, recorded_by=recorded_by, organisation_id=organisation_id, now=now
    )


async def save_consent_proofs(connection: Any, rows: Rows, *, organisation_id: UUID, now: datetime) -> None:
    """Write what the association says of the consents; `now` is when the volunteers are told."""
    await queries.save_consent_proofs(connection, rows=rows, organisation_id=organisation_id, now=now)


async def locked(connection: Any, volunteer_ids: Sequence[UUID]) -> dict[UUID, StoredVolunteer]:
    """Volunteers with their rows locked until commit."""
    rows = await queries.volunteers_for_update(connection, volunteer_ids=list(volunteer_ids))
    return {row["volunteer_id"]: volunteer_of_row(row) for row in rows}


async def contacts(connection: Any, volunteer_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """How volunteers are reached: rows with volunteer_id, version, name, mail, language; locked until commit."""
    rows = await queries.contacts_for_update(connection, volunteer_ids=list(volunteer_ids))
    return {row["volunteer_id"]: row for row in rows}


async def own_profiles(connection: Any, volunteer_ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these volunteers those whose profile is their own: no import writes into it or ends it."""
    rows = await queries.own_profiles(connection, volunteer_ids=list(volunteer_ids))
    return frozenset(row["volunteer_id"] for row in rows)


async def claim_address(connection: Any, volunteer_id: UUID) -> bool:
    """Somebody has proved the address of an imported volunteer; False when it is another volunteer's already."""
    return await queries.claim_address(connection, volunteer_id=volunteer_id) is not None


async def save(connection: Any, rows: Rows, now: datetime) -> None:
    """Write changed volunteers."""
    await queries.save_imported_volunteers(connection, rows=rows, now=now)


async def save_contacts(connection: Any, rows: Rows, now: datetime) -> None:
    """Write changed addresses."""
    await queries.save_imported_contacts(connection, rows=rows, now=now)
