"""The directory of activities."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.models.activities import Activity, ActivityFilter, FoundActivity
from services.matching.models.places import Plane, Point
from services.matching.models.searches import Near
from services.matching.store.nearest import DISTANCE, nearest
from shared.contracts.matching import Translation, WeeklyTime
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "activities.sql")

PUBLISHED = ListQuery(
    __file__, "activities.sql", "activities_listed", sorts={"published": "(NOT a.is_stale)"}, key="a.activity_id"
)
NEAR = ListQuery(
    __file__,
    "activities.sql",
    "activities_near_listed",
    sorts={DISTANCE: "a.location <-> asked.here"},
    key="a.activity_id",
)
OF_ORGANISATION = ListQuery(
    __file__, "activities.sql", "activities_of_organisation_listed", sorts={"published": None}, key="a.activity_id"
)


async def activities(connection: Any, activity_ids: Sequence[UUID]) -> list[Activity]:
    """The entries of these ids, in this order; ids without an entry are left out."""
    rows = await queries.activities_by_ids(connection, activity_ids=list(activity_ids))
    by_id = {row["activity_id"]: _activity(row) for row in rows}
    return [by_id[activity_id] for activity_id in activity_ids if activity_id in by_id]


async def activity(connection: Any, activity_id: UUID, *, lock: bool = False) -> Activity | None:
    """One entry, None when there is none."""
    if lock and await queries.lock_activity(connection, activity_id=activity_id) is None:
        return None
    found = await activities(connection, [activity_id])
    return found[0] if found else None


async def insert_activity(connection: Any, new: Activity, location: Plane, now: datetime) -> None:
    """Keep a new entry."""
    await queries.insert_activity(connection, organisation_id=new.organisation_id, **_columns(new, location), now=now)


async def update_activity(connection: Any, changed: Activity, now: datetime, location: Plane | None = None) -> None:
    """Keep an entry; without a location it stays where it was. The row is locked."""
    await queries.update_activity(connection, **_columns(changed, location), now=now)


async def delete_activity(connection: Any, activity_id: UUID) -> None:
    """There is no such activity any more."""
    await queries.delete_activity(connection, activity_id=activity_id)


async def count_of_organisation(connection: Any, organisation_id: UUID) -> int:
    """How many entries an organisation has."""
    return int(await queries.count_activities(connection, organisation_id=organisation_id))


async def published(connection: Any, asked: Asked, narrowed: ActivityFilter) -> list[FoundActivity]:
    """A stretch of the directory. By distance: upwards only, and only around a place."""
    parameters = _parameters(narrowed)
    if asked.sort == DISTANCE and narrowed.near is not None:
        return await _found(
            connection, await nearest(connection, NEAR, asked, parameters, narrowed.near.within_km, "activity_id")
        )
    rows = await PUBLISHED.fetch(connection, asked, **parameters)
    return await _found(connection, {row["activity_id"]: not row["is_stale"] for row in rows})


async def of_organisation(
    connection: Any, asked: Asked, organisation_id: UUID, districts: Sequence[str] | None, is_stale: bool | None
) -> list[Activity]:
    """A stretch of an organisation's own entries; `districts` None: all of them."""
    rows = await OF_ORGANISATION.fetch(
        connection,
        asked,
        organisation_id=organisation_id,
        districts=None if districts is None else list(districts),
        is_stale=is_stale,
    )
    return await activities(connection, [row["activity_id"] for row in rows])


async def lock_activities_to_confirm(connection: Any, before: date, at_most: int) -> list[Activity]:
    """Entries that nobody has confirmed since then, locked; whoever else is at it takes others."""
    rows = await queries.activities_to_confirm(connection, before=before, at_most=at_most)
    return await activities(connection, [row["activity_id"] for row in rows])


async def _found(connection: Any, positions: dict[UUID, float | bool]) -> list[FoundActivity]:
    return [FoundActivity(each, positions[each.activity_id]) for each in await activities(connection, list(positions))]


def _parameters(narrowed: ActivityFilter) -> dict[str, Any]:
    near: Near | None = narrowed.near
    return {
        "district": narrowed.district,
        "topic": narrowed.topic,
        "kind": narrowed.kind,
        "organisation_id": narrowed.organisation_id,
        "language": narrowed.language,
        "day": narrowed.day and narrowed.day.value,
        "words": narrowed.words,
        "here": near and asyncpg.Point(*near.here),
        "within_km": near and near.within_km,
    }


def _columns(of: Activity, location: Plane | None) -> dict[str, Any]:
    return {
        "activity_id": of.activity_id,
        "version": of.version,
        "coordinator_id": of.coordinator_id,
        "kind": of.kind,
        "title": of.title,
        "description": of.description,
        "translations": {language: text.model_dump(mode="json") for language, text in of.translations.items()},
        "topic": of.topic,
        "district": of.district,
        "postal_code": of.postal_code,
        "venue": of.venue,
        "weekly": [time.model_dump(mode="json") for time in of.weekly],
        "days": sorted({time.day.value for time in of.weekly}),
        "times": of.times,
        "languages": list(of.languages),
        "contact_id": of.contact_id,
        "website": of.website,
        "confirmed_on": of.confirmed_on,
        "is_stale": of.is_stale,
        "location": None if location is None else asyncpg.Point(*location),
    }


def _activity(row: Any) -> Activity:
    fields = dict(row)
    latitude, longitude = fields.pop("latitude"), fields.pop("longitude")
    fields["languages"] = tuple(fields["languages"])
    fields["weekly"] = tuple(WeeklyTime.model_validate(time) for time in fields["weekly"])
    fields["translations"] = {
        language: Translation.model_validate(text) for language, text in fields["translations"].items()
    }
    return Activity(**fields, point=None if latitude is None else Point(latitude, longitude))
