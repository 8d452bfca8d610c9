"""With whom a volunteer has to do: what is known of placements, and who is their own contact."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class KnownPlacement(BaseModel):
    """A placement as far as the registry keeps it. Topic and district are those of its offer, once that is known."""

    placement_id: UUID
    offer_id: UUID
    organisation_id: UUID
    status: str
    topic: str | None
    district: str | None


class OwnContactExport(BaseModel):
    """What is held of a volunteer's own contact (Art. 15 DSGVO)."""

    contact_id: UUID | None
    organisation_id: UUID | None
    reason: str
    since: datetime
