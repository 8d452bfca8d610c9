"""Clearances: the three facts about an inspected certificate of conduct, and what they are kept for."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import PlacementStatus, Term
from shared.http.models import Day, RequestModel, wrong

Citation = Annotated[
    str,
    StringConstraints(
        max_length=80,
        pattern=r"^(§§?|Art\.) [0-9]{1,4}[a-z]?( Abs\. [0-9]{1,2}[a-z]?)?( Satz [0-9]{1,2})?( Nr\. [0-9]{1,2}[a-z]?)?"
        r" [A-ZÄÖÜ][A-Za-zÄÖÜäöü]{1,15}(-[A-Z]{1,6})?( [IVX]{1,4})?$",
    ),
]
"""A law, cited like `§ 75 Abs. 2 SGB XII`: nothing about a person fits in."""


class Purpose(RequestModel):
    """What the certificate was asked for. Without a legal basis, asking is not allowed."""

    legal_basis: LegalBasis
    stated_basis: Citation | None = Field(None, description="with `other`: the law, cited like `§ 75 Abs. 2 SGB XII`")
    kind_of_activity: Term

    @model_validator(mode="after")
    def _other_is_stated(self) -> "Purpose":
        if (self.legal_basis is LegalBasis.OTHER) != (self.stated_basis is not None):
            raise wrong(
                "`stated_basis` gehört zur Rechtsgrundlage other und nur zu ihr, zum Beispiel § 75 Abs. 2 SGB XII.",
                "`stated_basis` belongs to the legal basis other, and only to it, for example § 75 Abs. 2 SGB XII.",
            )
        return self


class Facts(RequestModel):
    """Exactly what § 72a(5) SGB VIII allows to be stored. No file, no text."""

    inspected_on: Day
    certificate_date: Day
    relevant_conviction: bool


class RecordClearance(Purpose, Facts):
    """A certificate was inspected; a record of the same purpose is replaced."""

    volunteer_id: UUID


class CorrectClearance(Facts):
    """What was recorded wrongly is replaced, and kept nowhere."""


class DeletionReason(StrEnum):
    """Why a clearance goes; a word for the audit log."""

    NOT_TAKEN_UP = "not-taken-up"
    """The activity was not taken up: deleted at once."""
    SIX_MONTHS_AFTER = "six-months-after"
    """Six months after the last exercise of the activity."""
    BY_ORGANISATION = "by-organisation"
    ERASURE = "erasure"
    REPLACED = "replaced"
    """Two registrations of one person were merged, and another inspection for the same purpose is the later one."""


@dataclass(frozen=True)
class Terms:
    """How an organisation inspects: usual practice unless it says otherwise. Version 1: nobody has changed it."""

    certificate_months: int = 3
    renewal_years: int = 5
    notice_days: tuple[int, ...] = (90, 30)
    waiting_days: int = 90
    version: int = 1


@dataclass(frozen=True)
class Practice:
    """One placement of the volunteer in the organisation, as far as it matters to a clearance.

    `of_this_kind` is None while its offer is not known here.
    """

    status: PlacementStatus
    taken_up: bool
    last_exercised_on: date | None
    closed_at: datetime | None
    of_this_kind: bool | None


@dataclass(frozen=True)
class Noted:
    """What is known of a placement; version 0: nothing."""

    version: int = 0
    taken_up: bool = False
    last_exercised_on: date | None = None


@dataclass(frozen=True)
class Fate:
    """When a clearance is to be deleted, as far as it is known; None: the activity goes on or is about to begin."""

    delete_on: date | None = None
    reason: DeletionReason | None = None


@dataclass(frozen=True)
class StoredClearance:
    clearance_id: UUID
    version: int
    volunteer_id: UUID
    organisation_id: UUID
    legal_basis: LegalBasis
    stated_basis: str | None
    kind_of_activity: str
    inspected_on: date
    certificate_date: date
    relevant_conviction: bool
    recorded_at: datetime
    valid_until: date
    notices_due: tuple[date, ...]
    delete_on: date | None
    delete_reason: str | None
    published_id: UUID | None
    published_version: int | None

    @classmethod
    def of(cls, row: Any) -> "StoredClearance":
        """From a row of the table."""
        told = {**row, "legal_basis": LegalBasis(row["legal_basis"]), "notices_due": tuple(row["notices_due"])}
        return cls(**told)


class ClearanceAnswer(BaseModel):
    """For members of the inspecting organisation, and the person."""

    clearance_id: UUID
    version: int
    volunteer_id: UUID
    organisation_id: UUID
    legal_basis: LegalBasis
    stated_basis: str | None
    kind_of_activity: str
    inspected_on: date
    certificate_date: date
    relevant_conviction: bool
    valid_until: date
    delete_on: date | None = Field(description="deleted on this day at the latest, as far as it is known")


class OwnClearanceAnswer(BaseModel):
    """What a volunteer sees of what organisations recorded of them."""

    clearance_id: UUID
    organisation_id: UUID
    organisation: str
    legal_basis: LegalBasis
    stated_basis: str | None
    kind_of_activity: str
    inspected_on: date
    certificate_date: date
    relevant_conviction: bool
    valid_until: date
    delete_on: date | None


NoticeDays = Annotated[tuple[Annotated[int, Field(ge=1, le=366)], ...], Field(min_length=1, max_length=4)]


WAITING_DAYS_AT_MOST = 90
"""§ 72a(5) sentence 5 SGB VIII: what was inspected for an activity that is not taken up goes at once."""


class SetTerms(RequestModel):
    """How an organisation inspects from now on; what was inspected before stays as it is."""

    certificate_months: int = Field(3, ge=1, le=12, description="so old may a certificate be when it is inspected")
    renewal_years: int = Field(5, ge=1, le=10, description="after so long another is inspected")
    notice_days: NoticeDays = Field((90, 30), description="so many days before, volunteer and organisation are told")
    waiting_days: int = Field(
        90,
        ge=1,
        le=WAITING_DAYS_AT_MOST,
        description="when no placement follows within these days, the activity counts as not taken up",
    )


class TermsAnswer(BaseModel):
    organisation_id: UUID
    version: int
    certificate_months: int
    renewal_years: int
    notice_days: tuple[int, ...]
    waiting_days: int
