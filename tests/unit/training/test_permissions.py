"""The matrix of training: every operation for every role, against a table written by hand."""

from uuid import uuid4

import pytest

from services.training.permissions import PERMISSIONS, require_role
from shared.access.callers import ANONYMOUS, Caller, CallerKind, Membership
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Refusal

STAFF = {Role.TRAINER, Role.COORDINATOR}
MATRIX: dict[str, set[Role]] = {
    "publish-course": STAFF,
    "change-course": STAFF,
    "cancel-course": STAFF,
    "enrol": {Role.VOLUNTEER},
    "cancel-enrolment": {Role.VOLUNTEER},
    "accept-place": {Role.VOLUNTEER},
    "read-enrolment": {Role.VOLUNTEER, *STAFF},
    "list-course-enrolments": STAFF,
    "read-attendance": {Role.TRAINER},
    "record-attendance": {Role.TRAINER},
    "read-own-record": {Role.VOLUNTEER},
    "export-person": set(Role),
}
ORGANISATION, DISTRICT, PERSON = uuid4(), "03351", uuid4()
THING = Belongs(organisation_id=ORGANISATION, district=DISTRICT, person=PERSON)
CELLS = [(operation, role) for operation in MATRIX for role in Role]


def caller(role: Role, *, inside: bool) -> Caller:
    if role is Role.VOLUNTEER:
        return Caller(CallerKind.VOLUNTEER, None, PERSON if inside else uuid4())
    membership = Membership(role, ORGANISATION if inside else uuid4(), frozenset({DISTRICT}))
    return Caller(CallerKind.MEMBER, None, PERSON if inside else uuid4(), (membership,))


def test_the_matrix_has_every_operation() -> None:
    assert PERMISSIONS.rules.keys() == MATRIX.keys()


@pytest.mark.parametrize(("operation", "role"), CELLS)
def test_inside_ones_scope(operation: str, role: Role) -> None:
    assert PERMISSIONS.allows(operation, caller(role, inside=True), THING) == (role in MATRIX[operation])


@pytest.mark.parametrize(("operation", "role"), CELLS)
def test_outside_ones_scope_it_looks_as_if_it_did_not_exist(operation: str, role: Role) -> None:
    if (operation, role) == ("export-person", Role.PRIVACY_OFFICER):
        assert PERMISSIONS.allows(operation, caller(role, inside=False), THING), "for whom they answer"
        return
    with pytest.raises(Refusal) as refused:
        PERMISSIONS.require(operation, caller(role, inside=False), THING, what="course")
    assert refused.value.code == ("course-not-found" if role in MATRIX[operation] else "forbidden")


@pytest.mark.parametrize("role", sorted(STAFF))
def test_another_district_of_the_own_organisation_is_outside(role: Role) -> None:
    elsewhere = Belongs(organisation_id=ORGANISATION, district="03241")
    assert not PERMISSIONS.allows("change-course", caller(role, inside=True), elsewhere)


@pytest.mark.parametrize("operation", MATRIX)
def test_nobody_does_anything_without_signing_in(operation: str) -> None:
    with pytest.raises(Refusal, match="token-missing"):
        require_role(operation, ANONYMOUS)
    with pytest.raises(Refusal, match="token-missing"):
        PERMISSIONS.require(operation, ANONYMOUS, THING)
