"""Which events of matching are an occasion to tell whom what: placements, shifts, offers, tandems, groups."""

from services.notifications.models import Intent, RecipientKind
from services.notifications.rules.intents import facts, to_member, to_volunteer
from services.notifications.rules.mails import MAILS
from shared.contracts import matching, tandems
from shared.contracts.base import EventData
from shared.contracts.vocabulary import TandemEndReason

MATCHING_OCCASIONS: tuple[type[EventData], ...] = (
    matching.MatchSuggested,
    matching.PlacementRequested,
    matching.PlacementInvited,
    matching.PlacementWaitlisted,
    matching.PlacementOffered,
    matching.PlacementConfirmed,
    matching.PlacementSuspended,
    matching.PlacementResumed,
    matching.PlacementCompleted,
    matching.PlacementDeclined,
    matching.PlacementWithdrawn,
    matching.PlacementEnded,
    matching.PlaceVacated,
    matching.ReplacementsFound,
    matching.GroupMemberLeft,
    matching.OfferMoved,
    matching.ShiftMoved,
    matching.ShiftCancelled,
    matching.ShiftCleared,
    matching.OfferConfirmationDue,
    matching.OfferBoundaryEnded,
    matching.ActivityConfirmationDue,
    tandems.TandemProposed,
    tandems.TandemTrialStarted,
    tandems.TandemAgreed,
    tandems.TandemEnded,
    tandems.TandemCheckInDue,
)
"""Of a placement that begins nobody is told: both have agreed upon the day, or were there. Nor of one that expired, the
deadline stood in the mail; nor of one that moved: nobody acted. A tandem that was updated is told when both have agreed."""

PLACEMENT_MAILS: dict[type[EventData], tuple[str, ...]] = {
    matching.PlacementRequested: ("placement-requested-coordinator", "placement-requested-volunteer"),
    matching.PlacementInvited: ("placement-invited",),
    matching.PlacementWaitlisted: ("placement-waitlisted",),
    matching.PlacementOffered: ("placement-offered",),
    matching.PlacementConfirmed: ("placement-confirmed-volunteer", "placement-confirmed-coordinator"),
    matching.PlacementSuspended: ("placement-suspended-volunteer", "placement-suspended-coordinator"),
    matching.PlacementResumed: ("placement-resumed-volunteer", "placement-resumed-coordinator"),
    matching.PlacementCompleted: ("placement-completed",),
    matching.PlacementDeclined: ("placement-declined",),
    matching.PlacementWithdrawn: ("placement-withdrawn",),
    matching.PlacementEnded: ("placement-ended-volunteer", "placement-ended-coordinator"),
}
INVITATION_MAILS: dict[type[EventData], tuple[str, ...]] = {
    matching.PlacementInvited: ("placement-invited",),
    matching.PlacementDeclined: ("invitation-declined",),
    matching.PlacementWithdrawn: ("invitation-withdrawn",),
}
"""While the volunteer has not acted it is they who decline, and the organisation that withdraws."""
TANDEM_MAILS: dict[type[EventData], tuple[str, ...]] = {
    tandems.TandemProposed: ("tandem-proposed",),
    tandems.TandemTrialStarted: ("tandem-started",),
    tandems.TandemAgreed: ("tandem-agreed-volunteer", "tandem-agreed-coordinator"),
    tandems.TandemEnded: ("tandem-ended-volunteer", "tandem-ended-coordinator"),
}
_KNOWN_TO_VOLUNTEER = frozenset((TandemEndReason.DECLINED, TandemEndReason.PLACEMENT_OVER))
"""They declined it themselves, or hear that the placement is over."""


def of_matching(event: EventData) -> tuple[Intent, ...]:
    """Who is to be told of an event of matching."""
    match event:
        case matching.MatchSuggested():
            reasons = [part.model_dump(mode="json") for part in event.reasons]
            data = facts(offer_id=event.offer_id, reasons=reasons)
            return (to_volunteer("offer-suggestion", event.volunteer_id, data, event.expires_at),)
        case matching.Placement():
            if event.told_by_notice:
                return ()
            mails = PLACEMENT_MAILS if event.volunteer_acted else INVITATION_MAILS
            return tuple(_of_placement(mail, event) for mail in mails.get(type(event), ()))
        case tandems.Tandem():
            return _of_tandem(event)
        case tandems.TandemCheckInDue():
            return _check_in(event)
        case matching.ReplacementsFound():
            told = facts(
                placement_id=event.placement_id,
                offer_id=event.offer_id,
                organisation_id=event.organisation_id,
                volunteer_id=event.volunteer_id,
                found=event.found,
            )
            return (to_member("replacements-found", event.coordinator_id, told, event.volunteer_id),)
        case matching.PlaceVacated():
            told = facts(
                offer_id=event.offer_id,
                organisation_id=event.organisation_id,
                starts_at=event.starts_at,
                found=event.found,
            )
            return (to_member("place-vacated", event.subject_id, told),)
        case matching.GroupMemberLeft():
            return _group_member_left(event)
    return _of_offers(event)


