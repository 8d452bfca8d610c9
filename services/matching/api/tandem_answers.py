"""What matching shows of tandems: of the other side no more than a reference, and that to its organisation only."""

from datetime import date, datetime
from uuid import UUID

from services.matching.api.shapes import Answer
from services.matching.models.tandems import CheckInStatus, CounterpartStatus, Outcome, TandemView, Wish
from shared.contracts.vocabulary import PlacementStatus, TandemEndReason, TandemStatus


class CounterpartAnswer(Answer):
    """The other side of a tandem, for the coordinators of its organisation and district."""

    counterpart_id: UUID
    version: int
    organisation_id: UUID
    district: str
    reference: str
    languages: list[str]
    wishes: list[Wish]
    status: CounterpartStatus
    created_at: datetime
    changed_at: datetime


class FittingAnswer(Answer):
    """A volunteer who could be proposed: their placement, what both sides share, how many tandems they have."""

    placement_id: UUID
    volunteer_id: UUID
    offer_id: UUID
    offer_title: str
    placement_status: PlacementStatus
    undertaking_valid: bool
    languages: list[str]
    wishes: list[Wish]
    tandems: int


class FittingVolunteers(Answer):
    """Best first."""

    volunteers: list[FittingAnswer]


class WishesAnswer(Answer):
    """What a volunteer wishes to do in a tandem; version 1 before they ever said."""

    volunteer_id: UUID
    version: int
    wishes: list[Wish]


class TandemAnswer(Answer):
    """A tandem. `reference`: null for the volunteer, who has no use of it."""

    tandem_id: UUID
    version: int
    placement_id: UUID
    placement_status: PlacementStatus
    offer_id: UUID
    offer_title: str
    organisation_id: UUID
    district: str
    volunteer_id: UUID
    counterpart_id: UUID | None
    reference: str | None
    languages: list[str]
    wishes: list[Wish]
    status: TandemStatus
    trial_days: int
    check_in_days: int
    trial_until: date | None
    agreed_by_volunteer_at: datetime | None
    agreed_by_coordinator_at: datetime | None
    agreed_on: date | None
    next_check_in_on: date | None
    proposed_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    end_reason: TandemEndReason | None


class CheckInAnswer(Answer):
    """A check-in, and what came of it."""

    check_in_id: UUID
    version: int
    tandem_id: UUID
    number: int
    due_on: date
    status: CheckInStatus
    outcome: Outcome | None
    settled_at: datetime | None


class CheckIns(Answer):
    """The check-ins of a tandem, in order."""

    check_ins: list[CheckInAnswer]


class DueCheckInAnswer(Answer):
    """A check-in that a coordinator has to see to."""

    check_in_id: UUID
    version: int
    number: int
    due_on: date
    tandem_id: UUID
    offer_id: UUID
    offer_title: str
    organisation_id: UUID
    volunteer_id: UUID


def tandem_answer(view: TandemView) -> TandemAnswer:
    """A tandem as it is shown."""
    shown = {
        name: getattr(view.tandem if hasattr(view.tandem, name) else view, name) for name in TandemAnswer.model_fields
    }
    return TandemAnswer(**shown)
