"""What matching publishes: offers, placements, and what a person is to be told."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.registry import Part
from shared.contracts.vocabulary import (
    AGS,
    LanguageCode,
    LocalTime,
    LongText,
    OfferStatus,
    PlacementStatus,
    PostalCode,
    Term,
    Title,
    Weekday,
)


class WeeklyTime(Part):
    """A weekly time, wall time in Europe/Berlin, the end excluded."""

    day: Weekday
    start: LocalTime
    end: LocalTime


class Offer(StateData):
    """A concrete need for volunteers that an organisation states."""

    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    """The subject id of the member who answers for the offer."""
    title: Title
    description: LongText = ""
    topic: Term
    district: AGS
    postal_code: PostalCode
    weekly: tuple[WeeklyTime, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    languages_required: tuple[LanguageCode, ...] = ()
    """Any one of them is enough; a hard requirement."""
    languages_welcome: tuple[LanguageCode, ...] = ()
    qualifications: tuple[Term, ...] = ()
    minimum_age: int | None = Field(None, ge=14, le=18)
    places: int = Field(ge=1, le=1000)
    urgency: int = Field(3, ge=1, le=5)
    status: OfferStatus


@contract("offer-created", topic="matching.offers", key="offer_id")
class OfferCreated(Offer):
    pass


@contract("offer-updated", topic="matching.offers", key="offer_id")
class OfferUpdated(Offer):
    pass


@contract("offer-closed", topic="matching.offers", key="offer_id")
class OfferClosed(Offer):
    pass


class Placement(StateData):
    """A volunteer and an offer together."""

    placement_id: UUID
    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    volunteer_id: UUID
    status: PlacementStatus
    requested_at: datetime
    offered_until: datetime | None = None
    volunteer_acted: bool = True
    """The volunteer has asked for it or accepted the invitation. An invitation that was only declined, withdrawn or
    left to expire stays False: it gives nobody the right to contact data."""


@contract("placement-requested", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementRequested(Placement):
    """A volunteer asks for the placement and holds a place until the coordinator answers."""


@contract("placement-waitlisted", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementWaitlisted(Placement):
    """No place was left; the order is that of the requests."""


@contract("placement-offered", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementOffered(Placement):
    """A place came free for the first in the waiting list; a deadline runs."""


@contract("placement-confirmed", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementConfirmed(Placement):
    """The coordinator confirmed."""


@contract("placement-declined", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementDeclined(Placement):
    """The coordinator declined."""


@contract("placement-withdrawn", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementWithdrawn(Placement):
    """The volunteer withdrew."""


@contract("placement-expired", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementExpired(Placement):
    """The deadline of an offered place passed."""


@contract("placement-ended", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementEnded(Placement):
    """The placement came to its end."""


@contract("placement-moved", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementMoved(Placement):
    """It goes on under another id of the volunteer: two registrations were merged, or that was undone. Nobody acted."""


class ScorePart(Part):
    """One part of a score in [0, 1], with the fact behind it as data."""

    part: Term
    value: float = Field(ge=0, le=1)
    fact: dict[str, str | int | float | list[str]] = Field(default_factory=dict)


@contract("match-suggested", topic="matching.suggestions", key="volunteer_id", person="volunteer_id")
class MatchSuggested(EventData):
    """A volunteer is to be told of an offer that now fits. People decide; nothing is assigned (Art. 22 DSGVO)."""

    volunteer_id: UUID
    offer_id: UUID
    reasons: tuple[ScorePart, ...] = ()
    expires_at: datetime
