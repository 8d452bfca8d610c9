"""Placements as whoever asks may see them: their own, or those in their scope, with what they can do now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.matching import refusals
from services.matching.models.placements import Actor, PlacementFilter, PlacementView
from services.matching.permissions import PERMISSIONS, placement_belongs
from services.matching.rules.placements import possible_steps
from services.matching.store import placements as store
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.runtime.errors import not_found


def actor_of(caller: Caller) -> Actor:
    """As whom the caller acts on placements."""
    return Actor.VOLUNTEER if caller.kind is CallerKind.VOLUNTEER else Actor.COORDINATOR


def shown_to(caller: Caller, view: PlacementView) -> PlacementView:
    """The placement with the steps that the caller can take."""
    return replace(view, possible=possible_steps(view.placement.status, actor_of(caller)))


async def placement(connection: Any, caller: Caller, placement_id: UUID) -> PlacementView:
    """One placement: the volunteer's own, or one in the coordinator's scope."""
    return shown_to(caller, permitted(caller, "read-placement", await store.placement_view(connection, placement_id)))


async def placements(connection: Any, caller: Caller, asked: Asked, narrowed: PlacementFilter) -> list[PlacementView]:
    """A stretch of the caller's placements: a volunteer's own, or those in a coordinator's scope."""
    PERMISSIONS.require("list-placements", caller, Belongs(person=caller.subject_id), what="placement")
    if caller.kind is CallerKind.VOLUNTEER:
        found = await store.placements_of_volunteer(connection, asked, caller.require_person(), narrowed)
    else:
        found = await store.placements_in_scope(connection, asked, _scope(caller), narrowed)
    return [shown_to(caller, view) for view in found]


def _scope(caller: Caller) -> Sequence[tuple[UUID, str]]:
    return sorted(
        {
            (membership.organisation_id, district)
            for membership in caller.memberships
            if membership.role is Role.COORDINATOR
            for district in membership.districts
        }
    )


def permitted(caller: Caller, operation: str, view: PlacementView | None, *, by_speaker: bool = False) -> PlacementView:
    """The placement if the caller may; a coordinator sees nobody while the organisation is not verified.

    `by_speaker`: whoever speaks for the group may do it as if it were their own.
    """
    belongs = placement_belongs(view)
    if by_speaker and view is not None and caller.is_person(view.speaker_id):
        belongs = Belongs(belongs.organisation_id, belongs.district, view.speaker_id)
    PERMISSIONS.require(operation, caller, belongs, what="placement")
    if view is None:
        raise not_found("placement")
    if caller.kind is CallerKind.MEMBER and not view.organisation_verified:
        raise refusals.organisation_not_verified()
    return view
