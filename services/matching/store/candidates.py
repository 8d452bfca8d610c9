"""Who and what is near enough to be weighed, in bounded numbers, the nearest first."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.matching.models.places import Point
from services.matching.models.suggestions import Course, Restraint
from services.matching.models.volunteers import Candidate, Commitment, Dated, DatedShift, HeldClearance
from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart, LegalBasis, SpokenLanguage
from shared.contracts.vocabulary import Level, PartOfDay, Travel, Weekday
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "candidates.sql")


async def candidates(connection: Any, volunteer_ids: Sequence[UUID], today: date) -> list[Candidate]:
    """The volunteers of these ids, in this order, qualified as of `today`; unknown ones are left out."""
    rows = await queries.candidates_by_ids(connection, volunteer_ids=list(volunteer_ids), today=today)
    by_id = {row["volunteer_id"]: _candidate(row) for row in rows}
    return [by_id[volunteer_id] for volunteer_id in volunteer_ids if volunteer_id in by_id]


async def candidate(connection: Any, volunteer_id: UUID, today: date) -> Candidate | None:
    """One volunteer, None when they are not known here."""
    found = await candidates(connection, [volunteer_id], today)
    return found[0] if found else None


async def lock_candidate(connection: Any, volunteer_id: UUID, today: date) -> Candidate | None:
    """One volunteer about whom nobody else decides until commit."""
    if not await lock_volunteer(connection, volunteer_id):
        return None
    return await candidate(connection, volunteer_id, today)


async def volunteers_settled_with(
    connection: Any, offer_id: UUID, shift: DatedShift | None = None
) -> dict[UUID, Restraint]:
    """Who need not be asked for an offer, or for one of its shifts: they have a placement with it, or did not want it."""
    if shift is None:
        rows = await queries.volunteers_settled_with(connection, offer_id=offer_id)
    else:
        rows = await queries.volunteers_settled_with_shift(
            connection,
            offer_id=offer_id,
            shift_id=shift.shift_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )
    return {row["volunteer_id"]: Restraint(row["restraint"]) for row in rows}


async def lock_volunteer(connection: Any, volunteer_id: UUID) -> bool:
    """Whether the volunteer is known here; their row is locked until commit."""
    return await queries.lock_volunteer(connection, volunteer_id=volunteer_id) is not None


async def offers_of_volunteer(connection: Any, volunteer_id: UUID) -> list[UUID]:
    """The offers with which a volunteer has a placement that is not over."""
    rows = await queries.offers_of_volunteer(connection, volunteer_id=volunteer_id)
    return [row["offer_id"] for row in rows]


async def next_courses(
    connection: Any, qualifications: Iterable[str], district: str, now: datetime
) -> dict[str, Course]:
    """By qualification, the next course that grants it, one in the district first."""
    wanted = sorted(set(qualifications))
    if not wanted:
        return {}
    rows = await queries.next_courses(connection, qualifications=wanted, district=district, now=now)
    return {row["grants"]: Course(**row) for row in rows}


def _candidate(row: Any) -> Candidate:
    return Candidate(
        volunteer_id=row["volunteer_id"],
        languages=tuple(_spoken(entry["language"], entry["level"]) for entry in row["languages"]),
        wishes=tuple(row["wishes"]),
        availability=tuple(_available(entry["day"], entry["part"]) for entry in row["availability"]),
        absences=tuple(Absence.model_validate(entry) for entry in row["absences"]),
        reach_km=row["reach_km"],
        postal_code=row["postal_code"],
        district=row["district"],
        age_reached=row["age_reached"],
        paused=row["paused"],
        waiting_since=max(filter(None, (row["registered_at"], row["last_confirmed_at"]))),
        point=None if row["latitude"] is None else Point(row["latitude"], row["longitude"]),
        skills=tuple(row["skills"]),
        travel=tuple(Travel(means) for means in row["travel"]),
        undertaking_valid=row["undertaking_valid"],
        qualifications=frozenset(row["qualifications"]),
        clearances=frozenset(
            HeldClearance(UUID(organisation_id), LegalBasis(basis), activity)
            for organisation_id, basis, activity in row["clearances"]
        ),
        commitments=tuple(_commitment(entry) for entry in row["commitments"]),
        confirmed_placements=row["confirmed_placements"],
        asked_at=tuple(row["asked_at"]),
        declined={topic: datetime.fromisoformat(declined_at) for topic, declined_at in row["declined"]},
    )


# Words of small vocabularies, of which thousands are read for one ranked list: each is checked once.
@lru_cache(maxsize=4096)
def _spoken(language: str, level: str) -> SpokenLanguage:
    return SpokenLanguage(language=language, level=Level(level))


@lru_cache(maxsize=64)
def _available(day: str, part: str) -> AvailablePart:
    return AvailablePart(day=Weekday(day), part=PartOfDay(part))


def _commitment(entry: dict[str, Any]) -> Commitment:
    dated = None
    if entry["starts_at"] is not None:
        dated = Dated(datetime.fromisoformat(entry["starts_at"]), datetime.fromisoformat(entry["ends_at"]))
    return Commitment(
        offer_id=UUID(entry["offer_id"]),
        weekly=() if dated else tuple(WeeklyTime.model_validate(time) for time in entry["weekly"]),
        starts_on=_date(entry["starts_on"]),
        ends_on=_date(entry["ends_on"]),
        dated=dated,
        confirmed_at=datetime.fromisoformat(entry["confirmed_at"]),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
