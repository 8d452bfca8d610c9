"""Organisations: commands and answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.addresses import Mail
from shared.contracts.vocabulary import AGS, LegalProfile, OrganisationKind, OrganisationStatus
from shared.http.languages import Language
from shared.http.models import Line, RequestModel

DISTRICTS_AT_MOST = 450
"""There are 400 in Germany; a state-wide association serves all those of its Land."""
Districts = Annotated[tuple[AGS, ...], Field(min_length=1, max_length=DISTRICTS_AT_MOST)]


class RegisterOrganisation(RequestModel):
    """An organisation introduces itself; the person who does so becomes its organisation_admin."""

    name: Line
    kind: OrganisationKind
    districts: Districts
    umbrella_id: UUID | None = Field(None, description="the association to which it belongs")
    legal_profile: LegalProfile = LegalProfile.GDPR
    contact_name: Line = Field(description="name of the person who registers it")
    contact_mail: Mail
    contact_language: Language = "de"


class ChangeOrganisation(RequestModel):
    """What is sent is changed, what is left out stays. `umbrella_id: null` leaves the association."""

    name: Line | None = None
    kind: OrganisationKind | None = None
    districts: Districts | None = None
    umbrella_id: UUID | None = None
    legal_profile: LegalProfile | None = None

    def change(self) -> dict[str, Any]:
        """What is to be different, by name of the organisation's field."""
        told = {name: getattr(self, name) for name in self.model_fields_set}
        if "districts" in told:
            told["districts"] = tuple(sorted(set(told["districts"] or ())))
        return {name: value for name, value in told.items() if name == "umbrella_id" or value}


@dataclass(frozen=True)
class OrganisationFacts:
    """What makes a new organisation, whoever tells it."""

    name: str
    kind: OrganisationKind
    districts: tuple[str, ...]
    umbrella_id: UUID | None = None
    legal_profile: LegalProfile = LegalProfile.GDPR


class OrganisationAnswer(BaseModel):
    organisation_id: UUID
    version: int
    name: str
    kind: OrganisationKind
    districts: tuple[str, ...]
    umbrella_id: UUID | None = None
    legal_profile: LegalProfile = LegalProfile.GDPR
    status: OrganisationStatus
    registered_at: datetime
    sort_name: str = Field("", exclude=True)
    """The name as the list is sorted by it."""


class AuthorityAnswer(BaseModel):
    """Whom to complain to (Art. 77 DSGVO, § 48 KDG, § 46 DSG-EKD)."""

    name: str
    website: str


class DataProtectionAnswer(BaseModel):
    """Under which law on data protection an organisation works, and what follows from it."""

    organisation_id: UUID
    legal_profile: LegalProfile
    law: str
    answer_months: int = Field(description="so long a request of a person may take to be answered")
    authority: AuthorityAnswer
    notice_de: str
    notice_en: str


class OrganisationFilter(BaseModel):
    """What a list of organisations is narrowed by."""

    status: OrganisationStatus | None = None
    kind: OrganisationKind | None = None
    district: AGS | None = Field(None, description="AGS of a district that it serves")
    umbrella_id: UUID | None = None
    legal_profile: LegalProfile | None = None
    words: str | None = Field(None, min_length=1, max_length=100, description="words, or their beginnings, of the name")
