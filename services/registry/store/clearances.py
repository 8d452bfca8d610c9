"""Clearances in the database, and what they need to know of placements."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.clearances import (
    Noted,
    OwnClearanceAnswer,
    Practice,
    Purpose,
    SetTerms,
    StoredClearance,
    Terms,
)
from shared.contracts.matching import Placement
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "clearances.sql")
LIST = ListQuery(
    __file__,
    "clearances.sql",
    "clearances_listed",
    sorts={"valid_until": "c.valid_until"},
    key="c.clearance_id",
)


def _clearance(row: Any) -> StoredClearance | None:
    return None if row is None else StoredClearance.of(row)


async def hold(connection: Any, volunteer_id: UUID) -> None:
    """Wait for whoever else is at the clearances of this volunteer."""
    await queries.hold_clearances(connection, volunteer_id=volunteer_id)


async def clearance(
    connection: Any, organisation_id: UUID, clearance_id: UUID, *, lock: bool = False
) -> StoredClearance | None:
    """One clearance that an organisation recorded; `lock` holds it until commit."""
    read = queries.clearance_for_update if lock else queries.clearance_by_id
    return _clearance(await read(connection, clearance_id=clearance_id, organisation_id=organisation_id))


async def of_purpose(
    connection: Any, volunteer_id: UUID, organisation_id: UUID, purpose: Purpose | StoredClearance
) -> StoredClearance | None:
    """The clearance of a volunteer for a purpose, locked."""
    row = await queries.clearance_of_purpose(
        connection,
        volunteer_id=volunteer_id,
        organisation_id=organisation_id,
        legal_basis=purpose.legal_basis.value,
        stated_basis=purpose.stated_basis,
        kind_of_activity=purpose.kind_of_activity,
    )
    return _clearance(row)


async def add(connection: Any, clearance: StoredClearance) -> None:
    """Insert a clearance."""
    await queries.add_clearance(connection, **_columns(clearance))


async def save(connection: Any, clearance: StoredClearance) -> None:
    """Write a clearance over what was there."""
    await queries.save_clearance(connection, **_columns(clearance))


def _columns(clearance: StoredClearance) -> dict[str, Any]:
    return {
        **asdict(clearance),
        "legal_basis": clearance.legal_basis.value,
        "notices_due": list(clearance.notices_due),
    }


async def remove(connection: Any, clearance_id: UUID) -> None:
    """Delete a clearance."""
    await queries.remove_clearance(connection, clearance_id=clearance_id)


async def set_aside(connection: Any, clearance_id: UUID, merge_id: UUID) -> None:
    """Keep a clearance that counts no more for the undoing of a merge."""
    await queries.set_clearance_aside(connection, clearance_id=clearance_id, merge_id=merge_id)


async def take_set_aside(connection: Any, merge_id: UUID) -> list[StoredClearance]:
    """What was set aside because of a merge; it is kept there no more."""
    rows = await queries.take_clearances_set_aside(connection, merge_id=merge_id)
    return [StoredClearance.of(row) for row in rows]


async def forget_set_aside(connection: Any, clearance: StoredClearance) -> None:
    """Keep nothing of what this clearance replaced."""
    await queries.forget_clearances_set_aside(
        connection,
        volunteer_id=clearance.volunteer_id,
        organisation_id=clearance.organisation_id,
        legal_basis=clearance.legal_basis.value,
        stated_basis=clearance.stated_basis,
        kind_of_activity=clearance.kind_of_activity,
    )


async def of_volunteer(connection: Any, volunteer_id: UUID) -> list[OwnClearanceAnswer]:
    """What organisations recorded of a volunteer: for themselves."""
    return [
        OwnClearanceAnswer(**row)
        for row in await queries.clearances_of_volunteer(connection, volunteer_id=volunteer_id)
    ]


async def to_settle(connection: Any, volunteer_id: UUID, organisation_id: UUID) -> list[StoredClearance]:
    """The clearances of a volunteer in an organisation, locked."""
    rows = await queries.clearances_to_settle(connection, volunteer_id=volunteer_id, organisation_id=organisation_id)
    return [StoredClearance.of(row) for row in rows]


async def to_delete(connection: Any, today: date, rows: int) -> set[tuple[UUID, UUID]]:
    """Volunteer and organisation of clearances whose day has come."""
    due = await queries.clearances_to_delete(connection, today=today, rows=rows)
    return {(row["volunteer_id"], row["organisation_id"]) for row in due}


async def to_notice(connection: Any, today: date, rows: int) -> list[StoredClearance]:
    """Clearances of which a notice is due, locked."""
    return [StoredClearance.of(row) for row in await queries.clearances_to_notice(connection, today=today, rows=rows)]


async def remove_of_volunteer(connection: Any, volunteer_id: UUID) -> tuple[list[StoredClearance], int]:
    """Forget a volunteer's clearances and what is known of their placements; the former, and the number of the latter."""
    gone = await queries.remove_clearances_of_volunteer(connection, volunteer_id=volunteer_id)
    placements = int(await queries.remove_clearance_placements(connection, volunteer_id=volunteer_id))
    return [StoredClearance.of(row) for row in gone], placements


