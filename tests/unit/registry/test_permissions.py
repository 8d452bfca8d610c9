"""The registry's matrix, cell by cell: what is not named here is denied."""

from uuid import uuid4

import pytest

from services.registry.permissions import PERMISSIONS
from shared.access.callers import ANONYMOUS, Caller, CallerKind, Membership
from shared.access.permissions import Belongs, Relation
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Refusal

VOL, COO, TRA, ORG, DIS, STA, PRI, INT = (
    Role.VOLUNTEER, Role.COORDINATOR, Role.TRAINER, Role.ORGANISATION_ADMIN, Role.DISTRICT_ADMIN, Role.STATE_ADMIN,
    Role.PRIVACY_OFFICER, Role.INTEGRATION,
)  # fmt: skip
OWN, COVERED, ANY = Relation.OWN, Relation.COVERED, Relation.ANY
EVERYBODY: dict[Role, Relation] = dict.fromkeys(Role, OWN)

MATRIX: dict[str, dict[Role, Relation]] = {
    "read-volunteer": {VOL: OWN, COO: COVERED},
    "change-volunteer": {VOL: OWN, COO: COVERED},
    "change-address": {VOL: OWN, COO: COVERED},
    "read-consents": {VOL: OWN, COO: COVERED},
    "decide-consents": {VOL: OWN, COO: COVERED},
    "register-volunteer": {COO: COVERED},
    "record-guardian-consent": {COO: COVERED},
    "read-volunteer-contact": {VOL: OWN, COO: COVERED, ORG: COVERED},
    "list-volunteers": {COO: COVERED, ORG: COVERED},
    "own-characteristics": {VOL: OWN},
    "own-undertakings": {VOL: OWN},
    "export-person": EVERYBODY | {PRI: ANY},
    "ask-about-own-data": EVERYBODY,
    "record-person-request": {COO: COVERED, ORG: COVERED, PRI: ANY},
    "read-person-request": EVERYBODY | {PRI: ANY},
    "withdraw-person-request": EVERYBODY,
    "list-person-requests": {PRI: ANY},
    "handle-person-request": {PRI: ANY},
    "correct-person": {PRI: ANY},
    "read-restriction": EVERYBODY | {PRI: ANY},
    "lift-restriction": EVERYBODY | {PRI: ANY},
    "erase-volunteer": {VOL: OWN, COO: COVERED, PRI: ANY},
    "read-erasure": {VOL: OWN, PRI: ANY},
    "read-unverified-organisation": {COO: COVERED, TRA: COVERED, ORG: COVERED, STA: ANY},
    "decide-organisation": {STA: ANY},
    "change-organisation": {ORG: COVERED, STA: ANY},
    "invite-member": {ORG: COVERED, STA: ANY},
    "list-members": {ORG: COVERED, STA: ANY},
    "list-invitations": {ORG: COVERED, STA: ANY},
    "change-invitation": {ORG: COVERED, STA: ANY},
    "change-membership": {ORG: COVERED},
    "withdraw-membership": {ORG: COVERED, STA: ANY, COO: OWN, TRA: OWN, DIS: OWN, PRI: OWN},
    "read-links": {VOL: OWN},
    "answer-link": {VOL: OWN},
    "exchange": {INT: COVERED, ORG: COVERED},
    "read-import": {INT: COVERED, ORG: COVERED},
    "read-changes": {INT: COVERED, ORG: COVERED},
    "add-machine": {ORG: COVERED},
    "list-machines": {ORG: COVERED, STA: ANY},
    "withdraw-machine": {ORG: COVERED, STA: ANY},
    "publish-contact": {COO: COVERED, ORG: COVERED, INT: COVERED},
    "change-contact": {COO: COVERED, ORG: COVERED, INT: COVERED},
    "withdraw-contact": {COO: COVERED, ORG: COVERED, INT: COVERED},
    "keep-own-contact": {COO: OWN, TRA: OWN, ORG: OWN, DIS: OWN, STA: OWN, PRI: OWN},
    "manage-contacts": {COO: COVERED, TRA: COVERED, ORG: COVERED, INT: COVERED, STA: ANY},
    "add-topic": {STA: ANY},
    "read-own-contact": {VOL: OWN},
    "list-own-volunteers": {COO: OWN, ORG: OWN},
    "ask-for-support": {VOL: OWN},
    "list-support-requests": {VOL: OWN, COO: OWN, ORG: OWN},
    "read-support-request": {VOL: OWN, COO: OWN, ORG: OWN},
    "write-support-request": {VOL: OWN, COO: OWN, ORG: OWN},
    "handle-escalated-request": {ORG: COVERED},
    "count-needs": {DIS: COVERED, STA: ANY},
    "read-audit-log": {PRI: ANY},
    "record-clearance": {COO: COVERED, ORG: COVERED},
    "read-clearance": {COO: COVERED, ORG: COVERED},
    "print-clearance-letter": {COO: COVERED, ORG: COVERED},
    "set-clearance-terms": {ORG: COVERED},
    "read-own-clearances": {VOL: OWN},
    "propose-boundary": {COO: COVERED, ORG: COVERED},
    "agree-boundary": {ORG: COVERED},
    "read-boundary-talks": {COO: COVERED, ORG: COVERED, DIS: COVERED},
    "read-responsibilities": {DIS: COVERED, STA: ANY},
    "form-group": {VOL: OWN},
    "list-groups": {VOL: OWN, ORG: COVERED},
    "read-group": {VOL: OWN},
    "leave-group": {VOL: OWN},
    "speak-for-group": {VOL: OWN},
    "answer-group-invitation": {VOL: OWN},
    "decide-group-link": {ORG: COVERED},
    "write-campaign": {COO: COVERED, ORG: COVERED},
    "read-campaign": {COO: COVERED, ORG: COVERED, STA: ANY},
    "decide-campaign": {ORG: COVERED, STA: ANY},
    "withdraw-campaign": {COO: COVERED, ORG: COVERED, STA: ANY},
    "answer-call": {VOL: OWN},
    "merge-volunteers": {COO: COVERED, PRI: ANY},
}
HERE, ELSEWHERE, PERSON = uuid4(), uuid4(), uuid4()
CELLE, STADE = "03351", "03359"


def caller(role: Role) -> Caller:
    if role is Role.VOLUNTEER:
        return Caller(CallerKind.VOLUNTEER, None, PERSON)
    return Caller(CallerKind.MEMBER, None, PERSON, (Membership(role, HERE, frozenset({CELLE})),))


def test_the_matrix_is_the_one_that_was_agreed() -> None:
    cells = {(operation, role): relation for operation, role, relation in PERMISSIONS.cells()}
    assert cells == {(operation, role): roles.get(role) for operation, roles in MATRIX.items() for role in Role}


@pytest.mark.parametrize("operation", MATRIX)
@pytest.mark.parametrize("role", Role)
def test_every_cell(operation: str, role: Role) -> None:
    relation = MATRIX[operation].get(role)
    near = Belongs(organisation_id=HERE, district=CELLE, person=PERSON)
    far = Belongs(organisation_id=ELSEWHERE, district=STADE, person=uuid4())
    assert PERMISSIONS.allows(operation, caller(role), near) == (relation is not None)
    assert PERMISSIONS.allows(operation, caller(role), far) == (relation is ANY)
    assert not PERMISSIONS.allows(operation, ANONYMOUS, near)
    if relation is None:
        with pytest.raises(Refusal, match="forbidden"):
            PERMISSIONS.require(operation, caller(role), near)
    elif relation is not ANY:
        with pytest.raises(Refusal, match="thing-not-found"):
            PERMISSIONS.require(operation, caller(role), far)
