"""What a caller was asked about, with yes for an answer, when a command was done: written down with what it answered, and
asked anew before that answer is given again.

Whoever holds less today than the command needed is refused as if they had sent it for the first time. Of volunteers
nothing is written: who they are is all that counts, and the erased ones have no token any more. A command that asked
about no role in any organisation is held to have needed every role in question.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.access.callers import KNOWN_ROLES, Caller, CallerKind, RoleAsked, Standing, forbidden
from shared.access.permissions import Belongs, OperationAsked, Permissions, Relation
from shared.contracts.vocabulary import Role
from shared.runtime.errors import not_found

IT = "it"
"""The one operation of a matrix that is made of a question."""


def listening(caller: Caller) -> Caller:
    """The caller, whose granted questions are collected from now on."""
    return replace(caller, granted=[]) if caller.kind is CallerKind.MEMBER else caller


def written(caller: Caller) -> dict[str, Any] | None:
    """What was granted, to be stored with the answer; None where there is nothing to be asked again."""
    if caller.granted is None:
        return None
    operations = [each for each in caller.granted if isinstance(each, OperationAsked)]
    roles = [each for each in caller.granted if isinstance(each, RoleAsked)]
    if not operations and all(each.organisation_id is None for each in roles):
        roles += _every_membership(caller, {role for each in roles for role in each.roles})
    return {
        "who": _who(caller),
        "operations": [_operation_written(each) for each in operations],
        "roles": [_role_written(each) for each in roles],
    }


def require_still(stored: Mapping[str, Any] | None, caller: Caller) -> None:
    """Refuse a caller for whom one of the questions is answered with no today.

    Raises
    ------
    Refusal
        What the command itself would have refused with: `forbidden`, `<what>-not-found`, `organisation-not-verified`.
    """
    if stored is None:
        return
    if stored["who"] not in (None, _who(caller)):
        raise forbidden()
    for operation in stored["operations"]:
        _require_operation(operation, caller)
    for role in stored["roles"]:
        _require_role(role, caller)


def _who(caller: Caller) -> str | None:
    """Whoever comes back after an erasure under the same identity is somebody else; the id itself is not kept."""
    return None if caller.subject_id is None else hashlib.sha256(caller.subject_id.bytes).hexdigest()


def _every_membership(caller: Caller, roles: Iterable[Role]) -> list[RoleAsked]:
    wanted = frozenset(roles)
    return [
        RoleAsked((held.role,), held.organisation_id, None, held.standing is not Standing.VERIFIED)
        for held in caller.memberships
        if (not wanted or held.role in wanted) and held.reaches()
    ]


def _operation_written(asked: OperationAsked) -> dict[str, Any]:
    return {
        "rules": {role.value: relation.value for role, relation in asked.rules.items()},
        "organisation": _text(asked.organisation_id),
        "district": asked.district,
        "own": asked.is_own,
        "unverified": asked.even_unverified,
        "right": asked.is_right_of_persons,
        "what": asked.what,
    }


def _require_operation(asked: Mapping[str, Any], caller: Caller) -> None:
    rules = {Role(role): Relation(relation) for role, relation in asked["rules"].items() if role in KNOWN_ROLES}
    matrix = Permissions(
        {IT: rules},
        even_unverified=frozenset({IT} if asked["unverified"] else ()),
        rights_of_persons=frozenset({IT} if asked["right"] else ()),
    )
    person = caller.subject_id if asked["own"] else None
    matrix.require(IT, caller, Belongs(_id(asked["organisation"]), asked["district"], person), what=asked["what"])


def _role_written(asked: RoleAsked) -> dict[str, Any]:
    return {
        "roles": [role.value for role in asked.roles],
        "organisation": _text(asked.organisation_id),
        "district": asked.district,
        "unverified": asked.even_unverified,
    }


def _require_role(asked: Mapping[str, Any], caller: Caller) -> None:
    roles = [Role(role) for role in asked["roles"] if role in KNOWN_ROLES]
    holds = caller.has_role(
        *roles,
        organisation_id=_id(asked["organisation"]),
        district=asked["district"],
        even_unverified=asked["unverified"],
    )
    if not holds:
        raise not_found("thing") if caller.roles & frozenset(roles) else forbidden()


def _text(organisation_id: UUID | None) -> str | None:
    return None if organisation_id is None else str(organisation_id)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