async def listed(
    connection: Any,
    asked: Asked,
    *,
    organisation_id: UUID,
    districts: list[str] | None,
    volunteer_id: UUID | None,
    kind_of_activity: str | None,
    valid_until_before: date | None,
) -> list[StoredClearance]:
    """A stretch of what an organisation recorded; in some districts, or (None) in all."""
    rows = await LIST.fetch(
        connection,
        asked,
        organisation_id=organisation_id,
        districts=districts,
        volunteer_id=volunteer_id,
        kind_of_activity=kind_of_activity,
        valid_until_before=valid_until_before,
    )
    return [StoredClearance.of(row) for row in rows]


async def terms(connection: Any, organisation_id: UUID) -> Terms:
    """How an organisation inspects."""
    row = await queries.clearance_terms(connection, organisation_id=organisation_id)
    return Terms() if row is None else Terms(**{**row, "notice_days": tuple(row["notice_days"])})


async def set_terms(connection: Any, organisation_id: UUID, version: int, wanted: SetTerms) -> bool:
    """Write an organisation's terms; False when their version is another."""
    columns = {**wanted.model_dump(), "notice_days": list(wanted.notice_days)}
    written = await queries.set_clearance_terms(connection, organisation_id=organisation_id, version=version, **columns)
    return written is not None


async def noted(connection: Any, placement_id: UUID) -> Noted:
    """What is known of a placement; its row is locked."""
    row = await queries.noted_placement(connection, placement_id=placement_id)
    return Noted() if row is None else Noted(**row)


async def note(
    connection: Any, placement: Placement, taken_up: bool, last_exercised_on: date | None, closed_at: datetime | None
) -> bool:
    """Note what a placement's event says; False when a newer one was there."""
    written = await queries.note_placement(
        connection,
        placement_id=placement.placement_id,
        version=placement.version,
        offer_id=placement.offer_id,
        organisation_id=placement.organisation_id,
        volunteer_id=placement.volunteer_id,
        status=placement.status.value,
        taken_up=taken_up,
        last_exercised_on=last_exercised_on,
        closed_at=closed_at,
    )
    return written is not None


class Placements:
    """The placements of a volunteer in an organisation."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def practices(self, kind_of_activity: str) -> list[Practice]:
        """What they say about a clearance for this kind of activity."""
        return [
            Practice(
                PlacementStatus(row["status"]),
                row["taken_up"],
                row["last_exercised_on"],
                row["closed_at"],
                None if row["kind"] is None else row["kind"] == kind_of_activity,
            )
            for row in self._rows
        ]

    def coordinators(self, kind_of_activity: str) -> list[UUID]:
        """Who answers for those of this kind that go on or are about to begin."""
        going = ("active", "suspended", "confirmed", "offered", "waitlisted", "requested", "invited")
        return sorted(
            {row["coordinator_id"] for row in self._rows if row["kind"] == kind_of_activity and row["status"] in going}
        )

    def is_known(self, placement_id: UUID) -> bool:
        """Whether the kind of a placement's activity is known."""
        return any(row["placement_id"] == placement_id and row["kind"] is not None for row in self._rows)


async def placements(connection: Any, volunteer_id: UUID, organisation_id: UUID) -> Placements:
    """What is known of a volunteer's placements in an organisation."""
    rows = await queries.placements_with_kinds(connection, volunteer_id=volunteer_id, organisation_id=organisation_id)
    return Placements(rows)


async def leave_unsettled(connection: Any, placement_id: UUID) -> None:
    """The kind of a placement's activity is not known yet."""
    await queries.leave_unsettled(connection, placement_id=placement_id)


async def unsettled(connection: Any, rows: int) -> list[tuple[UUID, UUID, UUID]]:
    """Placements whose kind has become known: placement, volunteer, organisation."""
    found = await queries.placements_to_settle(connection, rows=rows)
    return [(row["placement_id"], row["volunteer_id"], row["organisation_id"]) for row in found]


async def settled(connection: Any, placement_ids: Sequence[UUID]) -> None:
    """These have been seen to."""
    await queries.settled(connection, placement_ids=list(placement_ids))


async def to_tell(connection: Any, organisation_id: UUID, coordinators: Sequence[UUID]) -> tuple[UUID, ...]:
    """Who is told in an organisation: these coordinators, as far as they still belong to it; else its admins."""
    rows = await queries.admins_of_organisation(connection, organisation_id=organisation_id, among=list(coordinators))
    still_there = tuple(row["subject_id"] for row in rows if row["subject_id"] in set(coordinators))
    return still_there or tuple(row["subject_id"] for row in rows if row["is_admin"])


async def have_same_address(connection: Any, subject_id: UUID, volunteer_id: UUID) -> bool:
    """Whether a member and a volunteer are reached under the same mail address."""
    return bool(await queries.same_address(connection, subject_id=subject_id, volunteer_id=volunteer_id))


async def has_kind(connection: Any, organisation_id: UUID, kind_of_activity: str) -> bool:
    """Whether an organisation has, or had, offers of this kind of activity."""
    found = await queries.has_offers_of_kind(
        connection, organisation_id=organisation_id, kind_of_activity=kind_of_activity
    )
    return bool(found)


async def kinds_of(connection: Any, organisation_id: UUID) -> list[str]:
    """The kinds of activity of an organisation's offers, the first fifty of them."""
    return [row["kind"] for row in await queries.kinds_of_offers(connection, organisation_id=organisation_id)]


async def forget_closed_placements(connection: Any, before: datetime, rows: int) -> int:
    """Forget placements that were over before an instant and that no clearance depends on."""
    return int(await queries.forget_closed_placements(connection, before=before, rows=rows))
