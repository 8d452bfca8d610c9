"""Who may do what here: every cell of the matrix."""

import pytest

from services.notifications.permissions import PERMISSIONS
from shared.access.callers import ANONYMOUS, Caller, CallerKind, Membership
from shared.access.permissions import Belongs, Relation
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Refusal
from tests.unit.notifications.builders import ORGANISATION, OTHER, VOLUNTEER


def caller_with(role: Role) -> Caller:
    if role is Role.VOLUNTEER:
        return Caller(CallerKind.VOLUNTEER, None, VOLUNTEER)
    return Caller(CallerKind.MEMBER, None, VOLUNTEER, (Membership(role, ORGANISATION, frozenset({"03351"})),))


@pytest.mark.parametrize(("operation", "role", "relation"), list(PERMISSIONS.cells()))
def test_everybody_reaches_their_own_and_nothing_else(operation: str, role: Role, relation: Relation | None) -> None:
    caller = caller_with(role)
    assert PERMISSIONS.allows(operation, caller, Belongs(person=VOLUNTEER))
    elses = (operation, role) == ("export-person", Role.PRIVACY_OFFICER)
    assert PERMISSIONS.allows(operation, caller, Belongs(person=OTHER)) is elses
    assert (relation is Relation.ANY) is elses


@pytest.mark.parametrize("operation", list(PERMISSIONS.rules))
def test_nobody_may_do_anything_without_signing_in(operation: str) -> None:
    with pytest.raises(Refusal) as refusal:
        PERMISSIONS.require(operation, ANONYMOUS, Belongs(person=VOLUNTEER))
    assert refusal.value.code == "token-missing"


def test_somebody_elses_things_do_not_exist() -> None:
    with pytest.raises(Refusal) as refusal:
        PERMISSIONS.require("export-person", caller_with(Role.VOLUNTEER), Belongs(person=OTHER), what="person")
    assert refusal.value.code == "person-not-found"
