"""Two registrations of one person: which of two placements with the same offer goes on."""

from services.matching.models.placements import HOLDS_A_PLACE, Placement
from shared.contracts.vocabulary import PlacementStatus

_NEAREST: tuple[PlacementStatus, ...] = (
    PlacementStatus.ACTIVE,
    PlacementStatus.SUSPENDED,
    PlacementStatus.CONFIRMED,
    PlacementStatus.REQUESTED,
    PlacementStatus.OFFERED,
    PlacementStatus.WAITLISTED,
    PlacementStatus.INVITED,
)
"""What has begun comes first, then what is decided, what is asked for, what is offered, waiting, and being invited."""


def given_up(one: Placement, other: Placement) -> Placement:
    """Of two live placements of one person with one offer the one that is given up: the farther, or the later asked for."""
    return max(one, other, key=lambda each: (_NEAREST.index(each.status), each.queue_number))


def status_again(was: PlacementStatus, places_free: int) -> PlacementStatus:
    """What a request that was given up is again when the two are taken apart: what it was, as far as there is room.

    A place that was offered had a deadline that has passed: its holder waits, first in line by their turn.
    """
    if was in HOLDS_A_PLACE - {PlacementStatus.OFFERED} and places_free > 0:
        return was
    return PlacementStatus.WAITLISTED
