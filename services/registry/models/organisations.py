"""Organisations: commands and answers."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.volunteers import Mail
from shared.contracts.vocabulary import AGS, LanguageCode, OrganisationKind, OrganisationStatus
from shared.http.models import Line, RequestModel

Districts = Annotated[tuple[AGS, ...], Field(min_length=1, max_length=45)]


class RegisterOrganisation(RequestModel):
    """An organisation introduces itself; the person who does so becomes its organisation_admin."""

    name: Line
    kind: OrganisationKind
    districts: Districts
    contact_name: Line = Field(description="name of the person who registers it")
    contact_mail: Mail
    contact_language: LanguageCode = "de"


class OrganisationAnswer(BaseModel):
    organisation_id: UUID
    version: int
    name: str
    kind: OrganisationKind
    districts: tuple[str, ...]
    status: OrganisationStatus
