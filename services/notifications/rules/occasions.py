"""Which event is an occasion to tell whom what. Pure: an event in, intents out."""

from collections.abc import Iterator

from services.notifications.models import Intent, RecipientKind
from services.notifications.rules.intents import facts, to_volunteer
from services.notifications.rules.mails import RECEIPT
from services.notifications.rules.matching_occasions import MATCHING_OCCASIONS, of_matching
from shared.contracts import matching, registry, tandems, training
from shared.contracts.base import EventData

OCCASIONS: tuple[type[EventData], ...] = (
    registry.ConfirmationRequested,
    registry.SignInRequested,
    registry.AddressConfirmationRequested,
    registry.UndertakingDue,
    registry.InvitationRequested,
    registry.ClearanceExpiring,
    registry.ContactConfirmationDue,
    registry.OwnContactChanged,
    registry.SupportRequestAsked,
    registry.SupportRequestFollowedUp,
    registry.SupportRequestEscalated,
    registry.SupportRequestAnswered,
    registry.PersonRequestReceived,
    registry.PersonRequestExtended,
    registry.PersonRequestAnswered,
    registry.PersonRequestDue,
    registry.RestrictionEnding,
    registry.GroupInvitationRequested,
    registry.GroupSpeakerChanged,
    registry.MergeAnnounced,
    registry.CampaignCallDue,
    registry.VolunteerImported,
    *MATCHING_OCCASIONS,
    training.TrainingEnrolled,
    training.TrainingWaitlisted,
    training.TrainingPlaceOffered,
    training.TrainingCompleted,
)
"""Every event that makes somebody hear of it; the erasure's receipt has its own way (`handlers.erasure`)."""

IN_BULK: tuple[type[EventData], ...] = (
    registry.UndertakingDue,
    registry.ClearanceExpiring,
    registry.ContactConfirmationDue,
    registry.OwnContactChanged,
    registry.PersonRequestDue,
    registry.RestrictionEnding,
    registry.CampaignCallDue,
    registry.VolunteerImported,
    matching.MatchSuggested,
    matching.OfferConfirmationDue,
    matching.OfferBoundaryEnded,
    matching.ActivityConfirmationDue,
    tandems.TandemCheckInDue,
)
"""Those for which nobody waits, taken in by a group of their own: every notice whose mails are `in_bulk`. An invitation to
a placement is sent in bulk, but taken in with the other events of that placement, in their order."""

SUPPORT_MAILS: dict[type[EventData], str] = {
    registry.SupportRequestAsked: "support-request-asked",
    registry.SupportRequestFollowedUp: "support-request-followed-up",
    registry.SupportRequestEscalated: "support-request-escalated",
}
ENROLMENT_MAILS: dict[type[EventData], str] = {
    training.TrainingEnrolled: "training-enrolled",
    training.TrainingWaitlisted: "training-waitlisted",
    training.TrainingPlaceOffered: "training-place-offered",
    training.TrainingCompleted: "training-completed",
}


def intents_of(event: EventData) -> tuple[Intent, ...]:
    """Who is to be told of `event`; nobody when it is no occasion."""
    match event:
        case registry.ConfirmationRequested():
            data = facts(volunteer_id=event.volunteer_id)
            return (to_volunteer("registration-confirmation", event.volunteer_id, data, event.expires_at),)
        case registry.SignInRequested():
            data = facts(sign_in_id=event.sign_in_id)
            return (to_volunteer("sign-in", event.volunteer_id, data, event.expires_at),)
        case registry.AddressConfirmationRequested():
            data = facts(change_id=event.change_id)
            return (
                to_volunteer("address-change-asked", event.volunteer_id, data, event.expires_at),
                to_volunteer("address-confirmation", event.volunteer_id, data, event.expires_at),
            )
        case registry.UndertakingDue():
            data = facts(text_version=event.text_version)
            return (to_volunteer("undertaking-due", event.volunteer_id, data),)
        case registry.InvitationRequested():
            return (_invitation(event),)
        case registry.ClearanceExpiring():
            return tuple(_of_clearance(event))
        case training.Enrolment():
            mail = ENROLMENT_MAILS.get(type(event))
            return (_of_enrolment(mail, event),) if mail else ()
    return _of_contacts(event) or _of_rights(event) or _of_groups(event) or of_matching(event)


def _of_contacts(event: EventData) -> tuple[Intent, ...]:
    """The directory of contacts, volunteers' own contacts, support requests."""
    match event:
        case registry.ContactConfirmationDue():
            data = facts(organisation_id=event.organisation_id, confirmed_on=event.confirmed_on)
            return (Intent("contact-confirmation-due", RecipientKind.MEMBER, event.subject_id, data),)
        case registry.OwnContactChanged():
            return _own_contact(event)
        case registry.SupportRequestForMember():
            return (_support(event),)
        case registry.SupportRequestAnswered():
            data = facts(request_id=event.request_id, organisation_id=event.organisation_id)
            return (to_volunteer("support-request-answered", event.volunteer_id, data),)
    return ()


