"""Who may invite whom to what, and who may redeem it."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.rules.members import ONLY_FROM_STATE_ADMIN
from shared.contracts.registry import Membership
from shared.contracts.vocabulary import OrganisationKind, Role
from shared.runtime.errors import Reason, Refusal

OWN_HOUSE = frozenset((Role.COORDINATOR, Role.TRAINER))
"""What the organisation_admin of a small initiative may be, too: they could invite any address to it anyway."""


def check_inviter(role: Role, kind: OrganisationKind, *, is_admin_of_it: bool, has_admin: bool) -> None:
    """May somebody who may invite here invite to this role?

    An organisation chooses its own people. The state administration invites the first organisation_admin of an
    organisation that has none, and to the roles of the state authority.

    Raises
    ------
    Refusal
        `machine-not-by-mail`, `first-admin-only`.
    """
    if role is Role.INTEGRATION:
        raise Refusal(
            Reason.INVALID,
            "machine-not-by-mail",
            de="Eine technische Anbindung bekommt keine Mail. Sie wird mit einem Code eingerichtet.",
            en="A technical integration gets no mail. It is set up with a code.",
        )
    if is_admin_of_it:
        return
    if kind is OrganisationKind.STATE_AUTHORITY and role in ONLY_FROM_STATE_ADMIN:
        return
    if role is Role.ORGANISATION_ADMIN and not has_admin:
        return
    raise Refusal(
        Reason.FORBIDDEN,
        "first-admin-only",
        de="Die Organisation lädt ihre Leute selbst ein; die Landesverwaltung nur die erste Person zum Verwalten.",
        en="The organisation invites its own people; the state administration only its first organisation_admin.",
    )


def check_redeemer(
    role: Role, *, invited_themselves: bool, memberships: Sequence[Membership], organisation_id: UUID
) -> None:
    """Nobody gives themselves a role; only the organisation_admin may coordinate or train in their own organisation.

    Raises
    ------
    Refusal
        `own-invitation`.
    """
    is_admin_there = any(
        held.organisation_id == organisation_id and held.role is Role.ORGANISATION_ADMIN for held in memberships
    )
    if invited_themselves and not (is_admin_there and role in OWN_HOUSE):
        raise Refusal(
            Reason.FORBIDDEN,
            "own-invitation",
            de="Niemand gibt sich selbst eine Rolle. Bitte lassen Sie sich von jemand anderem einladen.",
            en="Nobody gives themselves a role. Please let somebody else invite you.",
        )


def invited_already(invitation_id: UUID) -> Refusal:
    """A second mail with the same would only make somebody wonder which counts."""
    return Refusal(
        Reason.CONFLICT,
        "invited-already",
        de="Diese Adresse ist zu dieser Rolle schon eingeladen. Bitte diese Einladung noch einmal senden oder zurücknehmen.",
        en="This address is invited to this role already. You can send that invitation again, or take it back.",
        invitation_id=str(invitation_id),
    )


def invitation_accepted_already() -> Refusal:
    """The same person follows the link once more."""
    return Refusal(
        Reason.CONFLICT,
        "invitation-accepted-already",
        de="Sie haben diese Einladung schon angenommen: die Rolle haben Sie. Es ist nichts mehr zu tun.",
        en="You accepted this invitation already: the role is yours. There is nothing left to do.",
    )


def invitation_ended() -> Refusal:
    """Its time is over, or the address that it went to was wrong."""
    return Refusal(
        Reason.CONFLICT,
        "invitation-ended",
        de="Diese Einladung ist abgelaufen. Bitte laden Sie die Person neu ein.",
        en="This invitation has ended. Please invite the person anew.",
    )


def remaining_districts(invited_for: Sequence[str], served: Sequence[str]) -> tuple[str, ...]:
    """The districts of an invitation that the organisation still serves."""
    return tuple(sorted(set(invited_for) & set(served)))
