"""What the registry knows of matching's placements."""

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
