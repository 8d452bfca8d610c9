"""What matching publishes: offers, placements, and what a person is to be told."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.registry import LegalBasis, Part
from shared.contracts.vocabulary import (
    AGS,
    EndReason,
    LanguageCode,
    Level,
    LocalTime,
    LongText,
    OfferStatus,
    PlacementStatus,
    PostalCode,
    SuspensionReason,
    Term,
    Title,
    Weekday,
)


class WeeklyTime(Part):
    """A weekly time, wall time in Europe/Berlin, the end excluded."""

    day: Weekday
    start: LocalTime
    end: LocalTime


class Translation(Part):
    """An offer's title and description in another language than German."""

    title: Title
    description: LongText = ""


class Offer(StateData):
    """A concrete need for volunteers that an organisation states. A draft is in no event."""

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
    translations: dict[str, Translation] = Field(default_factory=dict)
    """By language code."""
    language_levels: tuple[Level, ...] = ()
    """Parallel to `languages_required`: the level from which each counts; empty when none was stated."""
    skills_required: tuple[Term, ...] = ()
    """All of them; a hard requirement."""
    skills_welcome: tuple[Term, ...] = ()
    clearance_basis: LegalBasis | None = None
    """A clearance is asked for, on this legal basis, for `clearance_activity` of this organisation."""
    clearance_activity: Term | None = None
    boundary_id: UUID | None = None
    """The task boundary that says what is the volunteer's and what is staff's."""
    accompanied_first: bool = False
    contact_id: UUID | None = None
    """The named contact; null: the coordinator."""
    is_stale: bool = False
    """Not confirmed in time: may be out of date."""


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
    """A volunteer and an offer, or one of its shifts, together."""

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
    shift_id: UUID | None = None
    group_id: UUID | None = None
    joint_id: UUID | None = None
    """The request of a group, together or not at all: the same for all of its placements."""
    invited_by: UUID | None = None
    """The subject id of the member who invited."""
    started_at: datetime | None = None
    """When it first became active; null: it was never taken up."""
    suspended_because: SuspensionReason | None = None
    """While it is suspended."""
    end_reason: EndReason | None = None
    """When it ended before its time."""
    told_by_notice: bool = False
    """Both are told of this by notices of their own, as of a shift that was cancelled: once is enough."""
    changed_at: datetime | None = None
    """When it came into this state: a merge, which tells it again for somebody else, changes nothing of that. Null: of a
    release that did not tell it."""


