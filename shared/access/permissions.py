"""One matrix per service: which role may do which operation, and what the thing must have to do with the caller.

Declared as data in the service's `rules`, so that a test can walk through every cell. What is not declared is denied. A
role that may never do it gets 403; one that may, but not with this thing, gets 404: both look as if it did not exist.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.access.callers import REACH, Caller, CallerKind, Reach, Standing, forbidden
from shared.access.identity import token_missing
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Reason, Refusal, not_found, not_yet_known


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
class OperationAsked:
    """A question of the matrix: its line for an operation, the thing, and whose roles count although unverified.

    Of the person whom the thing concerns it says no more than whether they are the caller.
    """

    rules: Mapping[Role, Relation]
    organisation_id: UUID | None
    district: str | None
    is_own: bool
    even_unverified: bool
    is_right_of_persons: bool
    what: str


@dataclass(frozen=True)
class Permissions:
    """`rules`: operation → role → relation.

    A role in an organisation that is not verified, or suspended, gives nothing, except for the operations in
    `even_unverified`: those with which an organisation keeps its own house and sees no volunteer. What concerns staff as
    persons counts no further than that either, except for the operations in `rights_of_persons`: what everybody may ask
    about themself, whatever becomes of their organisation (Art. 12 to 22 DSGVO).
    """

    rules: Mapping[str, Mapping[Role, Relation]]
    even_unverified: Set[str] = frozenset()
    rights_of_persons: Set[str] = frozenset()

    def allows(self, operation: str, caller: Caller, thing: Belongs = NOWHERE) -> bool:
        """May the caller do this with this thing?

        Raises
        ------
        KeyError
            The operation is not declared: a mistake of the programmer.
        """
        return self._permits(operation, caller, thing, "thing")

    def require(self, operation: str, caller: Caller, thing: Belongs = NOWHERE, *, what: str = "thing") -> None:
        """Refuse unless allowed. `what` is the noun of the thing, for the code `<what>-not-found`.

        Raises
        ------
        Refusal
            `token-missing`, `forbidden`, or `<what>-not-found` when it is outside the caller's reach;
            `organisation-not-verified`, or `not-yet-known`, when nothing else stands in the way.
        """
        if self._permits(operation, caller, thing, what):
            return
        if self._allows(operation, caller, thing, frozenset(Standing) - {Standing.UNKNOWN}):
            raise organisation_not_verified()
        if self._allows(operation, caller, thing, frozenset(Standing)):
            raise not_yet_known("organisation")
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

    def _permits(self, operation: str, caller: Caller, thing: Belongs, what: str) -> bool:
        permits = self._allows(operation, caller, thing, self._standings(operation))
        if permits and caller.granted is not None:
            asked = OperationAsked(
                self.rules[operation],
                thing.organisation_id,
                thing.district,
                caller.is_person(thing.person),
                operation in self.even_unverified,
                operation in self.rights_of_persons,
                what,
            )
            caller.note(asked)
        return permits

    def _standings(self, operation: str) -> Set[Standing]:
        return frozenset(Standing) if operation in self.even_unverified else frozenset((Standing.VERIFIED,))

    def _allows(self, operation: str, caller: Caller, thing: Belongs, standings: Set[Standing]) -> bool:
        of_own = frozenset(Standing) if operation in self.rights_of_persons else standings
        return any(
            _holds(caller, role, relation, thing, of_own if relation is Relation.OWN else standings)
            for role, relation in self.rules[operation].items()
        )


def organisation_not_verified() -> Refusal:
    """The organisation for which the caller acts was not verified yet, or is suspended."""
    return Refusal(
        Reason.CONFLICT,
        "organisation-not-verified",
        de="Die Organisation ist nicht bestätigt oder gesperrt.",
        en="The organisation is not verified, or suspended.",
    )


def _holds(caller: Caller, role: Role, relation: Relation, thing: Belongs, standings: Set[Standing]) -> bool:
    if role not in caller.roles:
        return False
    if relation is Relation.OWN and not caller.is_person(thing.person):
        return False
    if caller.kind is CallerKind.VOLUNTEER:
        return relation is not Relation.COVERED
    counting = [m for m in caller.memberships if m.role is role and m.standing in standings]
    if relation is Relation.OWN:
        return any(thing.organisation_id in (None, m.organisation_id) for m in counting)
    if relation is Relation.ANY:
        return bool(counting)
    return _is_answerable(role, thing) and any(m.reaches(thing.organisation_id, thing.district) for m in counting)


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
