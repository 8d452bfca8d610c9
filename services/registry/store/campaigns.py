"""Campaigns, and who was called, in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.registry.models.campaigns import (
    Aim,
    Answer,
    Call,
    CallAnswer,
    Campaign,
    CampaignStatus,
    Count,
    ShownCount,
    Target,
)
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "campaigns.sql")
_LISTED = ListQuery(__file__, "campaigns.sql", "campaigns_listed", sorts={"campaign_id": None}, key="c.campaign_id")
_OWN_CALLS = ListQuery(
    __file__,
    "campaigns.sql",
    "calls_of_volunteer_listed",
    sorts={"called_at": "c.called_at"},
    key="c.campaign_id",
)

COUNTED = ("called", "interested", "not_interested")


@dataclass(frozen=True)
class Made:
    """What became of some calls: made now, or put off."""

    called: list[UUID]
    put_off: int


def _campaign(row: Any) -> Campaign | None:
    if row is None:
        return None
    return Campaign(
        campaign_id=row["campaign_id"],
        version=row["version"],
        organisation_id=row["organisation_id"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        target=Target(
            tuple(row["districts"]),
            tuple(row["languages"]),
            tuple(row["age_bands"]),
            row["own_migration_experience"],
        ),
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        texts=row["texts"],
        status=CampaignStatus(row["status"]),
        submitted_by=row["submitted_by"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        after_district=row["after_district"],
        after_volunteer_id=row["after_volunteer_id"],
        counts={name: Count(row[name], row[f"{name}_key"]) for name in COUNTED},
        shown={name: ShownCount(**shown) for name, shown in row["shown"].items()},
        shown_at=row["shown_at"],
    )


async def add(connection: Any, campaign: Campaign) -> None:
    """Insert a campaign."""
    await queries.add_campaign(
        connection,
        campaign_id=campaign.campaign_id,
        organisation_id=campaign.organisation_id,
        created_by=campaign.created_by,
        now=campaign.created_at,
        districts=list(campaign.target.districts),
        languages=list(campaign.target.languages),
        age_bands=list(campaign.target.age_bands),
        own_migration_experience=campaign.target.own_migration_experience,
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        texts=campaign.texts,
    )


async def save(connection: Any, campaign: Campaign) -> None:
    """Write a locked campaign; its counts are written by what is counted."""
    await queries.save_campaign(
        connection,
        campaign_id=campaign.campaign_id,
        version=campaign.version,
        districts=list(campaign.target.districts),
        languages=list(campaign.target.languages),
        age_bands=list(campaign.target.age_bands),
        own_migration_experience=campaign.target.own_migration_experience,
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        texts=campaign.texts,
        status=campaign.status.value,
        submitted_by=campaign.submitted_by,
        decided_by=campaign.decided_by,
        decided_at=campaign.decided_at,
        after_district=campaign.after_district,
        after_volunteer_id=campaign.after_volunteer_id,
        shown={name: {"of": shown.of, "at_least": shown.at_least} for name, shown in campaign.shown.items()},
        shown_at=campaign.shown_at,
    )


async def campaign(connection: Any, campaign_id: UUID, *, lock: bool = False) -> Campaign | None:
    """One campaign; `lock` holds it until commit."""
    read = queries.campaign_for_update if lock else queries.campaign_by_id
    return _campaign(await read(connection, campaign_id=campaign_id))


async def campaigns(
    connection: Any,
    asked: Asked,
    *,
    organisation_ids: Collection[UUID] | None,
    organisation_id: UUID | None,
    status: CampaignStatus | None,
    hidden: Collection[CampaignStatus] | None,
) -> list[Campaign]:
    """A stretch of the campaigns of some organisations (None: of all)."""
    rows = await _LISTED.fetch(
        connection,
        asked,
        organisation_ids=None if organisation_ids is None else list(organisation_ids),
        organisation_id=organisation_id,
        status=status.value if status else None,
        hidden=None if hidden is None else [each.value for each in hidden],
    )
    return [found for row in rows if (found := _campaign(row)) is not None]


async def count_under_way(connection: Any, organisation_id: UUID) -> int:
    """How many campaigns of an organisation are under way."""
    return int(await queries.count_under_way(connection, organisation_id=organisation_id))


async def next_to_open(connection: Any, today: date) -> Campaign | None:
    """A campaign whose period begins, locked."""
    return _campaign(await queries.campaign_to_open(connection, today=today))


async def next_to_end(connection: Any, today: date) -> Campaign | None:
    """A campaign whose period is over, locked."""
    return _campaign(await queries.campaign_to_end(connection, today=today))


async def next_to_show(connection: Any, since: datetime) -> Campaign | None:
    """A campaign whose shown counts are older than that, locked."""
    return _campaign(await queries.campaign_to_show(connection, since=since))


async def may_call(connection: Any) -> bool:
    """Whether this process is the one that calls, until the end of its transaction."""
    return bool(await queries.one_caller_at_a_time(connection))


async def next_to_call(connection: Any) -> Campaign | None:
    """A campaign that has volunteers left to look at, locked."""
    return _campaign(await queries.campaign_to_call(connection))


async def volunteers_after(connection: Any, district: str, after: UUID, rows: int) -> list[UUID]:
    """The next volunteers of a district."""
    found = await queries.volunteers_of_district_after(connection, district=district, after=after, rows=rows)
    return [row["volunteer_id"] for row in found]


async def lock_subjects(connection: Any, volunteer_ids: Collection[UUID]) -> None:
    """Hold off the erasure of these persons; whoever was erased before has no row any more."""
    await queries.lock_subjects(connection, volunteer_ids=list(volunteer_ids))


async def aims(connection: Any, target: Target, volunteer_ids: Sequence[UUID], since: datetime) -> list[Aim]:
    """Those of some volunteers who are of the target group and want to be called, with their calls since then."""
    rows = await queries.aims(
        connection,
        volunteer_ids=list(volunteer_ids),
        districts=list(target.districts),
        languages=list(target.languages),
        age_bands=list(target.age_bands),
        own_migration_experience=target.own_migration_experience,
        since=since,
    )
    return [Aim(**row) for row in rows]


async def add_calls(connection: Any, campaign_id: UUID, due: Mapping[UUID, datetime], now: datetime) -> Made:
    """Call volunteers, those whose time is now; whom this campaign has called or put off before is left out."""
    rows = await queries.add_calls(
        connection, campaign_id=campaign_id, volunteer_ids=list(due), due_ats=list(due.values()), now=now
    )
    return _made(rows)


async def next_with_calls_due(connection: Any, now: datetime) -> Campaign | None:
    """A campaign that has calls which were put off until now, locked."""
    return _campaign(await queries.campaign_with_calls_due(connection, now=now))


async def calls_due(connection: Any, campaign_id: UUID, now: datetime, rows: int) -> list[UUID]:
    """Volunteers whose call was put off until now."""
    found = await queries.calls_due(connection, campaign_id=campaign_id, now=now, rows=rows)
    return [row["volunteer_id"] for row in found]


async def make_put_off_calls(connection: Any, campaign_id: UUID, due: Mapping[UUID, datetime], now: datetime) -> Made:
    """Make calls that were put off, or put them off again."""
    rows = await queries.put_off_calls(
        connection, campaign_id=campaign_id, volunteer_ids=list(due), due_ats=list(due.values()), now=now
    )
    return _made(rows)


def _made(rows: Sequence[Any]) -> Made:
    called = sorted(row["volunteer_id"] for row in rows if row["called_at"] is not None)
    return Made(called, len(rows) - len(called))


async def drop_waiting(connection: Any, campaign_id: UUID, volunteer_ids: Collection[UUID] | None = None) -> None:
    """Calls that were put off will not be made; None: of nobody."""
    ids = None if volunteer_ids is None else list(volunteer_ids)
    await queries.drop_waiting_calls(connection, campaign_id=campaign_id, volunteer_ids=ids)


async def count_called(connection: Any, campaign_id: UUID, volunteer_ids: Sequence[UUID]) -> None:
    """Count those who were called."""
    await queries.make_noise_seed(connection)
    await queries.count_called(connection, campaign_id=campaign_id, volunteer_ids=list(volunteer_ids))


async def count_answer(connection: Any, campaign_id: UUID, volunteer_id: UUID, answer: Answer, step: int) -> None:
    """Count an answer (1), or take it back (-1)."""
    await queries.count_answer(
        connection, campaign_id=campaign_id, volunteer_id=volunteer_id, answer=answer.value, step=step
    )


async def call(connection: Any, campaign_id: UUID, volunteer_id: UUID) -> Call | None:
    """A call that was made, locked."""
    row = await queries.call_for_update(connection, campaign_id=campaign_id, volunteer_id=volunteer_id)
    return None if row is None else Call(**{**row, "answer": Answer(row["answer"]) if row["answer"] else None})


async def save_answer(connection: Any, campaign_id: UUID, volunteer_id: UUID, answer: Answer, now: datetime) -> None:
    """The answer of a locked call."""
    await queries.save_answer(
        connection, campaign_id=campaign_id, volunteer_id=volunteer_id, answer=answer.value, now=now
    )


async def own_calls(connection: Any, asked: Asked, volunteer_id: UUID) -> list[CallAnswer]:
    """A stretch of what a volunteer was called for."""
    rows = await _OWN_CALLS.fetch(connection, asked, volunteer_id=volunteer_id)
    language = await queries.language_of_volunteer(connection, volunteer_id=volunteer_id)
    return [_shown(row, language) for row in rows]


async def own_call(connection: Any, campaign_id: UUID, volunteer_id: UUID) -> CallAnswer | None:
    """One call as its volunteer sees it."""
    row = await queries.call_of_volunteer(connection, campaign_id=campaign_id, volunteer_id=volunteer_id)
    if row is None:
        return None
    return _shown(row, await queries.language_of_volunteer(connection, volunteer_id=volunteer_id))


def _shown(row: Any, wanted: str | None) -> CallAnswer:
    fields = dict(row)
    texts = fields.pop("texts")
    language = wanted if wanted in texts else "de"
    return CallAnswer(**fields, language=language, **texts[language])


async def remove_calls_of(connection: Any, volunteer_id: UUID) -> int:
    """Forget what a volunteer was called for; how many rows."""
    return int(await queries.remove_calls_of_volunteer(connection, volunteer_id=volunteer_id))


async def drop_waiting_of(connection: Any, volunteer_id: UUID) -> None:
    """A volunteer wants no calls any more."""
    await queries.drop_waiting_calls_of_volunteer(connection, volunteer_id=volunteer_id)


async def move_calls(connection: Any, from_id: UUID, to_id: UUID, only: Sequence[UUID] | None = None) -> list[UUID]:
    """Calls go on under another id; of which campaigns."""
    ids = None if only is None else list(only)
    rows = await queries.move_calls(connection, from_id=from_id, to_id=to_id, only=ids)
    return [row["campaign_id"] for row in rows]


async def prune_calls(connection: Any, before: date, rows: int) -> int:
    """Forget who was called for what has been over since before then; how many rows."""
    return int(await queries.prune_calls(connection, before=before, rows=rows))


async def forget(connection: Any, before: date, rows: int) -> list[UUID]:
    """Forget campaigns that have been over since before then; which."""
    return [row["campaign_id"] for row in await queries.forget_campaigns(connection, before=before, rows=rows)]


async def forget_calls_by(connection: Any, volunteer_id: UUID, characteristic: str) -> None:
    """Forget the calls of campaigns that chose a volunteer by a characteristic."""
    await queries.forget_calls_by(connection, volunteer_id=volunteer_id, purpose=characteristic)
