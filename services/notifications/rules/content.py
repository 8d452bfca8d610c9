"""Which things a text names, and the values that fill it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.notifications.models import CampaignFacts, Contact, Facts
from services.notifications.rules.mails import MAILS, Fact
from services.notifications.rules.words import direction

BLANK = "–"
"""What an old message says of something that is no longer known here."""


class FactUnknown(Exception):
    """The read models have not heard of something that the text names; `fact` says what kind of thing."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact)
        self.fact = fact


@dataclass
class Named:
    """The ids of everything that some texts name."""

    offers: set[UUID] = field(default_factory=set)
    courses: set[UUID] = field(default_factory=set)
    organisations: set[UUID] = field(default_factory=set)
    volunteers: set[UUID] = field(default_factory=set)
    members: set[UUID] = field(default_factory=set)
    campaigns: set[UUID] = field(default_factory=set)
    speakers: set[UUID] = field(default_factory=set)


def named(texts: Iterable[tuple[str, Mapping[str, Any]]]) -> Named:
    """What these texts, given as mail and data, name."""
    found = Named()
    for mail, data in texts:
        needs = MAILS[mail].needs
        for fact, entry, ids in (
            (Fact.OFFER, "offer_id", found.offers),
            (Fact.COURSE, "course_id", found.courses),
            (Fact.ORGANISATION, "organisation_id", found.organisations),
            (Fact.VOLUNTEER, "volunteer_id", found.volunteers),
            (Fact.COORDINATOR, "coordinator_id", found.members),
            (Fact.CAMPAIGN, "campaign_id", found.campaigns),
            (Fact.SPEAKER, "speaker_id", found.speakers),
        ):
            if fact in needs and data.get(entry):
                ids.add(UUID(str(data[entry])))
    return found


def values(
    mail: str, data: Mapping[str, Any], facts: Facts, language: str = "de", *, blanks: bool = False
) -> dict[str, Any]:
    """Everything that the text of a mail needs but its link.

    Parameters
    ----------
    language
        In which its reader reads what somebody has written in several.
    blanks
        Fill what is unknown with a dash (an old message) instead of refusing (a mail that can wait).

    Raises
    ------
    FactUnknown
        Something is not known here yet.
    """
    found: dict[str, Any] = dict(data)
    for fact in MAILS[mail].needs:
        value = _value(fact, data, facts, language)
        if value is None:
            if not blanks:
                raise FactUnknown(fact)
            value = _BLANKS[fact]
        found[fact.value] = value
    return found


_BLANKS: dict[Fact, dict[str, Any]] = {
    Fact.OFFER: {"title": BLANK, "weekly": ()},
    Fact.COURSE: {"title": BLANK, "first_session": None},
    Fact.ORGANISATION: {"name": BLANK},
    Fact.VOLUNTEER: {"name": BLANK, "mail": BLANK},
    Fact.COORDINATOR: {"name": BLANK, "mail": BLANK},
    Fact.CAMPAIGN: {"subject": BLANK, "paragraphs": (), "language": "de", "direction": "ltr"},
    Fact.SPEAKER: {"name": BLANK, "mail": BLANK},
}


def _value(fact: Fact, data: Mapping[str, Any], facts: Facts, language: str) -> dict[str, Any] | None:
    match fact:
        case Fact.OFFER:
            offer = facts.offers.get(_id(data, "offer_id"))
            return {"title": offer.title, "weekly": [dict(time) for time in offer.weekly]} if offer else None
        case Fact.COURSE:
            course = facts.courses.get(_id(data, "course_id"))
            return {"title": course.title, "first_session": course.first_session} if course else None
        case Fact.ORGANISATION:
            name = facts.organisations.get(_organisation_id(data, facts))
            return None if name is None else {"name": name}
        case Fact.VOLUNTEER:
            return _person(facts.volunteers.get(_id(data, "volunteer_id")))
        case Fact.COORDINATOR:
            return _person(facts.members.get(_id(data, "coordinator_id")))
        case Fact.CAMPAIGN:
            return _campaign(facts.campaigns.get(_id(data, "campaign_id")), language)
        case Fact.SPEAKER:
            return _person(facts.speakers.get(_id(data, "speaker_id")))


def _organisation_id(data: Mapping[str, Any], facts: Facts) -> UUID:
    """The organisation that the data names, or the one whose offer or course it is."""
    if data.get("organisation_id"):
        return _id(data, "organisation_id")
    host = (
        facts.offers.get(_id(data, "offer_id"))
        or facts.courses.get(_id(data, "course_id"))
        or facts.campaigns.get(_id(data, "campaign_id"))
    )
    return host.organisation_id if host else _NOBODY


def _campaign(found: CampaignFacts | None, language: str) -> dict[str, Any] | None:
    """What a campaign says in the reader's language; in German when it was not written in that."""
    if found is None:
        return None
    chosen = language if language in found.texts else "de"
    return {**found.texts[chosen], "language": chosen, "direction": direction(chosen)}


def district_of(data: Mapping[str, Any], facts: Facts) -> str | None:
    """The district of the offer that a text is about; None when it is about none, or none is known."""
    offer = facts.offers.get(_id(data, "offer_id"))
    return offer.district if offer else None


def _person(contact: Contact | None) -> dict[str, Any] | None:
    return {"name": contact.name, "mail": contact.mail} if contact else None


def _id(data: Mapping[str, Any], entry: str) -> UUID:
    return UUID(str(data[entry])) if data.get(entry) else _NOBODY


_NOBODY = UUID(int=0)