@contract("placement-requested", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementRequested(Placement):
    """A volunteer asks for the placement and holds a place until the coordinator answers."""


@contract("placement-invited", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementInvited(Placement):
    """The coordinator invites; the invitation holds no place, and `offered_until` is its deadline."""


@contract("placement-waitlisted", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementWaitlisted(Placement):
    """No place was left; the order is that of the requests."""


@contract("placement-offered", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementOffered(Placement):
    """A place came free for the first in the waiting list; a deadline runs."""


@contract("placement-confirmed", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementConfirmed(Placement):
    """The coordinator confirmed, or the volunteer accepted an invitation."""


@contract("placement-started", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementStarted(Placement):
    """It has begun."""


@contract("placement-suspended", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementSuspended(Placement):
    """It rests, or must not begin, until what is missing is there again; its place is kept."""


@contract("placement-resumed", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementResumed(Placement):
    """It goes on: `active`, or `confirmed` when it had not begun."""


@contract("placement-completed", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementCompleted(Placement):
    """It came to its regular end."""


@contract("placement-declined", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementDeclined(Placement):
    """The coordinator declined a request, or the volunteer an invitation: then `volunteer_acted` is false."""


@contract("placement-withdrawn", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementWithdrawn(Placement):
    """The volunteer withdrew, or an invitation was taken back: then `volunteer_acted` is false."""


@contract("placement-expired", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementExpired(Placement):
    """The deadline of an offered place, or of an invitation, passed."""


@contract("placement-ended", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementEnded(Placement):
    """It ended before its time."""


@contract("placement-moved", topic="matching.placements", key="placement_id", person="volunteer_id")
class PlacementMoved(Placement):
    """Nobody acted: it goes on under another id of the volunteer, rests on for another reason, or is to be answered earlier.

    Two registrations were merged, or that was undone; or what was missing first is there again, and something else is not;
    or the shift was moved to an earlier time.
    """


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


@contract("replacements-found", topic="matching.notices", key="placement_id", person="volunteer_id")
class ReplacementsFound(EventData):
    """Somebody dropped out and nobody waits: others would fit. Who they are is shown to the coordinator by matching."""

    placement_id: UUID
    volunteer_id: UUID
    """Who dropped out."""
    offer_id: UUID
    shift_id: UUID | None = None
    organisation_id: UUID
    coordinator_id: UUID
    found: int = Field(ge=0)
    """How many others would fit; 0 says that somebody has to look further."""


@contract("place-vacated", topic="matching.notices", key="offer_id", person="subject_id")
class PlaceVacated(EventData):
    """A place came free because somebody's data was erased, and nobody waits: others would fit. Nothing tells who it was."""

    offer_id: UUID
    shift_id: UUID | None = None
    organisation_id: UUID
    subject_id: UUID
    """The member who answers for the offer."""
    starts_at: datetime | None = None
    """When the shift begins."""
    found: int = Field(ge=0)
    """How many others would fit; 0 says that somebody has to look further."""
    vacated_at: datetime
    """So that a place that comes free twice is told twice."""


@contract("group-member-left", topic="matching.notices", key="placement_id", person="volunteer_id")
class GroupMemberLeft(EventData):
    """One member of a group that was placed together left; the others stay. Speaker and coordinator are told."""

    placement_id: UUID
    volunteer_id: UUID
    offer_id: UUID
    shift_id: UUID | None = None
    organisation_id: UUID
    coordinator_id: UUID
    group_id: UUID
    joint_id: UUID
    speaker_id: UUID | None = None
    """Null: nobody speaks for the group any more."""


@contract("offer-moved", topic="matching.notices", key="placement_id", person="volunteer_id")
class OfferMoved(EventData):
    """An offer without shifts takes place at other times, or in another period: whoever has a live placement with it is to
    be told. Once per change and placement."""

    placement_id: UUID
    volunteer_id: UUID
    offer_id: UUID
    offer_version: int
    """Of the offer with the new times."""
    organisation_id: UUID
    weekly: tuple[WeeklyTime, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    overlaps: bool = False
    """The volunteer is confirmed for something else at one of these times."""


@contract("shift-moved", topic="matching.notices", key="placement_id", person="volunteer_id")
class ShiftMoved(EventData):
    """A shift takes place at another time: whoever has a live placement with it is to be told. Once per move."""

    placement_id: UUID
    volunteer_id: UUID
    offer_id: UUID
    shift_id: UUID
    organisation_id: UUID
    starts_at: datetime
    ends_at: datetime
    started_before_at: datetime
    """When it would have begun."""
    overlaps: bool = False
    """The volunteer is confirmed for something else at the new time."""


@contract("shift-cancelled", topic="matching.notices", key="placement_id", person="volunteer_id")
class ShiftCancelled(EventData):
    """A shift does not take place: whoever has a live placement with it is to be told."""

    placement_id: UUID
    volunteer_id: UUID
    offer_id: UUID
    shift_id: UUID
    organisation_id: UUID
    starts_at: datetime
    ends_at: datetime


@contract("shift-cleared", topic="matching.notices", key="shift_id", person="subject_id")
class ShiftCleared(EventData):
    """Of a shift that was cancelled no placement is left: a member is told so once, instead of once per placement."""

    shift_id: UUID
    offer_id: UUID
    organisation_id: UUID
    subject_id: UUID
    """The member who answers for the offer."""
    starts_at: datetime
    ends_at: datetime


@contract("offer-confirmation-due", topic="matching.notices", key="offer_id", person="subject_id")
class OfferConfirmationDue(EventData):
    """An offer was not confirmed in time: a member is to confirm or change it. Once per member and staleness."""

    offer_id: UUID
    organisation_id: UUID
    subject_id: UUID
    """The member who is reminded: the coordinator, or an organisation_admin when they have left."""
    confirmed_on: date


@contract("offer-boundary-ended", topic="matching.notices", key="offer_id", person="subject_id")
class OfferBoundaryEnded(EventData):
    """The task boundary to which an offer refers counts no more: nobody is confirmed for it until there is another."""

    offer_id: UUID
    organisation_id: UUID
    subject_id: UUID
    """The member who answers for the offer."""
    boundary_id: UUID


@contract("activity-confirmation-due", topic="matching.notices", key="activity_id", person="subject_id")
class ActivityConfirmationDue(EventData):
    """An entry of the directory was not confirmed in time: a member is to confirm or change it."""

    activity_id: UUID
    organisation_id: UUID
    subject_id: UUID
    """The member who is reminded: whoever keeps it, or an organisation_admin when they have left."""
    confirmed_on: date
