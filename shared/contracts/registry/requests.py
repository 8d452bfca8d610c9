"""Requests of persons about their data: who is to be told what. Ids, days and words of a vocabulary only."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.contracts.base import EventData, StateData, contract


class RequestKind(StrEnum):
    """Art. 15, 20, 16, 18, 17 DSGVO."""

    ACCESS = "access"
    PORTABILITY = "portability"
    CORRECTION = "correction"
    RESTRICTION = "restriction"
    ERASURE = "erasure"


class ExtensionReason(StrEnum):
    """The only two that Art. 12(3) DSGVO knows."""

    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number_of_requests"


class RequestOutcome(StrEnum):
    """How a request ended; a refusal has its reason besides."""

    FULFILLED = "fulfilled"
    PARTLY = "partly"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"


@contract("person-request-received", topic="registry.notices", key="request_id", person="subject_id")
class PersonRequestReceived(EventData):
    """The person is told that their request has arrived and until when it is answered."""

    request_id: UUID
    subject_id: UUID
    by_member: bool
    """The person is staff, not a volunteer."""
    kind: RequestKind
    received_on: date
    due_on: date


@contract("person-request-extended", topic="registry.notices", key="request_id", person="subject_id")
class PersonRequestExtended(EventData):
    """It takes longer: the person is told why and until when (Art. 12(3) DSGVO)."""

    request_id: UUID
    subject_id: UUID
    by_member: bool
    kind: RequestKind
    received_on: date
    due_on: date
    reason: ExtensionReason


@contract("person-request-answered", topic="registry.notices", key="request_id", person="subject_id")
class PersonRequestAnswered(EventData):
    """The person is told how it ended; when refused why, and to whom they can complain (Art. 12(4) DSGVO)."""

    request_id: UUID
    subject_id: UUID
    by_member: bool
    kind: RequestKind
    received_on: date
    outcome: RequestOutcome
    reason: str | None = None


@contract("person-request-due", topic="registry.notices", key="request_id", person="officer_id")
class PersonRequestDue(EventData):
    """A privacy officer is reminded: new, due soon, or overdue. Says nothing of the person."""

    request_id: UUID
    officer_id: UUID
    kind: RequestKind
    occasion: str
    """new, soon or overdue."""
    due_on: date


@contract("restriction-ending", topic="registry.notices", key="subject_id", person="subject_id")
class RestrictionEnding(EventData):
    """A person is told before their restriction is lifted (Art. 18(3) DSGVO)."""

    subject_id: UUID
    reason: str
    ends_on: date
    by_member: bool = False
    """The person is staff, not a volunteer."""


@contract("person-rights-updated", topic="registry.rights", key="subject_id", person="subject_id")
class PersonRightsUpdated(StateData):
    """What others have to heed of what somebody asked about their data: no reason, no request. Of few people, and only
    since they asked for the first time."""

    subject_id: UUID
    restricted: bool = False
    """Art. 18 DSGVO: the data is stored, and nothing else is done with it."""
    export_until: date | None = None
    """Until this day a privacy officer may hand out what is held of the person (Art. 15, 16, 20 DSGVO); none: may not."""
