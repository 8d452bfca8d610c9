"""Who may be placed: volunteers about whom nobody else decides until commit, and what they lack.

Locks are taken in one order: persons, the rows of volunteers, the offer's row, the shift's.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching import refusals
from services.matching.handlers import missing
from services.matching.handlers.offer_states import calendar_day
from services.matching.models.pools import Pool
from services.matching.models.suggestions import Requirement, Unmet
from services.matching.models.volunteers import Candidate, Dated
from services.matching.rules import placement_refusals
from services.matching.rules.requirements import unmet_requirements
from services.matching.settings import MatchingSettings
from services.matching.store import candidates as candidates_store
from services.matching.store import placements as store
from shared.access.rights import processing_restricted, restricted_among
from shared.postgres.transaction import Transaction


async def locked_candidates(tx: Transaction, volunteer_ids: Collection[UUID]) -> dict[UUID, Candidate]:
    """The volunteers that are known here, locked in the order of their ids; others are left out."""
    ordered = sorted(set(volunteer_ids))
    await store.lock_volunteers(tx.connection, ordered)
    found = await candidates_store.candidates(tx.connection, ordered, calendar_day(tx.now))
    return {candidate.volunteer_id: candidate for candidate in found}


def lacking(
    candidate: Candidate, pool: Pool, now: datetime, settings: MatchingSettings, *, despite_overlap: bool = False
) -> tuple[Unmet, ...]:
    """The hard requirements that a volunteer does not meet; `despite_overlap`: a coordinator has overridden that one."""
    unmet = unmet_requirements(
        candidate,
        pool.offer,
        calendar_day(now),
        settings.language_level_at_least,
        settings.undertaking_required,
        Dated(pool.shift.starts_at, pool.shift.ends_at) if pool.shift else None,
    )
    return tuple(each for each in unmet if not (despite_overlap and each.requirement is Requirement.NO_OVERLAP))


def overlapping(
    candidates: Iterable[Candidate], pool: Pool, now: datetime, settings: MatchingSettings
) -> frozenset[UUID]:
    """Those of them who are confirmed for something else at the same time."""
    return frozenset(
        candidate.volunteer_id
        for candidate in candidates
        if any(each.requirement is Requirement.NO_OVERLAP for each in lacking(candidate, pool, now, settings))
    )


async def overlapping_placements(
    connection: Any, pool: Pool, now: datetime, settings: MatchingSettings
) -> tuple[UUID, ...]:
    """The agreed placements for an offer or a shift whose volunteers are confirmed for something else at its time."""
    dated = Dated(pool.shift.starts_at, pool.shift.ends_at) if pool.shift else None
    placed = {
        each.volunteer_id: each.placement_id for each in await store.secured(connection, pool.pool_id, pool.places)
    }
    found = []
    for candidate in await candidates_store.candidates(connection, sorted(placed), calendar_day(now)):
        commitments = list(candidate.commitments)
        # Of an offer without shifts the own one is never in its own way.
        for own in commitments if dated else ():
            if own.offer_id == pool.offer.offer_id and own.dated == dated:
                commitments.remove(own)
                break
        found.append(replace(candidate, commitments=tuple(commitments)))
    return tuple(sorted(placed[volunteer_id] for volunteer_id in overlapping(found, pool, now, settings)))


def without_what_was_known(candidate: Candidate, known_at: datetime) -> Candidate:
    """The volunteer without what was confirmed until then: that a reason was given for it does not cover what came later."""
    later = (each for each in candidate.commitments if each.confirmed_at is None or each.confirmed_at > known_at)
    return replace(candidate, commitments=tuple(later))


async def require_nothing_missing(
    tx: Transaction,
    candidates: Iterable[Candidate],
    pool: Pool,
    settings: MatchingSettings,
    *,
    despite_overlap: bool = False,
    to_staff: bool = False,
) -> None:
    """Every one of them meets every hard requirement. `to_staff`: a coordinator asks, not the volunteer.

    Raises
    ------
    Refusal
        `processing-restricted` (Art. 18 DSGVO); `requirements-missing` with what is missing; of several only who lacks
        something, `group-members-lacking`: what it is concerns nobody else.
    """
    everybody = list(candidates)
    restricted = await restricted_among(tx.connection, [candidate.volunteer_id for candidate in everybody])
    if restricted and len(everybody) == 1:
        raise processing_restricted()
    found = {
        candidate.volunteer_id: unmet
        for candidate in everybody
        if (unmet := lacking(candidate, pool, tx.now, settings, despite_overlap=despite_overlap))
    }
    if found and len(everybody) > 1:
        raise placement_refusals.group_members_lacking(sorted(found))
    for candidate in everybody:
        if candidate.volunteer_id in found:
            unmet = found[candidate.volunteer_id]
            if to_staff:
                unmet = await missing.told_to(tx.connection, pool.offer.organisation_id, unmet)
            raise refusals.requirements_missing(await missing.described(tx.connection, candidate, unmet, tx.now))
