"""With whom a volunteer has dealt."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.registry.rules.dealings import BY_AGREEMENT, is_dealing
from shared.contracts.matching import Placement
from shared.contracts.vocabulary import PlacementStatus


def placement(status: PlacementStatus, *, volunteer_acted: bool) -> Placement:
    return Placement(
        placement_id=uuid4(),
        version=1,
        offer_id=uuid4(),
        organisation_id=uuid4(),
        coordinator_id=uuid4(),
        volunteer_id=uuid4(),
        status=status,
        requested_at=datetime(2026, 3, 2, tzinfo=UTC),
        volunteer_acted=volunteer_acted,
    )


@pytest.mark.parametrize("status", [each for each in PlacementStatus if each is not PlacementStatus.INVITED])
def test_who_asked_has_dealt_with_the_organisation_whatever_came_of_it(status: PlacementStatus) -> None:
    assert is_dealing(placement(status, volunteer_acted=True))


@pytest.mark.parametrize("status", list(PlacementStatus))
def test_an_invitation_that_was_not_taken_up_is_no_dealing(status: PlacementStatus) -> None:
    """Contact data only for those one dealt with (Art. 5(1)(c) DSGVO): an invitation alone opens nothing."""
    assert is_dealing(placement(status, volunteer_acted=False)) == (status in BY_AGREEMENT)


def test_invited_is_no_dealing_whatever_else_is_said() -> None:
    assert not is_dealing(placement(PlacementStatus.INVITED, volunteer_acted=True))
