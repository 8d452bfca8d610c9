"""What moves with a merged volunteer, and what is remembered to move it back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.training.models import Enrolment, Qualification
from services.training.store.enrolments import enrolment_of
from services.training.store.qualifications import qualification_of
from shared.contracts.registry import VolunteerMerged
from shared.contracts.vocabulary import EnrolmentStatus
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "merges.sql")

ENROLMENT, GIVEN_UP, QUALIFICATION, ENDED = "enrolment", "given_up", "qualification", "ended"


@dataclass(frozen=True)
class Move:
    """One thing that moved. `was`, `completed_at`: an enrolment before it was given up."""

    kind: str
    thing_id: UUID
    was: EnrolmentStatus | None = None
    completed_at: datetime | None = None


async def version_of_volunteer(connection: Any, volunteer_id: UUID) -> int | None:
    """At which version the read model knows a volunteer; None: not at all."""
    found: int | None = await queries.version_of_volunteer(connection, volunteer_id=volunteer_id)
    return found


async def enrolments_of(connection: Any, *volunteer_ids: UUID) -> list[Enrolment]:
    """Every enrolment of some volunteers."""
    rows = await queries.enrolments_of_both(connection, volunteer_ids=list(volunteer_ids))
    return [enrolment_of(row) for row in rows]


async def write_enrolment(connection: Any, changed: Enrolment, now: datetime) -> None:
    """An enrolment whose course is locked goes on under another id, or in another status."""
    await queries.write_enrolment(
        connection,
        enrolment_id=changed.enrolment_id,
        version=changed.version,
        volunteer_id=changed.volunteer_id,
        status=changed.status.value,
        offered_until=changed.offered_until,
        completed_at=changed.completed_at,
        now=now,
    )


async def qualifications_of(connection: Any, *volunteer_ids: UUID) -> list[Qualification]:
    """Every qualification of some volunteers, locked."""
    rows = await queries.qualifications_of_both(connection, volunteer_ids=list(volunteer_ids))
    return [qualification_of(row) for row in rows]


async def write_qualification(connection: Any, changed: Qualification) -> None:
    """A locked qualification goes on under another id, or counts again."""
    await queries.write_qualification(
        connection,
        qualification_id=changed.qualification_id,
        version=changed.version,
        volunteer_id=changed.volunteer_id,
        ended_at=changed.ended_at,
    )


async def remember(connection: Any, event: VolunteerMerged, moves: Iterable[Move]) -> None:
    """What moved, until the merge can no longer be undone."""
    listed = list(moves)
    await queries.remember_moves(
        connection,
        merge_id=event.merge_id,
        survivor_id=event.survivor_id,
        merged_id=event.volunteer_id,
        until=event.undo_until,
        kinds=[move.kind for move in listed],
        thing_ids=[move.thing_id for move in listed],
        were=[move.was.value if move.was else None for move in listed],
        completed_ats=[move.completed_at for move in listed],
    )


async def take_moves(connection: Any, merge_id: UUID) -> Sequence[Move]:
    """What moved because of a merge; it is not remembered any longer."""
    rows = await queries.moves_of(connection, merge_id=merge_id)
    await queries.forget_moves(connection, merge_id=merge_id)
    return [
        Move(
            row["kind"],
            row["thing_id"],
            EnrolmentStatus(row["was"]) if row["was"] else None,
            row["completed_at"],
        )
        for row in rows
    ]


async def prune(connection: Any, now: datetime, rows: int) -> int:
    """Forget what moved because of merges that can no longer be undone; how many."""
    return int(await queries.prune_moves(connection, now=now, rows=rows))


async def erase(connection: Any, volunteer_id: UUID) -> int:
    """Forget the merges of a person; how many rows."""
    return int(await queries.erase_moves(connection, volunteer_id=volunteer_id))
