"""Groups and initiatives of volunteers who apply and are placed together. Ids only: no name of a group or a person."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, StateData, contract


class Group(StateData):
    """Volunteers with a speaker; everybody in it has said yes themselves."""

    group_id: UUID
    speaker_id: UUID
    member_ids: tuple[UUID, ...] = Field(min_length=1, max_length=100)
    """The speaker among them, in the order of the ids."""
    organisation_id: UUID | None = None
    """The organisation of kind `initiative` that the group is, agreed by both."""
    formed_at: datetime


@contract("group-formed", topic="registry.groups", key="group_id")
class GroupFormed(Group):
    pass


@contract("group-updated", topic="registry.groups", key="group_id")
class GroupUpdated(Group):
    """Somebody joined or left, another one speaks, or it was linked to an organisation."""


@contract("group-dissolved", topic="registry.groups", key="group_id")
class GroupDissolved(StateData):
    """The last state of all; a tombstone follows."""

    group_id: UUID


@contract("group-invitation-requested", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class GroupInvitationRequested(EventData):
    """A volunteer is invited into a group by its speaker; nobody is added without their yes."""

    volunteer_id: UUID
    invitation_id: UUID
    group_id: UUID
    speaker_id: UUID
    expires_at: datetime


@contract("group-speaker-changed", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class GroupSpeakerChanged(EventData):
    """This volunteer speaks for their group from now on: handed over, or because the one before is gone."""

    volunteer_id: UUID
    group_id: UUID
    changed_at: datetime
