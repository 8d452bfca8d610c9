"""A placement as whoever asks may see it: with what they can do now."""

from dataclasses import replace

from services.matching.models.placements import Actor, PlacementView
from services.matching.rules.placements import possible_steps
from shared.access.callers import Caller, CallerKind


def actor_of(caller: Caller) -> Actor:
    """As whom the caller acts on placements."""
    return Actor.VOLUNTEER if caller.kind is CallerKind.VOLUNTEER else Actor.COORDINATOR


def shown_to(caller: Caller, view: PlacementView) -> PlacementView:
    """The placement with the steps that the caller can take."""
    return replace(view, possible=possible_steps(view.placement.status, actor_of(caller)))
