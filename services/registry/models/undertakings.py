"""Undertakings of confidentiality (Datengeheimnis)."""

from datetime import datetime

from pydantic import BaseModel

from services.registry.models.consents import TextVersion
from shared.contracts.vocabulary import LanguageCode
from shared.http.models import RequestModel


class SignUndertaking(RequestModel):
    """I have read the text of this version in this language and sign it."""

    text_version: TextVersion
    language: LanguageCode


class SignedUndertaking(BaseModel):
    text_version: str
    language: str
    signed_at: datetime


class UndertakingText(BaseModel):
    """The text in force."""

    text_version: str
    language: str
    title: str
    text: str


class UndertakingsAnswer(BaseModel):
    """Whether the one in force is signed, and all that were."""

    is_valid: bool
    text_version: str
    """In force."""
    signed: list[SignedUndertaking]
