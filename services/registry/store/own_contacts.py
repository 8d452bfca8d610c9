"""Volunteers' own contacts in the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.own_contacts import Candidate, OwnContact, Reason, Running, Seeker
from shared.contracts.registry import Absence
from shared.contracts.vocabulary import PlacementStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "own_contacts.sql")

_LOOKED_AFTER = ListQuery(
    __file__, "own_contacts.sql", "volunteers_of_contact", sorts={"since": "own.since"}, key="own.volunteer_id"
)


@dataclass(frozen=True)
class LookedAfter:
    """A volunteer of a contact."""

    volunteer_id: UUID
    since: datetime
    reason: Reason
    name: str
    mail: str | None
    language: str
    agreed: bool
    """To being reached by organisations that they deal with."""


async def note_waiting(connection: Any, district: str, organisation_id: UUID, at_most: int, now: datetime) -> None:
    """Ask about volunteers of a district who have nobody: somebody of this organisation may have room."""
    await queries.note_waiting(connection, district=district, organisation_id=organisation_id, at_most=at_most, now=now)


async def note_of_contacts(connection: Any, contact_ids: Collection[UUID], now: datetime) -> None:
    """Ask about the volunteers whose own contact is one of these."""
    await queries.note_of_contacts(connection, contact_ids=list(contact_ids), now=now)


async def note_of_placements(connection: Any, placement_ids: Collection[UUID], now: datetime) -> None:
    """Ask about the volunteers of these placements."""
    await queries.note_of_placements(connection, placement_ids=list(placement_ids), now=now)


async def note_of_offers(connection: Any, offer_ids: Collection[UUID], now: datetime) -> None:
    """Ask about the volunteers whose placements in these offers run."""
    await queries.note_of_offers(connection, offer_ids=list(offer_ids), now=now)


async def search_alone(connection: Any) -> bool:
    """Until the commit nobody else looks for own contacts; False when somebody does."""
    return bool(await queries.try_to_search_alone(connection))


async def to_check(connection: Any, rows: int) -> list[UUID]:
    """Volunteers who are asked about: of the district of whoever waits longest."""
    return [row["volunteer_id"] for row in await queries.to_check(connection, rows=rows)]


async def checked(connection: Any, volunteer_ids: Collection[UUID]) -> None:
    """These volunteers are being looked at."""
    await queries.checked(connection, volunteer_ids=list(volunteer_ids))


@dataclass(frozen=True)
class Searched:
    """What was found for a volunteer before: why, for which district, and as whom whose system told of."""

    reason: Reason | None
    district: str | None
    told_by: UUID | None


async def seekers(connection: Any, volunteer_ids: Collection[UUID]) -> list[tuple[Seeker, Searched]]:
    """What is known of these volunteers, and what was found for them before."""
    ids = list(volunteer_ids)
    running: dict[UUID, list[Running]] = defaultdict(list)
    for row in await queries.running_placements(connection, volunteer_ids=ids):
        status = PlacementStatus(row["status"])
        running[row["volunteer_id"]].append(
            Running(row["organisation_id"], row["coordinator_id"], status, row["topic"], row["district"])
        )
    return [
        (
            Seeker(
                volunteer_id=row["volunteer_id"],
                district=row["district"],
                wishes=frozenset(row["wishes"]),
                languages=frozenset(entry["language"] for entry in row["languages"]),
                placements=tuple(running[row["volunteer_id"]]),
                current=row["contact_id"],
                registered_by=row["registered_by"],
                told_by=row["told_by"],
            ),
            Searched(
                None if row["reason"] is None else Reason(row["reason"]),
                row["searched"],
                row["source_organisation_id"],
            ),
        )
        for row in await queries.seekers(connection, volunteer_ids=ids)
    ]


async def candidates(
    connection: Any, districts: Collection[str], organisation_ids: Collection[UUID]
) -> list[Candidate]:
    """Who could be somebody's own contact, in these districts or of these organisations."""
    rows = await queries.candidates(connection, districts=list(districts), organisation_ids=list(organisation_ids))
    return [
        Candidate(
            contact_id=row["contact_id"],
            organisation_id=row["organisation_id"],
            subject_id=row["subject_id"],
            district=row["district"],
            topic=row["topic"],
            languages=frozenset(row["languages"]),
            capacity=row["capacity"],
            volunteers=row["volunteers"],
            is_stale=row["is_stale"],
            absences=tuple(Absence(**each) for each in row["absences"]),
        )
        for row in rows
    ]


async def save(connection: Any, found: Sequence[tuple[Seeker, Candidate | None, Reason]], now: datetime) -> None:
    """Write whose own contact is who."""
    await queries.save_own_contacts(
        connection,
        volunteer_ids=[seeker.volunteer_id for seeker, _, _ in found],
        contact_ids=[candidate.contact_id if candidate else None for _, candidate, _ in found],
        organisation_ids=[candidate.organisation_id if candidate else None for _, candidate, _ in found],
        reasons=[reason.value for _, _, reason in found],
        districts=[seeker.district for seeker, _, _ in found],
        source_organisation_ids=[seeker.told_by for seeker, _, _ in found],
        now=now,
    )


async def own_contact(connection: Any, volunteer_id: UUID) -> OwnContact | None:
    """A volunteer's own contact; None when nobody was looked for yet."""
    row = await queries.own_contact(connection, volunteer_id=volunteer_id)
    return None if row is None else OwnContact(**{**row, "reason": Reason(row["reason"])})


async def count_of_contact(connection: Any, contact_id: UUID) -> int:
    """How many volunteers have this contact as their own."""
    return int(await queries.count_of_contact(connection, contact_id=contact_id))


async def looked_after(connection: Any, asked: Asked, contact_id: UUID) -> list[LookedAfter]:
    """A stretch of the volunteers whose own contact this is."""
    rows = await _LOOKED_AFTER.fetch(connection, asked, contact_id=contact_id)
    return [LookedAfter(**{**row, "reason": Reason(row["reason"])}) for row in rows]


async def remove_of_volunteer(connection: Any, volunteer_id: UUID) -> int:
    """Forget a volunteer's own contact; how many rows went."""
    return int(await queries.remove_own_contact(connection, volunteer_id=volunteer_id))


async def hold(connection: Any, contact_ids: Collection[UUID]) -> set[UUID]:
    """Those of these contacts that are there: until the commit nobody withdraws them."""
    rows = await queries.hold_contacts(connection, contact_ids=list(contact_ids))
    return {row["contact_id"] for row in rows}


async def who_can_answer(connection: Any, contact_ids: Collection[UUID]) -> set[UUID]:
    """Those of these contacts behind whom there is a member who may read and answer what is asked."""
    rows = await queries.who_can_answer(connection, contact_ids=list(contact_ids))
    return {row["contact_id"] for row in rows}
