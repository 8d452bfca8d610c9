"""The caller of a use case: who it is and which roles they hold, read in the transaction that acts on it.

So a role that was withdrawn is gone at the next request, whatever the token still says; and so is every role in an
organisation that was suspended, because each service's read model `organisations` says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.access.identity import Identity, token_invalid, token_missing
from shared.contracts.vocabulary import OrganisationStatus, Role
from shared.postgres.queries import load_queries
from shared.runtime.errors import Reason, Refusal
from shared.runtime.settings import IssuerKind

__all__ = ["ANONYMOUS", "Caller", "CallerKind", "Identity", "Membership", "Role", "RoleAsked", "Standing", "caller_of"]

queries: Any = load_queries(__file__)


class CallerKind(StrEnum):
    """Through what kind of issuer they signed in."""

    ANONYMOUS = "anonymous"
    VOLUNTEER = "volunteer"
    MEMBER = "member"


KNOWN_ROLES: frozenset[str] = frozenset(Role)
"""A later release may know more."""


class Reach(StrEnum):
    """Where a role counts."""

    ORGANISATION_AND_DISTRICTS = "organisation ∩ districts"
    ORGANISATION = "organisation"
    DISTRICTS = "districts"
    STATE = "state"


REACH: dict[Role, Reach] = {
    Role.COORDINATOR: Reach.ORGANISATION_AND_DISTRICTS,
    Role.TRAINER: Reach.ORGANISATION_AND_DISTRICTS,
    Role.ORGANISATION_ADMIN: Reach.ORGANISATION,
    Role.INTEGRATION: Reach.ORGANISATION,
    Role.DISTRICT_ADMIN: Reach.DISTRICTS,
    Role.STATE_ADMIN: Reach.STATE,
    Role.PRIVACY_OFFICER: Reach.STATE,
}
"""How far a role reaches. A role that is not listed reaches nothing."""


class Standing(StrEnum):
    """What this service knows of the organisation in which somebody has a role."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not verified"
    """Not yet, or suspended: the role gives nothing but what keeps the organisation's own house."""
    UNKNOWN = "unknown"
    """Its event has not arrived here yet."""


@dataclass(frozen=True)
class Membership:
    """A role in an organisation, for districts (AGS). For a coordinator no district means: nowhere."""

    role: Role
    organisation_id: UUID
    districts: frozenset[str] = frozenset()
    standing: Standing = Standing.VERIFIED

    def covers(self, organisation_id: UUID | None = None, district: str | None = None) -> bool:
        """Does this role count, and reach so far? What is not given is not asked about."""
        return self.standing is Standing.VERIFIED and self.reaches(organisation_id, district)

    def reaches(self, organisation_id: UUID | None = None, district: str | None = None) -> bool:
        """The same whether or not the organisation is verified."""
        in_organisation = organisation_id is None or organisation_id == self.organisation_id
        in_district = district is None or district in self.districts
        match REACH.get(self.role):
            case Reach.ORGANISATION_AND_DISTRICTS:
                return in_organisation and in_district and bool(self.districts)
            case Reach.ORGANISATION:
                return in_organisation
            case Reach.DISTRICTS:
                return in_district and bool(self.districts)
            case Reach.STATE:
                return True
        return False


@dataclass(frozen=True)
class RoleAsked:
    """A question of `has_role`: one of the roles, reaching this organisation and district."""

    roles: tuple[Role, ...]
    organisation_id: UUID | None = None
    district: str | None = None
    even_unverified: bool = False