def _of_rights(event: EventData) -> tuple[Intent, ...]:
    """Requests of persons about their data."""
    match event:
        case registry.PersonRequestReceived() | registry.PersonRequestExtended() | registry.PersonRequestAnswered():
            return (_person_request(event),)
        case registry.PersonRequestDue():
            data = facts(request_id=event.request_id, kind=event.kind, occasion=event.occasion, due_on=event.due_on)
            return (Intent("person-request-due", RecipientKind.MEMBER, event.officer_id, data),)
        case registry.RestrictionEnding():
            data = facts(reason=event.reason, ends_on=event.ends_on)
            if event.by_member:
                return (Intent("restriction-ending-member", RecipientKind.MEMBER, event.subject_id, data),)
            return (to_volunteer("restriction-ending", event.subject_id, data),)
    return ()


def _of_groups(event: EventData) -> tuple[Intent, ...]:
    """Groups, merges, campaigns, and what associations told."""
    match event:
        case registry.GroupInvitationRequested():
            return (_group_invitation(event),)
        case registry.GroupSpeakerChanged():
            data = facts(group_id=event.group_id)
            return (to_volunteer("group-speaker", event.volunteer_id, data),)
        case registry.MergeAnnounced():
            mail = "registrations-restored" if event.undone else "registrations-merged"
            data = facts(merge_id=event.merge_id, undo_until=event.undo_until)
            return (to_volunteer(mail, event.volunteer_id, data, event.expires_at),)
        case registry.VolunteerImported():
            mail = "volunteer-link-requested" if event.was_known else "volunteer-imported"
            data = facts(link_id=event.link_id, organisation_id=event.organisation_id)
            return (to_volunteer(mail, event.volunteer_id, data, event.expires_at),)
        case registry.CampaignCallDue():
            data = facts(campaign_id=event.campaign_id)
            return (to_volunteer("campaign-call", event.volunteer_id, data, event.expires_at),)
    return ()


def receipt(event: registry.ErasureReceiptDue) -> Intent:
    """The last mail to an erased person: what was erased where."""
    services = [part.model_dump(mode="json") for part in event.services]
    data = facts(
        erasure_id=event.erasure_id, services=services, log_clean_by=event.log_clean_by, kept_until=event.kept_until
    )
    return to_volunteer(RECEIPT, event.subject_id, data)


def _invitation(event: registry.InvitationRequested) -> Intent:
    return Intent(
        "invitation",
        RecipientKind.MEMBER,
        event.subject_id,
        facts(invitation_id=event.invitation_id, organisation_id=event.organisation_id, role=event.role),
        expires_at=event.expires_at,
    )


def _group_invitation(event: registry.GroupInvitationRequested) -> Intent:
    """It names its speaker, and is erased with them."""
    return Intent(
        "group-invitation",
        RecipientKind.VOLUNTEER,
        event.volunteer_id,
        facts(invitation_id=event.invitation_id, group_id=event.group_id, speaker_id=event.speaker_id),
        concerns=event.speaker_id,
        expires_at=event.expires_at,
    )


def _own_contact(event: registry.OwnContactChanged) -> tuple[Intent, ...]:
    """Both are told; when nobody follows, the volunteer alone."""
    if event.subject_id is None:
        return (to_volunteer("own-contact-missing", event.volunteer_id, {}),)
    return (
        to_volunteer("own-contact", event.volunteer_id, facts(organisation_id=event.organisation_id)),
        Intent(
            "volunteer-entrusted",
            RecipientKind.MEMBER,
            event.subject_id,
            facts(organisation_id=event.organisation_id, volunteer_id=event.volunteer_id),
            concerns=event.volunteer_id,
        ),
    )


def _person_request(
    event: registry.PersonRequestReceived | registry.PersonRequestExtended | registry.PersonRequestAnswered,
) -> Intent:
    """The person is told what became of their request: by the same words whether they are a volunteer or staff."""
    mail = event.contract.type
    told = event.model_dump(mode="json", exclude={"subject_id", "by_member"})
    if event.by_member:
        return Intent(f"{mail}-member", RecipientKind.MEMBER, event.subject_id, told)
    return to_volunteer(mail, event.subject_id, told)


def _support(event: registry.SupportRequestForMember) -> Intent:
    """What a member is told of a request: that there is one, and until when; never what somebody wrote."""
    data = facts(
        request_id=event.request_id,
        organisation_id=event.organisation_id,
        volunteer_id=event.volunteer_id,
        due_on=event.due_on,
    )
    return Intent(SUPPORT_MAILS[type(event)], RecipientKind.MEMBER, event.subject_id, data, concerns=event.volunteer_id)


def _of_clearance(event: registry.ClearanceExpiring) -> Iterator[Intent]:
    data = facts(volunteer_id=event.volunteer_id, organisation_id=event.organisation_id, valid_until=event.valid_until)
    yield to_volunteer("clearance-expiring-volunteer", event.volunteer_id, data)
    for member_id in event.member_ids:
        mail = "clearance-expiring-member"
        yield Intent(mail, RecipientKind.MEMBER, member_id, data, concerns=event.volunteer_id)


def _of_enrolment(mail: str, event: training.Enrolment) -> Intent:
    data = facts(enrolment_id=event.enrolment_id, course_id=event.course_id, offered_until=event.offered_until)
    return to_volunteer(mail, event.volunteer_id, data, event.offered_until)
