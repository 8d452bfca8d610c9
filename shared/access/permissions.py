"""One matrix per service: which role may do which operation, and what the thing must have to do with the caller.

Declared as data in the service's `rules`, so that a test can walk through every cell. What is not declared is denied. A
role that may never do it gets 403; one that may, but not with this thing, gets 404: both look as if it did not exist.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.access.callers import REACH, Caller, CallerKind, Reach, forbidden
from shared.access.tokens import token_missing
from shared.contracts.vocabulary import Role
from shared.runtime.errors import not_found


class Relation(StrEnum):
    """What ties the thing to the caller."""

    OWN = "own"
    """It concerns the caller as a person."""
    COVERED = "covered"
    """It lies within the reach of the caller's membership (organisation, districts)."""
    ANY = "any"
    """Nothing is asked."""


@dataclass(frozen=True)
class Belongs:
    """To whom a thing belongs. For a thing of a whole organisation `district` is None."""

    organisation_id: UUID | None = None
    district: str | None = None
    person: UUID | None = None


NOWHERE = Belongs()


@dataclass(frozen=True)
class Permissions:
    """`rules`: operation → role → relation."""

    rules: Mapping[str, Mapping[Role, Relation]]

    def allows(self, operation: str, caller: Caller, thing: Belongs = NOWHERE) -> bool:
        """May the caller do this with this thing?

        Raises
        ------
        KeyError
            The operation is not declared: a mistake of the programmer.
        """
        return any(self._holds(caller, role, relation, thing) for role, relation in self.rules[operation].items())

    def require(self, operation: str, caller: Caller, thing: Belongs = NOWHERE, *, what: str = "thing") -> None:
        """Refuse unless allowed. `what` is the noun of the thing, for the code `<what>-not-found`.

        Raises
        ------
        Refusal
            `token-missing`, `forbidden`, or `<what>-not-found` when it is outside the caller's reach.
        """
        if self.allows(operation, caller, thing):
            return
        if caller.kind is CallerKind.ANONYMOUS:
            raise token_missing()
        if not caller.roles & self.rules[operation].keys():
            raise forbidden()
        raise not_found(what)

    def cells(self) -> Iterator[tuple[str, Role, Relation | None]]:
        """Every (operation, role) with its relation, None where it is denied: for the test of the matrix."""
        for operation, roles in self.rules.items():
            for role in Role:
                yield operation, role, roles.get(role)

    @staticmethod
    def _holds(caller: Caller, role: Role, relation: Relation, thing: Belongs) -> bool:
        if role not in caller.roles:
            return False
        match relation:
            case Relation.ANY:
                return True
            case Relation.OWN:
                return caller.is_person(thing.person)
            case Relation.COVERED:
                return any(
                    membership.role is role
                    and _is_answerable(role, thing)
                    and membership.covers(thing.organisation_id, thing.district)
                    for membership in caller.memberships
                )
        return False


def _is_answerable(role: Role, thing: Belongs) -> bool:
    """Does the thing say what the role's reach asks for? What belongs nowhere is covered by nobody."""
    match REACH.get(role):
        case Reach.ORGANISATION | Reach.ORGANISATION_AND_DISTRICTS:
            return thing.organisation_id is not None
        case Reach.DISTRICTS:
            return thing.district is not None
        case Reach.STATE:
            return True
    return False