@dataclass(frozen=True)
class Caller:
    """Who calls. `subject_id` is None for anonymous callers and for staff whom no membership was given yet.

    `granted` collects the questions about the caller that were answered with yes, where somebody wants to ask them again
    (`shared.access.granted`): everything that follows from a role is asked by a method, not read from `memberships`.
    """

    kind: CallerKind
    identity: Identity | None = None
    subject_id: UUID | None = None
    memberships: tuple[Membership, ...] = ()
    granted: list[Any] | None = field(default=None, compare=False, repr=False)

    def note(self, question: Any) -> None:
        """Remember a question that was answered with yes."""
        if self.granted is not None and question not in self.granted:
            self.granted.append(question)

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that the caller holds anywhere."""
        if self.kind is CallerKind.VOLUNTEER:
            return frozenset((Role.VOLUNTEER,))
        return frozenset(membership.role for membership in self.memberships)

    def has_role(
        self,
        *roles: Role,
        organisation_id: UUID | None = None,
        district: str | None = None,
        even_unverified: bool = False,
    ) -> bool:
        """Does the caller hold one of the roles, reaching this organisation and district?

        What is not given is not asked about: `has_role(COORDINATOR, organisation_id=x)` holds for any district. A role
        in an organisation that is not verified counts only with `even_unverified`.
        """
        if self.kind is CallerKind.VOLUNTEER:
            return Role.VOLUNTEER in roles
        has = any(m.reaches(organisation_id, district) for m in self._held(roles, even_unverified))
        if has:
            self.note(RoleAsked(roles, organisation_id, district, even_unverified))
        return has

    def _held(self, roles: tuple[Role, ...], even_unverified: bool) -> Iterable[Membership]:
        return (
            membership
            for membership in self.memberships
            if membership.role in roles and (even_unverified or membership.standing is Standing.VERIFIED)
        )

    def is_person(self, subject_id: UUID | None) -> bool:
        """Is the caller this person?"""
        return subject_id is not None and self.subject_id == subject_id

    def organisations(self, *roles: Role, even_unverified: bool = False) -> frozenset[UUID]:
        """The organisations in which the caller holds one of the roles (for lists)."""
        found = frozenset(m.organisation_id for m in self._held(roles, even_unverified) if m.reaches())
        for organisation_id in found:
            self.note(RoleAsked(roles, organisation_id, None, even_unverified))
        return found

    def districts(
        self, *roles: Role, organisation_id: UUID | None = None, even_unverified: bool = False
    ) -> frozenset[str]:
        """The districts of the caller's memberships in one of the roles (for lists)."""
        found: frozenset[str] = frozenset()
        for membership in self._held(roles, even_unverified):
            if membership.reaches(organisation_id):
                found |= membership.districts
                for district in membership.districts:
                    self.note(RoleAsked(roles, membership.organisation_id, district, even_unverified))
        return found

    def require_person(self) -> UUID:
        """The caller's subject id.

        Raises
        ------
        Refusal
            `token-missing` for an anonymous caller, `forbidden` for staff without any membership.
        """
        if self.kind is CallerKind.ANONYMOUS:
            raise token_missing()
        if self.subject_id is None:
            raise forbidden()
        return self.subject_id

    def require(self, *roles: Role) -> None:
        """Refuse whoever holds none of the roles anywhere; the reach is checked with the thing at hand.

        Raises
        ------
        Refusal
            `token-missing` or `forbidden`.
        """
        if self.kind is CallerKind.ANONYMOUS:
            raise token_missing()
        if not self.roles & frozenset(roles):
            raise forbidden()
        self.note(RoleAsked(roles, even_unverified=True))


ANONYMOUS = Caller(CallerKind.ANONYMOUS)


def forbidden() -> Refusal:
    """The caller's roles do not include this, whatever it is about."""
    return Refusal(
        Reason.FORBIDDEN,
        "forbidden",
        de="Dafür fehlt Ihnen die Berechtigung.",
        en="You do not have the permission for this.",
    )


async def caller_of(connection: Any, identity: Identity | None) -> Caller:
    """The caller with the roles that they hold now.

    Raises
    ------
    Refusal
        `token-invalid` for an erased person, or a volunteer's token whose subject is no subject id.
    """
    if identity is None:
        return ANONYMOUS
    query, named = question_about(identity)
    return caller_from(identity, await query(connection, **named))


def question_about(identity: Identity) -> tuple[Any, dict[str, Any]]:
    """The query, of one row or none, that tells what is known of who signed in; and its parameters.

    Raises
    ------
    Refusal
        `token-invalid` for a volunteer's token whose subject is no subject id.
    """
    if identity.kind is not IssuerKind.VOLUNTEER:
        return queries.member_by_identity, {"issuer": identity.issuer, "subject": identity.subject}
    try:
        return queries.subject_is_erased, {"subject_id": UUID(identity.subject)}
    except ValueError:
        raise token_invalid() from None


def caller_from(identity: Identity, row: Any) -> Caller:
    """The caller, as the answer to `question_about` tells; None, or nulls, where nothing is known.

    Raises
    ------
    Refusal
        `token-invalid` for an erased person.
    """
    if identity.kind is IssuerKind.VOLUNTEER:
        if row["erased"]:
            raise token_invalid()
        return Caller(CallerKind.VOLUNTEER, identity, UUID(identity.subject))
    if row is None or row["subject_id"] is None:
        return Caller(CallerKind.MEMBER, identity)
    memberships = tuple(_memberships(row["memberships"], row["organisations"]))
    return Caller(CallerKind.MEMBER, identity, row["subject_id"], memberships)


async def caller_of_member(connection: Any, subject_id: UUID) -> Caller:
    """A member with the roles that they hold now, for what they asked for and a worker does. Nobody: without any role."""
    row = await queries.member_by_subject(connection, subject_id=subject_id)
    memberships = tuple(_memberships(row["memberships"], row["organisations"])) if row else ()
    return Caller(CallerKind.MEMBER, None, subject_id, memberships)


def _memberships(stored: Iterable[dict[str, Any]], statuses: Mapping[str, str]) -> Iterable[Membership]:
    for entry in stored:
        if entry["role"] in KNOWN_ROLES:
            organisation = entry["organisation_id"]
            yield Membership(
                Role(entry["role"]),
                UUID(organisation),
                frozenset(entry.get("districts", ())),
                _standing(statuses.get(organisation)),
            )


def _standing(status: str | None) -> Standing:
    if status is None:
        return Standing.UNKNOWN
    return Standing.VERIFIED if status == OrganisationStatus.VERIFIED else Standing.NOT_VERIFIED
