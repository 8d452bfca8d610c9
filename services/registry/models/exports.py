"""What the registry holds of a person, as it is handed out."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.registry.models.requests import RequestAnswer


class PersonExport(BaseModel):
    """Everything that the registry holds of a person (Art. 15, 20 DSGVO), other persons left out (Art. 15(4))."""

    service: Literal["registry"] = "registry"
    subject_id: UUID
    exported_at: datetime
    volunteer: dict[str, Any] | None
    address: dict[str, Any] | None
    address_change: dict[str, Any] | None
    restriction: dict[str, Any] | None
    member: dict[str, Any] | None
    member_address: dict[str, Any] | None
    consents: list[dict[str, Any]]
    consents_held: list[dict[str, Any]]
    characteristics: list[dict[str, Any]]
    undertakings: list[dict[str, Any]]
    sign_ins: list[dict[str, Any]]
    placements: list[dict[str, Any]]
    clearances: list[dict[str, Any]]
    clearance_placements: list[dict[str, Any]]
    own_contact: list[dict[str, Any]]
    support_requests: list[dict[str, Any]]
    support_messages: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    group_invitations: list[dict[str, Any]]
    campaign_calls: list[dict[str, Any]]
    duplicates: list[dict[str, Any]]
    duplicate_keys: list[dict[str, Any]]
    merges: list[dict[str, Any]]
    external_ids: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    requests: list[RequestAnswer]
    accesses: list[dict[str, Any]]
    invitations: list[dict[str, Any]]
    published_contacts: list[dict[str, Any]]
    boundary_proposals: list[dict[str, Any]]
    boundary_agreements: list[dict[str, Any]]
    boundary_comments: list[dict[str, Any]]
    offers: list[dict[str, Any]]
    campaigns: list[dict[str, Any]]
    imports: list[dict[str, Any]]
    acts: list[dict[str, Any]]
    only_for_the_person: tuple[str, ...] = ()
    """Of these something may be held that is handed out only at the person's own sign-in; `information` says what."""
    is_complete: bool
    """False when a list was longer than is given; a privacy officer hands out the rest."""
