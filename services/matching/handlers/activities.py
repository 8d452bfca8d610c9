"""The public directory of activities, kept by organisations' coordinators; what nobody confirms for months says so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers.offer_search import check_order, near
from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.offer_steps import REMINDED_AT_MOST, STEP
from services.matching.handlers.offers import require_verified
from services.matching.models.activities import Activity, ActivityChange, ActivityFilter, FoundActivity, NewActivity
from services.matching.models.places import Place
from services.matching.permissions import PERMISSIONS, activity_belongs
from services.matching.rules.activities import check_activity
from services.matching.rules.distance import kilometres_on_plane, on_plane
from services.matching.settings import MatchingSettings
from services.matching.store import activities as store
from services.matching.store import offers as offers_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.matching import ActivityConfirmationDue
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

ACTIVITIES_AT_MOST = 2000
"""Of one organisation."""


async def enter_activity(tx: Transaction, caller: Caller, told: NewActivity) -> Activity:
    """A coordinator enters what their organisation does in one of their districts."""
    belongs = Belongs(organisation_id=told.organisation_id, district=told.district)
    PERMISSIONS.require("keep-activity", caller, belongs, what="organisation")
    await require_verified(tx, told.organisation_id)
    if await store.count_of_organisation(tx.connection, told.organisation_id) >= ACTIVITIES_AT_MOST:
        raise refusals.too_many("activities", ACTIVITIES_AT_MOST)
    activity = Activity(
        activity_id=new_id(),
        version=1,
        coordinator_id=caller.require_person(),
        confirmed_on=calendar_day(tx.now),
        **told.values(),
    )
    place = await _checked_place(tx, activity)
    await store.insert_activity(tx.connection, activity, on_plane(place.point), tx.now)
    log.info("activity-entered", activity_id=str(activity.activity_id))
    return await _stored(tx, activity.activity_id)


async def change_activity(
    tx: Transaction, caller: Caller, activity_id: UUID, expected: int, change: ActivityChange
) -> Activity:
    """Change what is sent. Whoever does it confirms the rest, and is reminded from now on."""
    activity = await _locked(tx, caller, activity_id, expected)
    await require_verified(tx, activity.organisation_id)
    changed = replace(
        activity,
        **change.values(),
        version=activity.version + 1,
        coordinator_id=caller.require_person(),
        confirmed_on=calendar_day(tx.now),
        is_stale=False,
    )
    PERMISSIONS.require("keep-activity", caller, activity_belongs(changed), what="activity")
    place = await _checked_place(tx, changed)
    await store.update_activity(tx.connection, changed, tx.now, on_plane(place.point))
    log.info("activity-changed", activity_id=str(activity_id))
    return await _stored(tx, activity_id)


async def confirm_activity(tx: Transaction, caller: Caller, activity_id: UUID, expected: int) -> Activity:
    """Everything is still right."""
    return await change_activity(tx, caller, activity_id, expected, ActivityChange())


async def remove_activity(tx: Transaction, caller: Caller, activity_id: UUID, expected: int) -> None:
    """There is no such activity any more."""
    await _locked(tx, caller, activity_id, expected)
    await store.delete_activity(tx.connection, activity_id)
    log.info("activity-removed", activity_id=str(activity_id))


async def activity(connection: Any, caller: Caller, activity_id: UUID) -> Activity:
    """One entry: of a verified organisation, or of the caller's own."""
    found = await store.activity(connection, activity_id)
    if found is not None and (
        found.organisation_verified or PERMISSIONS.allows("keep-activity", caller, activity_belongs(found))
    ):
        return found
    raise not_found("activity")


async def activities(
    connection: Any,
    asked: Asked,
    narrowed: ActivityFilter,
    postal_code: str | None,
    within_km: float | None,
    settings: MatchingSettings,
) -> list[FoundActivity]:
    """A stretch of the directory: what nobody has confirmed for long comes after everything else.

    Raises
    ------
    Refusal
        `postal-code-unknown`, `postal-code-missing`, `nearest-first-only` or `newest-first-only`.
    """
    around = await near(connection, postal_code, within_km, settings.search_within_km)
    check_order(asked, around)
    found = await store.published(connection, asked, replace(narrowed, near=around))
    if around is None:
        return found
    here = around.here
    return [
        replace(each, distance_km=kilometres_on_plane(here, on_plane(each.activity.point)))
        if each.activity.point
        else each
        for each in found
    ]


async def activities_of_organisation(
    connection: Any, caller: Caller, organisation_id: UUID, asked: Asked, is_stale: bool | None
) -> list[Activity]:
    """A stretch of an organisation's own entries; a coordinator sees those of their districts."""
    PERMISSIONS.require("keep-activity", caller, Belongs(organisation_id=organisation_id), what="organisation")
    districts: list[str] | None = None
    if not caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=organisation_id):
        districts = sorted(caller.districts(Role.COORDINATOR, organisation_id=organisation_id))
    return await store.of_organisation(connection, asked, organisation_id, districts, is_stale)


async def remind_of_activities(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: what nobody confirmed in time is stale from now on, and whoever keeps it is reminded, once."""
    before = calendar_day(tx.now) - timedelta(days=settings.activity_stale_after_days)
    found = await store.lock_activities_to_confirm(tx.connection, before, STEP)
    for each in found:
        await store.update_activity(tx.connection, replace(each, version=each.version + 1, is_stale=True), tx.now)
        for subject_id in await offers_store.who_answers(
            tx.connection, each.organisation_id, each.coordinator_id, Role.ORGANISATION_ADMIN, REMINDED_AT_MOST
        ):
            tx.publish(
                ActivityConfirmationDue(
                    activity_id=each.activity_id,
                    organisation_id=each.organisation_id,
                    subject_id=subject_id,
                    confirmed_on=each.confirmed_on,
                )
            )
        log.info("activity-confirmation-due", activity_id=str(each.activity_id))
    return len(found)


async def _checked_place(tx: Transaction, activity: Activity) -> Place:
    return check_activity(activity, await offers_store.place(tx.connection, activity.postal_code))


async def _locked(tx: Transaction, caller: Caller, activity_id: UUID, expected: int) -> Activity:
    found = await store.activity(tx.connection, activity_id, lock=True)
    PERMISSIONS.require("keep-activity", caller, activity_belongs(found), what="activity")
    if found is None:
        raise not_found("activity")
    if found.version != expected:
        raise version_mismatch(found.version)
    return found


async def _stored(tx: Transaction, activity_id: UUID) -> Activity:
    found = await store.activity(tx.connection, activity_id)
    if found is None:
        raise not_found("activity")
    return found
