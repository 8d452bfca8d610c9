"""Contacts: commands and answers."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.volunteers import Mail
from shared.contracts.vocabulary import AGS, LanguageCode, Term
from shared.http.models import Line, RequestModel


class PublishContact(RequestModel):
    """A staff contact to be found by anybody. What stands here is published on purpose."""

    organisation_id: UUID
    subject_id: UUID | None = None
    district: AGS
    topic: Term
    languages: Annotated[tuple[LanguageCode, ...], Field(max_length=20)] = ()
    name: Line
    mail: Mail | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+ ()/.-]{4,40}$")] | None = None


class ContactAnswer(BaseModel):
    contact_id: UUID
    version: int
    organisation_id: UUID
    organisation: str
    district: str
    topic: str
    languages: tuple[str, ...]
    name: str
    mail: str | None
    phone: str | None
