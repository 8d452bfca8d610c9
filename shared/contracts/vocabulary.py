"""Words that several publishers use, with the limits of their lengths."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

AGS = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
"""The key of a district: the first five digits of the Amtlicher Gemeindeschlüssel, as text."""
PostalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""ISO 639 code of a language."""
Term = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A word of a controlled vocabulary."""
Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Wall time in Europe/Berlin, `HH:MM`."""


class Level(StrEnum):
    """Levels of the Common European Framework of Reference for Languages; `native` above them."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    NATIVE = "native"


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class PartOfDay(StrEnum):
    """Morning 6–12, afternoon 12–17, evening 17–22, night 22–6."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


class Travel(StrEnum):
    FOOT = "foot"
    BICYCLE = "bicycle"
    PUBLIC_TRANSPORT = "public_transport"
    CAR = "car"


class OrganisationKind(StrEnum):
    MUNICIPALITY = "municipality"
    DISTRICT_AUTHORITY = "district_authority"
    STATE_AUTHORITY = "state_authority"
    WELFARE_ASSOCIATION = "welfare_association"
    CHURCH = "church"
    INITIATIVE = "initiative"
    MIGRANT_ORGANISATION = "migrant_organisation"
    EDUCATION_PROVIDER = "education_provider"
    ACCOMMODATION = "accommodation"


class OrganisationStatus(StrEnum):
    REGISTERED = "registered"
    VERIFIED = "verified"
    SUSPENDED = "suspended"


class LegalProfile(StrEnum):
    """Which law on data protection binds an organisation: DSGVO, KDG (Caritas), DSG-EKD (Diakonie)."""

    GDPR = "gdpr"
    KDG = "kdg"
    DSG_EKD = "dsg_ekd"


class Role(StrEnum):
    """What a member may be in an organisation (`volunteer` is no member, but has the same matrix of permissions)."""

    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    TRAINER = "trainer"
    ORGANISATION_ADMIN = "organisation_admin"
    DISTRICT_ADMIN = "district_admin"
    STATE_ADMIN = "state_admin"
    INTEGRATION = "integration"
    PRIVACY_OFFICER = "privacy_officer"


class OfferStatus(StrEnum):
    """The states in which an offer can be heard of. Matching reaches `published` and `closed` so far."""

    PUBLISHED = "published"
    PAUSED = "paused"
    FILLED = "filled"
    CLOSED = "closed"


class PlacementStatus(StrEnum):
    """The states of a placement in the field's words, all of them: a word added later would need a new major."""

    REQUESTED = "requested"
    INVITED = "invited"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"


class SuspensionReason(StrEnum):
    """Why a placement rests. What ended is said, and never why it did."""

    CLEARANCE_ENDED = "clearance_ended"
    QUALIFICATION_ENDED = "qualification_ended"
    UNDERTAKING_ENDED = "undertaking_ended"
    VOLUNTEER_ASKED = "volunteer_asked"
    ORGANISATION_ASKED = "organisation_asked"


class EndReason(StrEnum):
    """Why a placement ended before its time. Nothing about a person's health or circumstances."""

    VOLUNTEER_STOPPED = "volunteer_stopped"
    NO_TIME = "no_time"
    MOVED_AWAY = "moved_away"
    NEED_OVER = "need_over"
    DOES_NOT_FIT = "does_not_fit"
    DID_NOT_COME = "did_not_come"
    REQUIREMENT_MISSING = "requirement_missing"
    OTHER = "other"


class TandemStatus(StrEnum):
    """The states of a tandem, all of them."""

    PROPOSED = "proposed"
    TRIAL = "trial"
    AGREED = "agreed"
    ENDED = "ended"


class TandemEndReason(StrEnum):
    """Why a tandem is over. Nothing about anybody's health or circumstances."""

    GOAL_REACHED = "goal_reached"
    DECLINED = "declined"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    VOLUNTEER_STOPPED = "volunteer_stopped"
    OTHER_SIDE_STOPPED = "other_side_stopped"
    MOVED_AWAY = "moved_away"
    NO_TIME = "no_time"
    DOES_NOT_FIT = "does_not_fit"
    PLACEMENT_OVER = "placement_over"
    OTHER = "other"


class CourseStatus(StrEnum):
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class EnrolmentStatus(StrEnum):
    ENROLLED = "enrolled"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"
