"""Somebody dropped out and nobody waits: others who would fit are found at once, and the coordinator is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers import suggestions
from services.matching.models.placements import Placement, PlacementView
from services.matching.models.pools import Pool
from services.matching.models.suggestions import RankedVolunteer
from services.matching.models.volunteers import DatedShift
from services.matching.permissions import PERMISSIONS, placement_belongs
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import placements as store
from services.matching.store import shifts as shifts_store
from shared.access.callers import Caller
from shared.contracts.matching import PlaceVacated, ReplacementsFound
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found
from shared.telemetry import correlation

log = structlog.get_logger()


async def look_for(tx: Transaction, dropped_out: Iterable[Placement]) -> None:
    """Leave behind that others are to be looked for; a timer does it at once, outside of the locks that are held now."""
    for placement in dropped_out:
        await store.search_replacements(tx.connection, placement.placement_id, tx.now)


async def find(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: look for one placement's replacements and tell the coordinator how many there are."""
    search = await store.next_replacement_search(tx.connection)
    if search is None:
        return 0
    placement_id, correlation_id = search
    view = await store.placement_view(tx.connection, placement_id)
    if view is not None:
        with correlation.bind(correlation_id):
            await _tell(tx, view, settings)
    return 1


async def _tell(tx: Transaction, view: PlacementView, settings: MatchingSettings) -> None:
    dropped_out = view.placement
    found = await _best(tx.connection, view, settings, tx.now)
    tx.publish(
        ReplacementsFound(
            placement_id=dropped_out.placement_id,
            volunteer_id=dropped_out.volunteer_id,
            offer_id=dropped_out.offer_id,
            shift_id=dropped_out.shift_id,
            organisation_id=dropped_out.organisation_id,
            coordinator_id=dropped_out.coordinator_id,
            found=len(found),
        )
    )
    log.info("replacements-found", placement_id=str(dropped_out.placement_id), found_count=len(found))


async def find_for_vacancy(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: the same for a place that came free because somebody was erased; nothing names them."""
    vacancy = await store.next_vacancy(tx.connection)
    if vacancy is None:
        return 0
    offer_id, shift_id, correlation_id = vacancy
    offer = await offers_store.offer(tx.connection, offer_id)
    shift = await shifts_store.shift(tx.connection, shift_id) if shift_id else None
    if offer is None or not Pool.of(offer, shift).gives_places(tx.now) or Pool.of(offer, shift).places_free <= 0:
        return 1
    dated = DatedShift(shift.starts_at, shift.ends_at, shift.shift_id) if shift else None
    with correlation.bind(correlation_id):
        found = await suggestions.best_volunteers_for(
            tx.connection, offer, settings.replacements_at_most, settings, tx.now, dated
        )
        tx.publish(
            PlaceVacated(
                offer_id=offer_id,
                shift_id=shift_id,
                organisation_id=offer.organisation_id,
                subject_id=offer.coordinator_id,
                starts_at=shift.starts_at if shift else None,
                found=len(found),
                vacated_at=tx.now,
            )
        )
        log.info("place-vacated", offer_id=str(offer_id), found_count=len(found))
    return 1


async def replacements(
    connection: Any, caller: Caller, placement_id: UUID, settings: MatchingSettings, now: datetime
) -> list[RankedVolunteer]:
    """The best volunteers who were not asked yet, in the place of somebody who dropped out; computed when read."""
    view = await store.placement_view(connection, placement_id)
    PERMISSIONS.require("find-replacements", caller, placement_belongs(view), what="placement")
    if view is None:
        raise not_found("placement")
    if not view.organisation_verified:
        raise refusals.organisation_not_verified()
    return await _best(connection, view, settings, now)


async def _best(
    connection: Any, view: PlacementView, settings: MatchingSettings, now: datetime
) -> list[RankedVolunteer]:
    """Whoever has a placement with the offer, or did not want one, is not among them; of a shift, with that shift."""
    offer = await offers_store.offer(connection, view.placement.offer_id)
    if offer is None:
        return []
    shift_id, starts_at, ends_at = view.placement.shift_id, view.shift_starts_at, view.shift_ends_at
    shift = DatedShift(starts_at, ends_at, shift_id) if shift_id and starts_at and ends_at else None
    return await suggestions.best_volunteers_for(connection, offer, settings.replacements_at_most, settings, now, shift)
