"""Groups: somebody always speaks, and nothing grows without end."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.groups import Group, GroupMember
from services.registry.rules.groups import (
    GROUPS_AT_MOST,
    INVITATIONS_AT_MOST,
    MEMBERS_AT_MOST,
    check_initiative,
    check_invitations,
    check_leaving,
    check_room,
    next_speaker,
)
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus
from shared.runtime.errors import Refusal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_group(size: int) -> Group:
    members = tuple(GroupMember(UUID(int=n + 1), n == 0, NOW + timedelta(days=n)) for n in range(size))
    return Group(UUID(int=99), 1, "Demo", "", NOW, None, None, members)


@given(st.integers(min_value=1, max_value=MEMBERS_AT_MOST), st.integers(min_value=0, max_value=MEMBERS_AT_MOST - 1))
def test_whoever_leaves_somebody_who_stays_speaks(size: int, leaves: int) -> None:
    group = a_group(size)
    leaving = UUID(int=leaves % size + 1)
    speaker = next_speaker(group.members, leaving)
    if size == 1:
        assert speaker is None
    else:
        assert speaker is not None
        assert speaker != leaving and group.has(speaker)
        assert speaker == (UUID(int=2) if leaving == group.speaker_id else group.speaker_id)


def test_the_speaker_hands_over_before_they_leave_others() -> None:
    with pytest.raises(Refusal):
        check_leaving(a_group(2), UUID(int=1))
    check_leaving(a_group(2), UUID(int=2))
    check_leaving(a_group(1), UUID(int=1))


@pytest.mark.parametrize(
    ("members", "groups", "is_right"),
    [
        (0, 0, True),
        (MEMBERS_AT_MOST - 1, GROUPS_AT_MOST - 1, True),
        (MEMBERS_AT_MOST, 0, False),
        (1, GROUPS_AT_MOST, False),
    ],
)
def test_a_group_and_a_life_have_room_for_so_many(members: int, groups: int, is_right: bool) -> None:
    if is_right:
        check_room(members, groups)
    else:
        with pytest.raises(Refusal):
            check_room(members, groups)


def test_a_group_invites_so_many() -> None:
    check_invitations(INVITATIONS_AT_MOST)
    with pytest.raises(Refusal):
        check_invitations(INVITATIONS_AT_MOST + 1)


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("status", OrganisationStatus)
def test_a_group_is_a_verified_initiative_and_nothing_else(kind: OrganisationKind, status: OrganisationStatus) -> None:
    if (kind, status) == (OrganisationKind.INITIATIVE, OrganisationStatus.VERIFIED):
        check_initiative(kind, status)
    else:
        with pytest.raises(Refusal):
            check_initiative(kind, status)
