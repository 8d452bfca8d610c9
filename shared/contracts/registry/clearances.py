"""Clearances: that a certificate of conduct was inspected, for matching only; and that one is about to expire."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.vocabulary import Term


class LegalBasis(StrEnum):
    """On which law asking for a certificate rests; without one, asking is not allowed."""

    SGB8_72A = "sgb8_72a"
    """Children and youth: § 72a(3), (4) SGB VIII."""
    ASYLG_44 = "asylg_44"
    """Reception centres, § 44(3) AsylG; shared accommodation, § 53(3) AsylG."""
    OTHER = "other"
    """Another law, which the organisation names."""


@contract("clearance-recorded", topic="registry.clearances", key="clearance_id", person="volunteer_id")
class ClearanceRecorded(StateData):
    """An organisation inspected a certificate that shows nothing relevant. It counts only for that organisation, legal
    basis and kind of activity (§ 30a(3) BZRG).

    There is no event about a certificate that shows a relevant conviction: it looks as if none had been inspected.
    """

    clearance_id: UUID
    """Of what is published; another id than the one that the organisation works with."""
    volunteer_id: UUID
    organisation_id: UUID
    legal_basis: LegalBasis
    kind_of_activity: Term
    valid_until: date
    """The last day on which it counts."""


@contract("clearance-ended", topic="registry.clearances", key="clearance_id", person="volunteer_id")
class ClearanceEnded(StateData):
    """The clearance is no more, for whatever reason; a tombstone follows."""

    clearance_id: UUID
    volunteer_id: UUID


@contract("clearance-expiring", topic="registry.notices", key="volunteer_id", person="volunteer_id")
class ClearanceExpiring(EventData):
    """A certificate is to be inspected again by `valid_until`; volunteer and organisation are to be told."""

    volunteer_id: UUID
    organisation_id: UUID
    kind_of_activity: Term
    valid_until: date
    days_before: int = Field(ge=1, le=366)
    """Which of the notices this is, as the organisation has set them."""
    member_ids: tuple[UUID, ...] = ()
    """Who is to be told in the organisation."""
