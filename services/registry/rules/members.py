"""Roles in organisations: who may be given which, and what must stay."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from shared.contracts.registry import Membership
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus, Role
from shared.runtime.errors import Reason, Refusal

ONLY_FROM_STATE_ADMIN = frozenset((Role.STATE_ADMIN, Role.PRIVACY_OFFICER))
ONLY_IN_KIND = {
    Role.STATE_ADMIN: OrganisationKind.STATE_AUTHORITY,
    Role.PRIVACY_OFFICER: OrganisationKind.STATE_AUTHORITY,
    Role.DISTRICT_ADMIN: OrganisationKind.DISTRICT_AUTHORITY,
}
ONLY_WHEN_VERIFIED = frozenset(Role) - {Role.ORGANISATION_ADMIN}
"""What reaches beyond the organisation's own housekeeping waits until it is verified."""


def check_role(
    role: Role,
    districts: Sequence[str],
    *,
    organisation_districts: Sequence[str],
    kind: OrganisationKind,
    status: OrganisationStatus,
    given_by_state_admin: bool,
) -> tuple[str, ...]:
    """The districts for which a role may be given in an organisation; none named: all of the organisation's.

    Raises
    ------
    Refusal
        `role-not-for-members`, `organisation-suspended`, `organisation-not-verified`, `role-not-in-this-kind`,
        `role-from-state-admin-only`, `district-not-of-organisation`.
    """
    if role is Role.VOLUNTEER:
        raise Refusal(
            Reason.INVALID,
            "role-not-for-members",
            de="Ehrenamtliche werden nicht eingeladen; sie melden sich selbst an.",
            en="Volunteers are not invited; they register themselves.",
        )
    if status is OrganisationStatus.SUSPENDED:
        raise organisation_suspended()
    if role in ONLY_WHEN_VERIFIED and status is not OrganisationStatus.VERIFIED:
        raise organisation_not_verified()
    if role in ONLY_IN_KIND and ONLY_IN_KIND[role] is not kind:
        raise Refusal(
            Reason.INVALID,
            "role-not-in-this-kind",
            de="Diese Rolle gibt es in einer Organisation dieser Art nicht.",
            en="There is no such role in an organisation of this kind.",
        )
    if role in ONLY_FROM_STATE_ADMIN and not given_by_state_admin:
        raise role_from_state_admin_only()
    check_districts_of(districts, organisation_districts)
    return tuple(sorted(set(districts or organisation_districts)))


def check_districts_of(districts: Sequence[str], organisation_districts: Sequence[str]) -> None:
    """A role counts only where the organisation is active.

    Raises
    ------
    Refusal
        `district-not-of-organisation`.
    """
    if not set(districts) <= set(organisation_districts):
        raise Refusal(
            Reason.INVALID,
            "district-not-of-organisation",
            de="Die Organisation ist in einem dieser Landkreise nicht tätig.",
            en="The organisation is not active in one of these districts.",
        )


def with_membership(memberships: Iterable[Membership], added: Membership) -> tuple[Membership, ...]:
    """The memberships with one more; the districts of a role that is held already are widened."""
    kept, districts = [], set(added.districts)
    for membership in memberships:
        if (membership.organisation_id, membership.role) == (added.organisation_id, added.role):
            districts |= set(membership.districts)
        else:
            kept.append(membership)
    return (*kept, added.model_copy(update={"districts": tuple(sorted(districts))}))


def without_membership(
    memberships: Sequence[Membership], organisation_id: UUID, role: Role
) -> tuple[Membership, ...] | None:
    """The memberships without a role in an organisation; None when it was not held."""
    left = tuple(m for m in memberships if (m.organisation_id, m.role) != (organisation_id, role))
    return None if len(left) == len(memberships) else left


def within_districts(
    memberships: Iterable[Membership], organisation_id: UUID, districts: Sequence[str]
) -> tuple[Membership, ...]:
    """The memberships, those in an organisation narrowed to the districts that it serves."""
    return tuple(
        membership.model_copy(update={"districts": tuple(sorted(set(membership.districts) & set(districts)))})
        if membership.organisation_id == organisation_id
        else membership
        for membership in memberships
    )


def role_from_state_admin_only() -> Refusal:
    """An organisation_admin neither gives nor takes this role."""
    return Refusal(
        Reason.FORBIDDEN,
        "role-from-state-admin-only",
        de="Über diese Rolle entscheidet nur die Landesverwaltung.",
        en="Only the state administration decides on this role.",
    )


def last_admin_stays() -> Refusal:
    """An organisation without an organisation_admin could invite nobody any more."""
    return Refusal(
        Reason.CONFLICT,
        "last-organisation-admin",
        de="Die letzte Verwalterin oder der letzte Verwalter kann nicht gehen. Bitte zuerst eine weitere Person einladen.",
        en="The last organisation_admin cannot leave. Please invite another one first.",
    )


def organisation_not_verified() -> Refusal:
    """The state administration has not looked at the organisation yet."""
    return Refusal(
        Reason.CONFLICT,
        "organisation-not-verified",
        de="Die Organisation ist noch nicht bestätigt.",
        en="The organisation has not been verified yet.",
    )


def organisation_suspended() -> Refusal:
    """The state administration has stopped the organisation."""
    return Refusal(
        Reason.CONFLICT,
        "organisation-suspended",
        de="Die Organisation ist gesperrt.",
        en="The organisation is suspended.",
    )


def own_organisation() -> Refusal:
    """Nobody confirms their own."""
    return Refusal(
        Reason.FORBIDDEN,
        "own-organisation",
        de="Über die eigene Organisation entscheidet jemand anderes. Bitte eine Kollegin oder einen Kollegen.",
        en="Somebody else decides about your own organisation. Please ask a colleague.",
    )


def check_status_change(current: OrganisationStatus, wanted: OrganisationStatus) -> None:
    """registered → verified ⇄ suspended; registered → suspended. Nothing becomes registered again.

    Raises
    ------
    Refusal
        `organisation-status-unchanged`.
    """
    if current is wanted:
        raise Refusal(
            Reason.CONFLICT,
            "organisation-status-unchanged",
            de="Die Organisation ist schon in diesem Zustand.",
            en="The organisation is in this state already.",
        )
