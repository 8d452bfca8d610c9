"""The matrix of permissions, every cell of it."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from services.matching.permissions import PERMISSIONS
from shared.access.callers import ANONYMOUS, Caller, CallerKind, Membership
from shared.access.permissions import Belongs, Relation
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Reason, Refusal

ORGANISATION, PERSON = uuid4(), uuid4()
CELLE, HANNOVER = "03351", "03241"
THING = Belongs(ORGANISATION, CELLE, PERSON)
STAFF_ONLY = {
    *("publish-offer", "suggest-volunteers", "invite-volunteers", "confirm-placement", "start-placement"),
    *("suspend-placement", "resume-placement", "complete-placement", "end-placement", "find-replacements"),
}
BOTH = {"read-placement", "decline-placement", "withdraw-placement"}
"""Volunteers decline and withdraw for themselves, coordinators decline requests and take invitations back."""
OFFERS = {
    *("change-offer", "close-offer", "read-own-offers", "move-offer", "keep-templates", "plan-shifts", "keep-activity"),
}
OWN_ONLY = {"suggest-offers", "request-placement", "accept-placement"}
TANDEMS = {
    *("record-counterpart", "read-counterparts", "list-counterparts", "propose-tandem", "settle-check-in"),
}
EXPECTED: dict[str, dict[Role, Relation]] = {
    **{name: {Role.COORDINATOR: Relation.COVERED} for name in STAFF_ONLY},
    **{name: {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED} for name in OFFERS},
    **{name: {Role.VOLUNTEER: Relation.OWN} for name in OWN_ONLY},
    "read-coverage": dict.fromkeys((Role.COORDINATOR, Role.ORGANISATION_ADMIN, Role.DISTRICT_ADMIN), Relation.COVERED),
    **{name: {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED} for name in BOTH},
    "list-placements": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.ANY},
    **{name: {Role.COORDINATOR: Relation.COVERED} for name in TANDEMS},
    **{name: {Role.VOLUNTEER: Relation.OWN} for name in ("own-tandem-wishes", "answer-tandem")},
    **{
        name: {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED}
        for name in ("agree-tandem", "end-tandem", "read-tandem")
    },
    "list-tandems": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.ANY},
    "list-check-ins": {Role.COORDINATOR: Relation.ANY},
    **{
        name: dict.fromkeys((Role.COORDINATOR, Role.DISTRICT_ADMIN), Relation.COVERED)
        for name in ("make-plan", "read-plan")
    },
    "list-plans": dict.fromkeys((Role.COORDINATOR, Role.DISTRICT_ADMIN), Relation.ANY),
    "list-pairings": {Role.COORDINATOR: Relation.ANY},
    "change-pairing": {Role.COORDINATOR: Relation.COVERED},
    "read-statistics": dict.fromkeys((Role.COORDINATOR, Role.DISTRICT_ADMIN, Role.STATE_ADMIN), Relation.ANY),
    "export-person": {**dict.fromkeys(Role, Relation.OWN), Role.PRIVACY_OFFICER: Relation.ANY},
}
CELLS = list(PERMISSIONS.cells())


def member(role: Role, organisation_id: UUID = ORGANISATION, district: str = CELLE) -> Caller:
    return Caller(CallerKind.MEMBER, None, uuid4(), (Membership(role, organisation_id, frozenset((district,))),))


def themself(role: Role) -> Caller:
    return replace(caller(role), subject_id=PERSON)


def caller(role: Role) -> Caller:
    return Caller(CallerKind.VOLUNTEER, None, PERSON) if role is Role.VOLUNTEER else member(role)


def test_every_operation_is_expected() -> None:
    assert set(PERMISSIONS.rules) == set(EXPECTED)


@pytest.mark.parametrize(("operation", "role", "_relation"), CELLS)
def test_a_role_may_what_the_matrix_says_and_nothing_else(
    operation: str, role: Role, _relation: Relation | None
) -> None:
    allowed = role in EXPECTED[operation]
    assert PERMISSIONS.allows(operation, themself(role), THING) is allowed
    if not allowed:
        with pytest.raises(Refusal) as refused:
            PERMISSIONS.require(operation, caller(role), THING)
        assert refused.value.reason is Reason.FORBIDDEN


@pytest.mark.parametrize(("operation", "role", "_relation"), CELLS)
def test_what_lies_outside_looks_absent(operation: str, role: Role, _relation: Relation | None) -> None:
    relation = EXPECTED[operation].get(role)
    if relation is Relation.OWN:
        outside = [replace(caller(role), subject_id=uuid4())]
    elif relation is Relation.COVERED:
        # A district_admin's reach is the district, whatever the organisation.
        outside = (
            [member(role, district=HANNOVER)]
            if role is Role.DISTRICT_ADMIN
            else [member(role, organisation_id=uuid4())]
        )
        outside += [member(role, district=HANNOVER)] if role is Role.COORDINATOR else []
    else:
        return
    for stranger in outside:
        with pytest.raises(Refusal) as refused:
            PERMISSIONS.require(operation, stranger, THING, what="placement")
        assert refused.value.code == "placement-not-found"


@pytest.mark.parametrize("operation", PERMISSIONS.rules)
def test_nobody_who_is_not_signed_in_may_anything(operation: str) -> None:
    with pytest.raises(Refusal) as refused:
        PERMISSIONS.require(operation, ANONYMOUS, THING)
    assert refused.value.reason is Reason.UNAUTHENTICATED
