"""Roles: who may be given which, what is widened, what is left."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.rules.members import check_role, with_membership, without_membership
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus, Role
from shared.runtime.errors import Refusal

DISTRICTS = ("03151", "03241", "03351")
memberships = st.builds(
    Membership,
    organisation_id=st.sampled_from([UUID(int=n) for n in range(3)]),
    role=st.sampled_from([Role.COORDINATOR, Role.TRAINER]),
    districts=st.lists(st.sampled_from(DISTRICTS), unique=True).map(lambda found: tuple(sorted(found))),
)


def held(given_: list[Membership]) -> tuple[Membership, ...]:
    found: tuple[Membership, ...] = ()
    for membership in given_:
        found = with_membership(found, membership)
    return found


@given(st.lists(memberships, max_size=8), memberships)
def test_a_role_in_an_organisation_is_held_once_and_only_widened(before: list[Membership], added: Membership) -> None:
    found = with_membership(held(before), added)
    keys = [(m.organisation_id, m.role) for m in found]
    assert len(keys) == len(set(keys))
    (now,) = [m for m in found if (m.organisation_id, m.role) == (added.organisation_id, added.role)]
    assert set(now.districts) >= set(added.districts)
    for membership in before:
        (kept,) = [m for m in found if (m.organisation_id, m.role) == (membership.organisation_id, membership.role)]
        assert set(kept.districts) >= set(membership.districts)


@given(st.lists(memberships, max_size=8), memberships)
def test_what_is_withdrawn_is_gone_and_nothing_else(before: list[Membership], taken: Membership) -> None:
    found = held(before)
    left = without_membership(found, taken.organisation_id, taken.role)
    was_held = any((m.organisation_id, m.role) == (taken.organisation_id, taken.role) for m in found)
    assert (left is not None) == was_held
    if left is not None:
        assert len(left) == len(found) - 1
        assert set(left) < set(found)


@given(
    st.sampled_from(Role),
    st.lists(st.sampled_from((*DISTRICTS, "03459")), unique=True),
    st.sampled_from(OrganisationKind),
    st.sampled_from(OrganisationStatus),
    st.booleans(),
)
def test_whatever_is_given_was_allowed(
    role: Role, districts: list[str], kind: OrganisationKind, status: OrganisationStatus, by_state: bool
) -> None:
    try:
        found = check_role(
            role,
            districts,
            organisation_districts=DISTRICTS,
            kind=kind,
            status=status,
            given_by_state_admin=by_state,
        )
    except Refusal as refused:
        assert refused.de and refused.en
        return
    assert found and set(found) <= set(DISTRICTS)
    assert role is not Role.VOLUNTEER
    assert status is OrganisationStatus.VERIFIED or (
        role is Role.ORGANISATION_ADMIN and status is OrganisationStatus.REGISTERED
    )
    if role in (Role.STATE_ADMIN, Role.PRIVACY_OFFICER):
        assert by_state and kind is OrganisationKind.STATE_AUTHORITY
    if role is Role.DISTRICT_ADMIN:
        assert kind is OrganisationKind.DISTRICT_AUTHORITY


def test_no_districts_named_means_all_of_the_organisation() -> None:
    found = check_role(
        Role.COORDINATOR,
        (),
        organisation_districts=DISTRICTS,
        kind=OrganisationKind.CHURCH,
        status=OrganisationStatus.VERIFIED,
        given_by_state_admin=False,
    )
    assert found == DISTRICTS


def test_a_district_elsewhere_is_refused() -> None:
    with pytest.raises(Refusal, match="district-not-of-organisation"):
        check_role(
            Role.COORDINATOR,
            ("03459",),
            organisation_districts=DISTRICTS,
            kind=OrganisationKind.CHURCH,
            status=OrganisationStatus.VERIFIED,
            given_by_state_admin=False,
        )
