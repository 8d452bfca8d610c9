"""Registrations: by oneself, by a coordinator for somebody, and what a guardian agreed to."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.addresses import Mail
from services.registry.models.consents import Channel, Purpose, TextVersion
from services.registry.models.volunteers import Phone, Profile, VolunteerStatus
from shared.http.languages import Language
from shared.http.models import RequestModel


class ChosenConsent(RequestModel):
    """A consent given in the form of the registration, by a choice of its own that was not preselected."""

    purpose: Literal[Purpose.SUGGESTIONS_BY_MAIL, Purpose.CONTACT_BY_ORGANISATIONS, Purpose.CAMPAIGNS]
    text_version: TextVersion


ChosenConsents = Annotated[tuple[ChosenConsent, ...], Field(max_length=10)]


class RegisterVolunteer(Profile):
    """A person offers their time. Name, mail and postal code are enough; the rest can follow."""

    mail: Mail
    consent: Literal[True] = Field(description="consent to the processing of these data (Art. 6 (1) (a) DSGVO)")
    consent_text_version: TextVersion
    consents: ChosenConsents = ()


class RecordedConsent(RequestModel):
    """A consent that a coordinator was given and writes down: by which text, in which language, how."""

    text_version: TextVersion
    language: Language
    channel: Literal[Channel.PAPER, Channel.PHONE, Channel.IN_PERSON]


class RegisterForSomebody(Profile):
    """A coordinator registers somebody who is with them. With a mail address that person confirms it by a mailed link;
    without one they are reached through the coordinator."""

    mail: Mail | None = None
    phone: Phone | None = None
    consent: RecordedConsent
    consents: ChosenConsents = ()
    guardian: RecordedConsent | None = Field(None, description="needed under 16")


class SetMail(RequestModel):
    """A new address; a link is mailed there."""

    mail: Mail


class RegistrationAnswer(BaseModel):
    """The same whether the address is known or not: nobody learns who is registered."""

    status: Literal["mail-sent"] = "mail-sent"


MAIL_SENT = RegistrationAnswer()


class RegisteredForSomebody(BaseModel):
    """`unconfirmed`: a mail with a link has gone to them."""

    volunteer_id: UUID
    status: VolunteerStatus
