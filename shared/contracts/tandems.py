"""Tandems: what matching publishes of a lasting placement with one person or family. Of the other side nothing is told."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.vocabulary import TandemEndReason, TandemStatus


class Tandem(StateData):
    """A volunteer in a tandem. Neither the organisation's reference nor languages and wishes of the other side."""

    tandem_id: UUID
    placement_id: UUID
    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    """The subject id of the member who answers for the offer."""
    volunteer_id: UUID
    status: TandemStatus
    trial_until: date | None = None
    """The last day of the trial phase; null while it is only proposed."""
    agreed_on: date | None = None
    """The day on which both had agreed."""
    end_reason: TandemEndReason | None = None


@contract("tandem-proposed", topic="matching.tandems", key="tandem_id", person="volunteer_id")
class TandemProposed(Tandem):
    """The coordinator proposes it to the volunteer."""


@contract("tandem-trial-started", topic="matching.tandems", key="tandem_id", person="volunteer_id")
class TandemTrialStarted(Tandem):
    """The volunteer accepted; the trial phase runs."""


@contract("tandem-agreed", topic="matching.tandems", key="tandem_id", person="volunteer_id")
class TandemAgreed(Tandem):
    """Volunteer and coordinator have both agreed."""


@contract("tandem-updated", topic="matching.tandems", key="tandem_id", person="volunteer_id")
class TandemUpdated(Tandem):
    """One side agreed, the trial was prolonged, or it goes on under another id of the volunteer."""


@contract("tandem-ended", topic="matching.tandems", key="tandem_id", person="volunteer_id")
class TandemEnded(Tandem):
    """It is over, or was never taken up."""


@contract("tandem-check-in-due", topic="matching.notices", key="tandem_id", person="volunteer_id")
class TandemCheckInDue(EventData):
    """The coordinator is to ask how it goes, or both are to say whether they agree; once per occasion."""

    tandem_id: UUID
    check_in_id: UUID | None = None
    """Null: the trial phase is over, and not both have agreed."""
    offer_id: UUID
    organisation_id: UUID
    coordinator_id: UUID
    volunteer_id: UUID
    due_on: date
    number: int = Field(0, ge=0)
    """Which check-in of the tandem; 0 for the end of the trial."""