def _of_offers(event: EventData) -> tuple[Intent, ...]:
    match event:
        case matching.OfferMoved():
            return (_offer_moved(event),)
        case matching.ShiftMoved():
            told = _shift(event) | facts(started_before_at=event.started_before_at)
            if event.overlaps:
                told |= facts(overlaps=True)
            return (to_volunteer("shift-moved", event.volunteer_id, told, event.ends_at),)
        case matching.ShiftCancelled():
            return (to_volunteer("shift-cancelled", event.volunteer_id, _shift(event), event.ends_at),)
        case matching.ShiftCleared():
            told = facts(
                offer_id=event.offer_id,
                organisation_id=event.organisation_id,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
            )
            return (to_member("shift-cancelled-coordinator", event.subject_id, told),)
        case matching.OfferConfirmationDue():
            told = facts(
                offer_id=event.offer_id, organisation_id=event.organisation_id, confirmed_on=event.confirmed_on
            )
            return (to_member("offer-confirmation-due", event.subject_id, told),)
        case matching.OfferBoundaryEnded():
            told = facts(offer_id=event.offer_id, organisation_id=event.organisation_id)
            return (to_member("offer-boundary-ended", event.subject_id, told),)
        case matching.ActivityConfirmationDue():
            told = facts(organisation_id=event.organisation_id, confirmed_on=event.confirmed_on)
            return (to_member("activity-confirmation-due", event.subject_id, told),)
    return ()


def _offer_moved(event: matching.OfferMoved) -> Intent:
    told = facts(
        placement_id=event.placement_id,
        offer_id=event.offer_id,
        organisation_id=event.organisation_id,
        weekly=[time.model_dump(mode="json") for time in event.weekly],
        starts_on=event.starts_on,
        ends_on=event.ends_on,
    )
    if event.overlaps:
        told |= facts(overlaps=True)
    return to_volunteer("offer-moved", event.volunteer_id, told)


def _shift(event: matching.ShiftMoved | matching.ShiftCancelled) -> dict[str, str | None]:
    return facts(
        placement_id=event.placement_id,
        offer_id=event.offer_id,
        organisation_id=event.organisation_id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )


def _of_placement(mail: str, event: matching.Placement) -> Intent:
    """Why it rests is in no mail: it may be read to somebody by a member of another organisation (§ 30a(3) BZRG)."""
    data = facts(
        placement_id=event.placement_id,
        offer_id=event.offer_id,
        organisation_id=event.organisation_id,
        coordinator_id=event.coordinator_id,
        volunteer_id=event.volunteer_id,
        offered_until=event.offered_until,
    )
    if MAILS[mail].recipient is RecipientKind.MEMBER:
        return to_member(mail, event.coordinator_id, data, event.volunteer_id)
    return to_volunteer(mail, event.volunteer_id, data, event.offered_until)


def _of_tandem(event: tandems.Tandem) -> tuple[Intent, ...]:
    data = facts(
        tandem_id=event.tandem_id,
        offer_id=event.offer_id,
        organisation_id=event.organisation_id,
        coordinator_id=event.coordinator_id,
        volunteer_id=event.volunteer_id,
        trial_until=event.trial_until,
    )
    return tuple(
        to_member(mail, event.coordinator_id, data, event.volunteer_id)
        if MAILS[mail].recipient is RecipientKind.MEMBER
        else to_volunteer(mail, event.volunteer_id, data)
        for mail in TANDEM_MAILS.get(type(event), ())
        if not (mail == "tandem-ended-volunteer" and event.end_reason in _KNOWN_TO_VOLUNTEER)
    )


def _check_in(event: tandems.TandemCheckInDue) -> tuple[Intent, ...]:
    """The coordinator asks how it goes; at the end of a trial both are asked."""
    data = facts(
        tandem_id=event.tandem_id,
        offer_id=event.offer_id,
        organisation_id=event.organisation_id,
        volunteer_id=event.volunteer_id,
        due_on=event.due_on,
    )
    if event.check_in_id is not None:
        return (to_member("tandem-check-in-due", event.coordinator_id, data, event.volunteer_id),)
    return (
        to_volunteer("tandem-trial-over-volunteer", event.volunteer_id, data),
        to_member("tandem-trial-over-coordinator", event.coordinator_id, data, event.volunteer_id),
    )


def _group_member_left(event: matching.GroupMemberLeft) -> tuple[Intent, ...]:
    """Whoever speaks for the group is told that, the coordinator also who."""
    known = facts(offer_id=event.offer_id, organisation_id=event.organisation_id, group_id=event.group_id)
    told = known | facts(placement_id=event.placement_id, volunteer_id=event.volunteer_id)
    coordinator = to_member("group-member-left-coordinator", event.coordinator_id, told, event.volunteer_id)
    if event.speaker_id is None or event.speaker_id == event.volunteer_id:
        return (coordinator,)
    return to_volunteer("group-member-left", event.speaker_id, known), coordinator
