"""What notifications works with: intents, deliveries, messages, contacts, and the facts that a text needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class RecipientKind(StrEnum):
    """In which read model the address stands."""

    VOLUNTEER = "volunteer"
    MEMBER = "member"


class DeliveryStatus(StrEnum):
    """`sending` is committed before the dialogue with the mail server begins, `sent` after it has accepted."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class ReceiptOutcome(StrEnum):
    """What became of the last mail to an erased person."""

    SENT = "sent"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True)
class Intent:
    """Somebody is to be told something. `data` holds ids and facts: no address, no name, no secret."""

    mail: str
    recipient: RecipientKind
    subject_id: UUID
    data: Mapping[str, Any]
    concerns: UUID | None = None
    """The volunteer whom the text is about, when somebody else reads it: erased with them."""
    expires_at: datetime | None = None
    """After this instant nobody is to be told any more; None: as long as the settings say."""


@dataclass(frozen=True)
class Note:
    """What an occasion, known by its natural key, made within a journey: a delivery and a message of the same id."""

    delivery_id: UUID
    natural_key: str
    intent: Intent
    expires_at: datetime
    in_bulk: bool
    correlation_id: str
    causation_id: str | None = None


@dataclass(frozen=True)
class Room:
    """How many deliveries may be begun: of those that somebody waits for, of those in bulk, and together."""

    urgent: int
    in_bulk: int
    together: int


@dataclass(frozen=True)
class Delivery:
    """An intent on its way to the mail server. `attempts` counts from 1 at the first claim."""

    delivery_id: UUID
    mail: str
    recipient: RecipientKind
    subject_id: UUID
    concerns: UUID | None
    data: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    attempts: int
    correlation_id: str
    causation_id: str | None = None
    in_bulk: bool = False


@dataclass(frozen=True)
class Contact:
    """How a person is reached; `language` is an ISO 639 code.

    Of a volunteer in a text for somebody else, name and mail are None when they do not let organisations contact them.
    """

    subject_id: UUID
    name: str | None
    mail: str | None
    language: str
    through: UUID | None = None
    """The member who is told instead of somebody without mail."""
    mail_to_confirm: str | None = None
    """A new address: only the link that confirms it goes there."""


@dataclass(frozen=True)
class OfferFacts:
    title: str
    organisation_id: UUID
    weekly: tuple[Mapping[str, str], ...] = ()
    is_open: bool = True
    district: str | None = None


@dataclass(frozen=True)
class CourseFacts:
    title: str
    organisation_id: UUID
    first_session: datetime | None = None


@dataclass(frozen=True)
class CampaignFacts:
    """`texts`: by language a subject and paragraphs; German is among them."""

    organisation_id: UUID
    texts: Mapping[str, Mapping[str, Any]]
    is_open: bool = True


@dataclass(frozen=True)
class Facts:
    """What the read models know of the things that a number of texts name, by id."""

    offers: Mapping[UUID, OfferFacts] = field(default_factory=dict)
    courses: Mapping[UUID, CourseFacts] = field(default_factory=dict)
    organisations: Mapping[UUID, str] = field(default_factory=dict)
    volunteers: Mapping[UUID, Contact] = field(default_factory=dict)
    members: Mapping[UUID, Contact] = field(default_factory=dict)
    campaigns: Mapping[UUID, CampaignFacts] = field(default_factory=dict)
    speakers: Mapping[UUID, Contact] = field(default_factory=dict)
    """Volunteers who speak for a group, for those whom they have invited themselves."""


@dataclass(frozen=True)
class Letter:
    """A mail as it is handed to the mail server."""

    delivery_id: UUID
    to_name: str
    to_mail: str
    languages: tuple[str, ...]
    subject: str
    text: str
    html: str
    date: datetime


@dataclass(frozen=True)
class Message:
    """An entry of a person's inbox. `version` is 1 while it is unread, 2 afterwards."""

    message_id: UUID
    mail: str
    subject_id: UUID
    concerns: UUID | None
    data: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None
    version: int


@dataclass(frozen=True)
class Preferences:
    """What a person wants to be told by mail. Version 1: nothing was ever changed."""

    subject_id: UUID
    suggestions_by_mail: bool = True
    version: int = 1


@dataclass(frozen=True)
class PendingErasure:
    """An erasure that this service has not answered yet."""

    erasure_id: UUID
    subject_id: UUID
    records: int


@dataclass(frozen=True)
class DeliveryRecord:
    """What the export says of a delivery."""

    delivery_id: UUID
    mail: str
    status: DeliveryStatus
    created_at: datetime
    settled_at: datetime | None
