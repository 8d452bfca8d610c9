"""With whom a volunteer has dealt: the relation on which it depends who sees their contact data."""

from shared.contracts.matching import Placement
from shared.contracts.vocabulary import PlacementStatus

RUNNING = (PlacementStatus.ACTIVE, PlacementStatus.CONFIRMED, PlacementStatus.SUSPENDED)
"""Placements that run or are about to, the most present first."""
BY_AGREEMENT = frozenset((*RUNNING, PlacementStatus.COMPLETED, PlacementStatus.ENDED))
"""What nobody reaches without having agreed."""


def is_dealing(placement: Placement) -> bool:
    """Whether volunteer and organisation have dealt with each other through this placement.

    A suggestion or an invitation that the volunteer has not taken up is none, however it ended: otherwise an organisation
    could see the contact data of anybody whom it invites (Art. 5(1)(c) DSGVO).
    """
    if placement.status in BY_AGREEMENT:
        return True
    return placement.status is not PlacementStatus.INVITED and placement.volunteer_acted
