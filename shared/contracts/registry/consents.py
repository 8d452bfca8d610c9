"""What volunteers consent to. Special categories, and purposes that would tell of one, are not in here."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import StateData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import Term


class HeldConsent(Part):
    """A consent that holds, by the text of which version, since when."""

    purpose: Term = Field(description="processing, suggestions_by_mail, contact_by_organisations, …; more may come")
    text_version: str = Field(max_length=40)
    given_at: datetime


class Consents(StateData):
    """All consents of one volunteer that hold; `purpose` is the one that was decided upon last."""

    volunteer_id: UUID
    purpose: Term
    text_version: str = Field(max_length=40)
    held: tuple[HeldConsent, ...] = ()


@contract("consent-given", topic="registry.consents", key="volunteer_id", person="volunteer_id")
class ConsentGiven(Consents):
    """A volunteer consented to a purpose."""


@contract("consent-withdrawn", topic="registry.consents", key="volunteer_id", person="volunteer_id")
class ConsentWithdrawn(Consents):
    """A volunteer withdrew a consent; it no longer holds anywhere."""
