"""What is told to volunteers of whom an association's own system told."""

from datetime import datetime
from uuid import UUID

from shared.contracts.base import EventData, contract


@contract("volunteer-imported", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class VolunteerImported(EventData):
    """An association registered a volunteer, with proof of their consent; they are to be told, and may object by one link.

    `was_known`: the address belonged to a volunteer before. Then nothing is exchanged about them until they agree.
    """

    volunteer_id: UUID
    link_id: UUID
    organisation_id: UUID
    was_known: bool
    expires_at: datetime
