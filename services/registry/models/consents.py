"""Consents: for which purposes, by which channels, what is stored and shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from shared.http.languages import Language
from shared.http.models import RequestModel


class Purpose(StrEnum):
    """What a consent is for. Each has its own texts in `data/texts/consents/<purpose>/<version>.toml`."""

    PROCESSING = "processing"
    """Without it nobody is registered; its withdrawal is the wish to be erased (Art. 17 (1) (b) DSGVO)."""
    SUGGESTIONS_BY_MAIL = "suggestions_by_mail"
    CONTACT_BY_ORGANISATIONS = "contact_by_organisations"
    CAMPAIGNS = "campaigns"
    MIGRATION_EXPERIENCE = "migration_experience"
    AGE_BAND = "age_band"
    GUARDIAN = "guardian"
    """Given by whoever holds parental responsibility for a volunteer under 16, not by the volunteer."""


class Channel(StrEnum):
    """How a consent came."""

    WEB = "web"
    PAPER = "paper"
    PHONE = "phone"
    IN_PERSON = "in_person"
    ASSOCIATION = "association"
    """Proved by an association, whose own system took it; the text's version is that system's."""


class Decision(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


TextVersion = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


@dataclass(frozen=True)
class ConsentText:
    """One text in one language."""

    version: str
    language: str
    title: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger. `recorded_by` and `organisation_id`: who wrote down what somebody else said."""

    volunteer_id: UUID
    purpose: Purpose
    decision: Decision
    text_version: str
    language: str
    channel: Channel
    decided_at: datetime
    recorded_by: UUID | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True)
class Held:
    """A consent that holds now."""

    purpose: Purpose
    text_version: str
    given_at: datetime


class GiveConsent(RequestModel):
    """Consent to one purpose, by the text that was shown. `channel` is for staff who write down what they were told."""

    purpose: Purpose
    text_version: TextVersion
    language: Language
    channel: Channel = Channel.WEB


class WithdrawConsent(RequestModel):
    """Nothing needs to be said. `channel` is for staff who write down what they were told."""

    channel: Channel = Channel.WEB


class EntryAnswer(BaseModel):
    """One entry of the ledger as its person sees it."""

    purpose: Purpose
    decision: Decision
    text_version: str
    language: str
    channel: Channel
    decided_at: datetime
    organisation_id: UUID | None


class HeldAnswer(BaseModel):
    purpose: Purpose
    text_version: str
    given_at: datetime
    is_current: bool
    """False: there is a newer text, which may be consented to."""
    newer_version: str | None = None
    """The text in force, when it is another one; what was consented to holds until it is withdrawn."""


class ConsentsAnswer(BaseModel):
    """What holds now, and the ledger that says how it came about."""

    held: list[HeldAnswer]
    ledger: list[EntryAnswer]


class ConsentTextAnswer(BaseModel):
    """The text to show before a consent is given; `is_needed`: without it nobody can register."""

    purpose: Purpose
    text_version: str
    language: str
    title: str
    text: str
    is_needed: bool
