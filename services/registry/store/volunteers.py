"""Volunteers and their addresses in the database."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.ages import Ages
from services.registry.models.volunteers import (
    RegisterVolunteer,
    StoredVolunteer,
    VolunteerContact,
    VolunteerStatus,
)
from shared.contracts.registry import Volunteer
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "volunteers.sql")


_PUBLISHED = frozenset(Volunteer.model_fields)


def _volunteer(row: Any) -> StoredVolunteer | None:
    if row is None:
        return None
    state = {name: value for name, value in row.items() if name in _PUBLISHED}
    state["registered_at"] = row["registered_at"] or row["requested_at"]
    return StoredVolunteer(
        published=Volunteer.model_validate(state),
        status=VolunteerStatus(row["status"]),
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        reaches_16_on=row["reaches_16_on"],
        reaches_18_on=row["reaches_18_on"],
    )


async def claim_address(
    connection: Any, volunteer_id: UUID, name: str, mail: str, mail_hash: bytes, language: str
) -> bool:
    """Write the address of a new volunteer; False when somebody has it already."""
    claimed = await queries.add_volunteer_contact(
        connection, volunteer_id=volunteer_id, name=name, mail=mail, mail_hash=mail_hash, language=language
    )
    return claimed is not None


async def volunteer_of_mail(connection: Any, mail_hash: bytes) -> tuple[UUID, VolunteerStatus] | None:
    """Whose address this is, and whether it is confirmed."""
    row = await queries.volunteer_of_mail(connection, mail_hash=mail_hash)
    return None if row is None else (row["volunteer_id"], VolunteerStatus(row["status"]))


async def add_volunteer(
    connection: Any,
    volunteer_id: UUID,
    told: RegisterVolunteer,
    *,
    district: str,
    ages: Ages,
    requested_at: datetime,
    expires_at: datetime,
) -> None:
    """Insert a volunteer who has yet to confirm."""
    plain = told.model_dump(mode="json", include={"languages", "availability", "travel"})
    await queries.add_volunteer(
        connection,
        volunteer_id=volunteer_id,
        languages=plain["languages"],
        skills=sorted(set(told.skills)),
        wishes=sorted(set(told.wishes)),
        availability=plain["availability"],
        reach_km=told.reach_km,
        travel=sorted(set(plain["travel"])),
        postal_code=told.postal_code,
        district=district,
        age_reached=ages.reached,
        reaches_16_on=ages.reaches_16_on,
        reaches_18_on=ages.reaches_18_on,
        requested_at=requested_at,
        expires_at=expires_at,
    )


async def volunteer(connection: Any, volunteer_id: UUID, *, lock: bool = False) -> StoredVolunteer | None:
    """One volunteer; `lock` holds the row until commit."""
    read = queries.volunteer_for_update if lock else queries.volunteer_by_id
    return _volunteer(await read(connection, volunteer_id=volunteer_id))


async def await_confirmation(connection: Any, volunteer_id: UUID, expires_at: datetime) -> None:
    """Keep an unconfirmed volunteer until then."""
    await queries.await_confirmation(connection, volunteer_id=volunteer_id, expires_at=expires_at)


async def confirm(connection: Any, volunteer_id: UUID, now: datetime) -> None:
    """The address is confirmed."""
    await queries.confirm_volunteer(connection, volunteer_id=volunteer_id, now=now)


async def save(connection: Any, state: Volunteer, ages: Ages) -> None:
    """Write the published state and the thresholds still to come."""
    plain = state.model_dump(mode="json")
    await queries.save_volunteer(
        connection,
        **{
            name: plain[name]
            for name in (
                "version",
                "languages",
                "skills",
                "wishes",
                "availability",
                "absences",
                "reach_km",
                "travel",
                "postal_code",
                "district",
                "paused",
            )
        },
        volunteer_id=state.volunteer_id,
        age_reached=ages.reached,
        reaches_16_on=ages.reaches_16_on,
        reaches_18_on=ages.reaches_18_on,
    )


async def contact(connection: Any, volunteer_id: UUID) -> VolunteerContact | None:
    """How a volunteer is reached."""
    row = await queries.volunteer_contact(connection, volunteer_id=volunteer_id)
    return None if row is None else VolunteerContact(**row)


async def save_contact(connection: Any, volunteer_id: UUID, name: str, language: str) -> VolunteerContact:
    """Write name and language; the new version."""
    return VolunteerContact(
        **await queries.save_volunteer_contact(connection, volunteer_id=volunteer_id, name=name, language=language)
    )


async def expired(connection: Any, now: datetime, rows: int) -> list[UUID]:
    """Volunteers who did not confirm in time, locked."""
    return [row["volunteer_id"] for row in await queries.unconfirmed_expired(connection, now=now, rows=rows)]


async def at_a_threshold(connection: Any, today: date, rows: int) -> Sequence[StoredVolunteer]:
    """Volunteers who have reached a threshold of age, locked."""
    found = await queries.volunteers_at_a_threshold(connection, today=today, rows=rows)
    return [volunteer for row in found if (volunteer := _volunteer(row)) is not None]


async def remove(connection: Any, volunteer_id: UUID) -> int:
    """Forget a volunteer with consents and sign-ins, not the address; how many rows went."""
    return int(await queries.remove_volunteer(connection, volunteer_id=volunteer_id))


async def keep_contact_for_receipt(connection: Any, volunteer_id: UUID) -> None:
    """The address stays for the receipt only."""
    await queries.keep_contact_for_receipt(connection, volunteer_id=volunteer_id)


async def remove_contact(connection: Any, volunteer_id: UUID) -> int:
    """Forget an address; how many rows went."""
    return int(await queries.remove_volunteer_contact(connection, volunteer_id=volunteer_id))
