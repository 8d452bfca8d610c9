"""Groups of volunteers: nobody is added without their yes, somebody speaks for everybody, and nothing grows without end."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.models.groups import Group, GroupMember
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus
from shared.runtime.errors import Reason, Refusal

MEMBERS_AT_MOST = 30
GROUPS_AT_MOST = 10
INVITATIONS_AT_MOST = 40
"""Addresses that a group invites within the lifetime of an invitation: all members, and slips of the pen."""


def next_speaker(members: Sequence[GroupMember], leaving: UUID) -> UUID | None:
    """Who speaks when somebody is gone: the speaker, or whoever has been there longest; None: nobody is left."""
    left = [member for member in members if member.volunteer_id != leaving]
    if not left:
        return None
    speaking = next((member for member in left if member.is_speaker), None)
    return (speaking or min(left, key=lambda member: (member.joined_at, member.volunteer_id))).volunteer_id


def check_leaving(group: Group, volunteer_id: UUID) -> None:
    """The speaker hands over first, unless nobody else is there.

    Raises
    ------
    Refusal
        `speaker-stays`.
    """
    if group.speaker_id == volunteer_id and len(group.members) > 1:
        raise Refusal(
            Reason.CONFLICT,
            "speaker-stays",
            de="Sie sprechen für die Gruppe. Bitte geben Sie das zuerst an jemanden weiter, oder lösen Sie die Gruppe auf.",
            en="You speak for the group. Please hand that over to somebody first, or dissolve the group.",
        )


def check_room(members: int, groups_of_volunteer: int) -> None:
    """Whether one more fits into a group, and one more group into somebody's life.

    Raises
    ------
    Refusal
        `group-full`, `too-many-groups`.
    """
    if members >= MEMBERS_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "group-full",
            de=f"Eine Gruppe hat höchstens {MEMBERS_AT_MOST} Mitglieder.",
            en=f"A group has at most {MEMBERS_AT_MOST} members.",
        )
    if groups_of_volunteer >= GROUPS_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-groups",
            de=f"Mehr als {GROUPS_AT_MOST} Gruppen gehen nicht. Bitte verlassen Sie zuerst eine andere.",
            en=f"More than {GROUPS_AT_MOST} groups are not possible. Please leave another one first.",
        )


def check_invitations(invited: int) -> None:
    """Whether a group may invite so many addresses, known or not (`too-many-invitations`)."""
    if invited > INVITATIONS_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-invitations",
            de="Die Gruppe hat in letzter Zeit schon sehr oft eingeladen. Bitte warten Sie einige Tage.",
            en="The group has sent very many invitations lately. Please wait some days.",
        )


def check_speaker(group: Group, volunteer_id: UUID) -> None:
    """Only a member can speak (`no-member-of-group`)."""
    if not group.has(volunteer_id):
        raise Refusal(
            Reason.INVALID,
            "no-member-of-group",
            de="Diese Person gehört nicht zur Gruppe.",
            en="This person does not belong to the group.",
        )


def check_initiative(kind: OrganisationKind, status: OrganisationStatus) -> None:
    """A group can be an organisation of kind `initiative` that is verified (`no-initiative`)."""
    if kind is not OrganisationKind.INITIATIVE or status is not OrganisationStatus.VERIFIED:
        raise Refusal(
            Reason.INVALID,
            "no-initiative",
            de="Eine Gruppe kann nur mit einer bestätigten Initiative verbunden werden.",
            en="A group can be linked to a verified initiative only.",
        )


def already_linked() -> Refusal:
    """It has been said of which organisation the group is."""
    return Refusal(
        Reason.CONFLICT,
        "already-linked",
        de="Die Gruppe ist schon mit einer Organisation verbunden.",
        en="The group is linked to an organisation already.",
    )
