"""Two registrations of one person are brought together by a person, and can be taken apart again for 30 days."""

from datetime import datetime
from uuid import UUID

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.registry.volunteers import Volunteer


@contract("volunteer-merged", topic="registry.volunteers", key="volunteer_id", person="volunteer_id")
class VolunteerMerged(StateData):
    """This volunteer goes on under another id: what belongs to this id moves there, in every service.

    A tombstone follows when it can no longer be undone; until then `volunteer-restored` may bring the volunteer back.
    """

    volunteer_id: UUID
    survivor_id: UUID
    merge_id: UUID
    merged_at: datetime
    undo_until: datetime
    """Until then what moved has to be remembered."""


@contract("volunteer-restored", topic="registry.volunteers", key="volunteer_id", person="volunteer_id")
class VolunteerRestored(Volunteer):
    """They were two persons after all: what moved because of this merge moves back. The whole state, as before it."""

    survivor_id: UUID
    merge_id: UUID


@contract("merge-announced", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class MergeAnnounced(EventData):
    """Whoever is reached under this id is to be told of the merge: of each of the two, and again when it was undone."""

    volunteer_id: UUID
    merge_id: UUID
    undone: bool = False
    undo_until: datetime
    """Until then a mistake can be put right."""
    expires_at: datetime
