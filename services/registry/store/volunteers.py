"""Volunteers in the database."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.ages import Ages
from services.registry.models.volunteers import Profile, StoredVolunteer, VolunteerStatus
from services.registry.store.volunteer_contacts import (
    contact,
    keep_contact_for_receipt,
    remove_contact,
    volunteer_of_mail,
)
from shared.contracts.registry import Volunteer
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

__all__ = ["contact", "keep_contact_for_receipt", "remove_contact", "volunteer_of_mail"]
"""How they are reached stands in a module of its own; whoever needs both finds it here, too."""

queries: Any = load_queries(__file__, "volunteers.sql")

LIST = ListQuery(
    __file__, "volunteers.sql", "volunteers_listed", sorts={"registered_at": "v.registered_at"}, key="v.volunteer_id"
)

_PUBLISHED = frozenset(Volunteer.model_fields)
_KEPT_AS_TOLD = ("languages", "skills", "wishes", "availability", "absences", "reach_km", "travel")


def volunteer_of_row(row: Any) -> StoredVolunteer:
    """A volunteer as a whole row of the table tells of them."""
    state = {name: value for name, value in row.items() if name in _PUBLISHED}
    state["registered_at"] = row["registered_at"] or row["requested_at"]
    # Whoever waits for their guardian, or whose data may only be stored, is not to be found.
    state["paused"] = row["paused"] or row["guardian_awaited"] or row["restricted"]
    return StoredVolunteer(
        published=Volunteer.model_validate(state),
        status=VolunteerStatus(row["status"]),
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        reaches_16_on=row["reaches_16_on"],
        reaches_18_on=row["reaches_18_on"],
        guardian_awaited=row["guardian_awaited"],
        paused=row["paused"],
        paused_until=row["paused_until"],
        skills_free=tuple(row["skills_free"]),
        undertaking_version=row["undertaking_version"],
        registered_by=row["registered_by"],
        restricted=row["restricted"],
        moved_at=row["moved_at"],
    )


async def add_volunteer(
    connection: Any,
    volunteer_id: UUID,
    told: Profile,
    *,
    skills: Sequence[str],
    skills_free: Sequence[str],
    district: str,
    ages: Ages,
    guardian_awaited: bool,
    requested_at: datetime,
    expires_at: datetime,
    registered_by: UUID | None = None,
) -> None:
    """Insert a volunteer who has yet to be confirmed."""
    plain = told.model_dump(mode="json", include={"languages", "availability", "travel"})
    await queries.add_volunteer(
        connection,
        volunteer_id=volunteer_id,
        languages=plain["languages"],
        skills=list(skills),
        skills_free=list(skills_free),
        wishes=sorted(set(told.wishes)),
        availability=plain["availability"],
        reach_km=told.reach_km,
        travel=sorted(set(plain["travel"])),
        postal_code=told.postal_code,
        district=district,
        age_reached=ages.reached,
        reaches_16_on=ages.reaches_16_on,
        reaches_18_on=ages.reaches_18_on,
        guardian_awaited=guardian_awaited,
        registered_by=registered_by,
        requested_at=requested_at,
        expires_at=expires_at,
    )


async def volunteer(connection: Any, volunteer_id: UUID, *, lock: bool = False) -> StoredVolunteer | None:
    """One volunteer; `lock` holds the row until commit."""
    read = queries.volunteer_for_update if lock else queries.volunteer_by_id
    row = await read(connection, volunteer_id=volunteer_id)
    return None if row is None else volunteer_of_row(row)


async def some_locked(connection: Any, volunteer_ids: Sequence[UUID]) -> list[StoredVolunteer]:
    """These volunteers, as far as they are there, in the order of their ids, locked until commit."""
    rows = await queries.volunteers_for_update(connection, volunteer_ids=list(volunteer_ids))
    return [volunteer_of_row(row) for row in rows]


async def free_skills_after(connection: Any, after: UUID, rows: int) -> list[tuple[UUID, tuple[str, ...]]]:
    """What the next volunteers, in the order of their ids, told in their own words."""
    found = await queries.free_skills_after(connection, after=after, rows=rows)
    return [(row["volunteer_id"], tuple(row["skills_free"])) for row in found]


async def await_confirmation(connection: Any, volunteer_id: UUID, expires_at: datetime) -> None:
    """Keep an unconfirmed volunteer until then."""
    await queries.await_confirmation(connection, volunteer_id=volunteer_id, expires_at=expires_at)


async def confirm(connection: Any, volunteer_id: UUID, now: datetime) -> None:
    """The volunteer is announced."""
    await queries.confirm_volunteer(connection, volunteer_id=volunteer_id, now=now)


async def await_guardian(connection: Any, volunteer_id: UUID, expires_at: datetime) -> None:
    """Keep a volunteer under 16 until then."""
    await queries.await_guardian(connection, volunteer_id=volunteer_id, expires_at=expires_at)


async def save(connection: Any, stored: StoredVolunteer) -> None:
    """Write what a volunteer told, and what follows from it."""
    plain = stored.published.model_dump(mode="json")
    await queries.save_volunteer(
        connection,
        **{name: plain[name] for name in ("version", "postal_code", "district", "undertaking_valid", *_KEPT_AS_TOLD)},
        volunteer_id=stored.published.volunteer_id,
        moved_at=stored.moved_at,
        skills_free=list(stored.skills_free),
        age_reached=stored.published.age_reached,
        reaches_16_on=stored.reaches_16_on,
        reaches_18_on=stored.reaches_18_on,
        guardian_awaited=stored.guardian_awaited,
        paused=stored.paused,
        paused_until=stored.paused_until,
        undertaking_version=stored.undertaking_version,
    )


async def expired(connection: Any, now: datetime, rows: int) -> list[UUID]:
    """Volunteers who were not confirmed in time, locked."""
    return [row["volunteer_id"] for row in await queries.unconfirmed_expired(connection, now=now, rows=rows)]


async def at_a_threshold(connection: Any, today: date, rows: int) -> Sequence[StoredVolunteer]:
    """Volunteers who have reached a threshold of age, locked."""
    found = await queries.volunteers_at_a_threshold(connection, today=today, rows=rows)
    return [volunteer_of_row(row) for row in found]


async def returning(connection: Any, today: date, rows: int) -> Sequence[StoredVolunteer]:
    """Volunteers whose pause is over, locked."""
    found = await queries.volunteers_returning(connection, today=today, rows=rows)
    return [volunteer_of_row(row) for row in found]


async def listed(
    connection: Any, asked: Asked, reach: Sequence[tuple[UUID, str]], **filters: Any
) -> list[dict[str, Any]]:
    """The volunteers whom these (organisation, district) may see; an empty district is every one."""
    rows = await LIST.fetch(
        connection,
        asked,
        organisation_ids=sorted({organisation_id for organisation_id, _ in reach}),
        reach_organisations=[organisation_id for organisation_id, _ in reach],
        reach_districts=[district for _, district in reach],
        **filters,
    )
    return [dict(row) for row in rows]


async def dealings(connection: Any, volunteer_id: UUID) -> list[tuple[UUID, str]]:
    """With which organisation a volunteer dealt, in which district."""
    rows = await queries.dealings_in_districts(connection, volunteer_id=volunteer_id)
    return [(row["organisation_id"], row["district"]) for row in rows]


async def remove(connection: Any, volunteer_id: UUID) -> int:
    """Forget a volunteer with everything that hangs on them, not the address; how many rows went."""
    return int(await queries.remove_volunteer(connection, volunteer_id=volunteer_id))
