"""Events, facts and contacts as tests need them. The people are invented."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.notifications.models import CampaignFacts, Contact, CourseFacts, Facts, Intent, OfferFacts, RecipientKind
from services.notifications.rules.mails import PASS_ON
from services.notifications.rules.occasions import OCCASIONS, intents_of, receipt
from shared.contracts import matching, registry, tandems, training
from shared.contracts.base import EventData
from shared.contracts.vocabulary import EnrolmentStatus, PlacementStatus, Role, TandemStatus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
VOLUNTEER = UUID("01900000-0000-7000-8000-000000000001")
COORDINATOR = UUID("01900000-0000-7000-8000-000000000002")
ORGANISATION = UUID("01900000-0000-7000-8000-000000000003")
OFFER = UUID("01900000-0000-7000-8000-000000000004")
PLACEMENT = UUID("01900000-0000-7000-8000-000000000005")
COURSE = UUID("01900000-0000-7000-8000-000000000006")
ENROLMENT = UUID("01900000-0000-7000-8000-000000000007")
OTHER = UUID("01900000-0000-7000-8000-000000000008")
CAMPAIGN = UUID("01900000-0000-7000-8000-000000000009")
SPEAKER = UUID("01900000-0000-7000-8000-00000000000a")

_PLACEMENT_STATUS: dict[type[EventData], PlacementStatus] = {
    matching.PlacementRequested: PlacementStatus.REQUESTED,
    matching.PlacementWaitlisted: PlacementStatus.WAITLISTED,
    matching.PlacementOffered: PlacementStatus.OFFERED,
    matching.PlacementConfirmed: PlacementStatus.CONFIRMED,
    matching.PlacementDeclined: PlacementStatus.DECLINED,
    matching.PlacementWithdrawn: PlacementStatus.WITHDRAWN,
    matching.PlacementInvited: PlacementStatus.INVITED,
    matching.PlacementSuspended: PlacementStatus.SUSPENDED,
    matching.PlacementResumed: PlacementStatus.ACTIVE,
    matching.PlacementCompleted: PlacementStatus.COMPLETED,
    matching.PlacementEnded: PlacementStatus.ENDED,
}
_ENROLMENT_STATUS: dict[type[EventData], EnrolmentStatus] = {
    training.TrainingEnrolled: EnrolmentStatus.ENROLLED,
    training.TrainingWaitlisted: EnrolmentStatus.WAITLISTED,
    training.TrainingPlaceOffered: EnrolmentStatus.OFFERED,
    training.TrainingCompleted: EnrolmentStatus.ATTENDED,
}


def _person_request(cls: type[EventData]) -> dict[str, Any]:
    return {
        "request_id": OTHER,
        "subject_id": VOLUNTEER,
        "by_member": False,
        "kind": "access",
        "received_on": "2026-03-02",
        "due_on": "2026-04-02",
        "reason": "excessive" if cls is registry.PersonRequestAnswered else "complexity",
        "outcome": "refused",
    }


_TANDEM_STATUS: dict[type[EventData], TandemStatus] = {
    tandems.TandemProposed: TandemStatus.PROPOSED,
    tandems.TandemTrialStarted: TandemStatus.TRIAL,
    tandems.TandemAgreed: TandemStatus.AGREED,
    tandems.TandemEnded: TandemStatus.ENDED,
}
_ABOUT_OFFER: dict[str, Any] = {"offer_id": OFFER, "organisation_id": ORGANISATION}
_SHIFT: dict[str, Any] = _ABOUT_OFFER | {
    "placement_id": PLACEMENT,
    "volunteer_id": VOLUNTEER,
    "shift_id": OTHER,
    "starts_at": NOW + timedelta(days=4),
    "ends_at": NOW + timedelta(days=4, hours=2),
}
_FACTS: dict[type[EventData], Callable[[type[EventData]], dict[str, Any]]] = {
    matching.Placement: lambda cls: {
        "placement_id": PLACEMENT,
        "offer_id": OFFER,
        "organisation_id": ORGANISATION,
        "coordinator_id": COORDINATOR,
        "volunteer_id": VOLUNTEER,
        "status": _PLACEMENT_STATUS[cls],
        "requested_at": NOW,
        "offered_until": LATER if cls in (matching.PlacementOffered, matching.PlacementInvited) else None,
        "volunteer_acted": cls is not matching.PlacementInvited,
        "version": 1,
    },
    tandems.Tandem: lambda cls: {
        "tandem_id": OTHER,
        "placement_id": PLACEMENT,
        "offer_id": OFFER,
        "organisation_id": ORGANISATION,
        "coordinator_id": COORDINATOR,
        "volunteer_id": VOLUNTEER,
        "status": _TANDEM_STATUS[cls],
        "trial_until": None if cls is tandems.TandemProposed else "2026-04-27",
        "version": 1,
    },
    tandems.TandemCheckInDue: lambda cls: (
        _ABOUT_OFFER
        | {
            "tandem_id": OTHER,
            "check_in_id": PLACEMENT,
            "coordinator_id": COORDINATOR,
            "volunteer_id": VOLUNTEER,
            "due_on": "2026-03-30",
            "number": 1,
        }
    ),
    matching.ReplacementsFound: lambda cls: (
        _ABOUT_OFFER | {"placement_id": PLACEMENT, "coordinator_id": COORDINATOR, "volunteer_id": VOLUNTEER, "found": 3}
    ),
    matching.PlaceVacated: lambda cls: (
        _ABOUT_OFFER | {"subject_id": COORDINATOR, "starts_at": NOW + timedelta(days=3), "found": 2, "vacated_at": NOW}
    ),
    matching.GroupMemberLeft: lambda cls: (
        _ABOUT_OFFER
        | {
            "placement_id": PLACEMENT,
            "coordinator_id": COORDINATOR,
            "volunteer_id": VOLUNTEER,
            "group_id": OTHER,
            "joint_id": OTHER,
            "speaker_id": SPEAKER,
        }
    ),
    matching.OfferMoved: lambda cls: (
        _ABOUT_OFFER
        | {"placement_id": PLACEMENT, "volunteer_id": VOLUNTEER, "offer_version": 2}
        | {"weekly": ({"day": "thursday", "start": "16:00", "end": "18:00"},), "starts_on": "2026-04-01"}
    ),
    matching.ShiftMoved: lambda cls: _SHIFT | {"started_before_at": NOW + timedelta(days=3)},
    matching.ShiftCancelled: lambda cls: _SHIFT,
    matching.ShiftCleared: lambda cls: (
        {name: value for name, value in _SHIFT.items() if name not in ("placement_id", "volunteer_id")}
        | {"subject_id": COORDINATOR}
    ),
    matching.OfferConfirmationDue: lambda cls: _ABOUT_OFFER | {"subject_id": COORDINATOR, "confirmed_on": "2025-12-02"},
    matching.OfferBoundaryEnded: lambda cls: _ABOUT_OFFER | {"subject_id": COORDINATOR, "boundary_id": OTHER},
    matching.ActivityConfirmationDue: lambda cls: {
        "activity_id": OTHER,
        "organisation_id": ORGANISATION,
        "subject_id": COORDINATOR,
        "confirmed_on": "2025-12-02",
    },
    training.Enrolment: lambda cls: {
        "enrolment_id": ENROLMENT,
        "course_id": COURSE,
        "volunteer_id": VOLUNTEER,
        "status": _ENROLMENT_STATUS[cls],
        "offered_until": LATER if cls is training.TrainingPlaceOffered else None,
        "version": 1,
    },
    registry.ConfirmationRequested: lambda cls: {"volunteer_id": VOLUNTEER, "expires_at": LATER},
    registry.SignInRequested: lambda cls: {"volunteer_id": VOLUNTEER, "sign_in_id": OTHER, "expires_at": LATER},
    registry.AddressConfirmationRequested: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "change_id": OTHER,
        "expires_at": LATER,
    },
    registry.UndertakingDue: lambda cls: {"volunteer_id": VOLUNTEER, "text_version": "2027-01"},
    registry.InvitationRequested: lambda cls: {
        "subject_id": COORDINATOR,
        "invitation_id": OTHER,
        "organisation_id": ORGANISATION,
        "role": Role.COORDINATOR,
        "expires_at": LATER,
    },
    registry.ClearanceExpiring: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "organisation_id": ORGANISATION,
        "kind_of_activity": "homework_help",
        "valid_until": "2026-05-31",
        "days_before": 90,
        "member_ids": [COORDINATOR],
    },
    registry.ContactConfirmationDue: lambda cls: {
        "contact_id": OTHER,
        "organisation_id": ORGANISATION,
        "subject_id": COORDINATOR,
        "confirmed_on": "2025-12-02",
    },
    registry.OwnContactChanged: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "contact_id": OTHER,
        "organisation_id": ORGANISATION,
        "subject_id": COORDINATOR,
    },
    registry.SupportRequest: lambda cls: {
        "request_id": OTHER,
        "volunteer_id": VOLUNTEER,
        "organisation_id": ORGANISATION,
        "due_on": "2026-03-09",
        **({} if cls is registry.SupportRequestAnswered else {"subject_id": COORDINATOR}),
    },
    registry.PersonRequestReceived: _person_request,
    registry.PersonRequestExtended: _person_request,
    registry.PersonRequestAnswered: _person_request,
    registry.PersonRequestDue: lambda cls: {
        "request_id": OTHER,
        "officer_id": COORDINATOR,
        "kind": "access",
        "occasion": "soon",
        "due_on": "2026-04-02",
    },
    registry.RestrictionEnding: lambda cls: {
        "subject_id": VOLUNTEER,
        "reason": "accuracy_checked",
        "ends_on": "2026-03-09",
    },
    registry.GroupInvitationRequested: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "invitation_id": OTHER,
        "group_id": PLACEMENT,
        "speaker_id": SPEAKER,
        "expires_at": LATER,
    },
    registry.GroupSpeakerChanged: lambda cls: {"volunteer_id": VOLUNTEER, "group_id": OTHER, "changed_at": NOW},
    registry.MergeAnnounced: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "merge_id": OTHER,
        "undo_until": NOW + timedelta(days=30),
        "expires_at": LATER,
    },
    registry.VolunteerImported: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "link_id": OTHER,
        "organisation_id": ORGANISATION,
        "was_known": False,
        "expires_at": LATER,
    },
    registry.CampaignCallDue: lambda cls: {"volunteer_id": VOLUNTEER, "campaign_id": CAMPAIGN, "expires_at": LATER},
    matching.MatchSuggested: lambda cls: {
        "volunteer_id": VOLUNTEER,
        "offer_id": OFFER,
        "reasons": REASONS,
        "expires_at": LATER,
    },
    registry.ErasureReceiptDue: lambda cls: {
        "erasure_id": OTHER,
        "subject_id": VOLUNTEER,
        "services": [
            {"service": service, "deleted_at": NOW, "records": records, "log_clean_by": "2026-04-15"}
            for service, records in (("registry", 4), ("matching", 3), ("training", 0))
        ],
        "log_clean_by": "2026-04-15",
        "kept_until": "2029-12-31",
    },
}
"""What an event of a class, or of a class under it, says."""


def an_event(cls: type[EventData], **changes: Any) -> EventData:
    """An event of any class that is an occasion."""
    facts = next((_FACTS[base](cls) for base in cls.__mro__ if base in _FACTS), {})
    return cls(**{**facts, **changes})


REASONS: tuple[dict[str, Any], ...] = (
    {"part": "shared_languages", "value": 0.9, "fact": {"shared": ["uk", "ar"], "wanted": ["uk", "ar"]}},
    {"part": "distance", "value": 0.7, "fact": {"km": 3.4}},
    {"part": "availability", "value": 1.0, "fact": {"told": 1, "percent": 100}},
    {"part": "wishes", "value": 1.0, "fact": {"topic": "homework_help"}},
    {"part": "urgency", "value": 0.75, "fact": {"urgency": 4}},
    {"part": "experience", "value": 0.2, "fact": {"placements": 1}},
    {"part": "fairness", "value": 0.5, "fact": {"days": 45}},
)


CAMPAIGN_TEXTS = {
    "de": {"subject": "Sprachcafé sucht Menschen", "paragraphs": ["Wir suchen Menschen.", "Dienstags um 15 Uhr."]},
    "ar": {"subject": "مقهى اللغات", "paragraphs": ["نبحث عن أشخاص."]},
}


def every_intent(person: str = "Kim Beispiel") -> dict[str, Intent]:
    """One intent of each kind of mail."""
    found = {intent.mail: intent for cls in OCCASIONS for intent in intents_of(an_event(cls))}
    nobody = an_event(registry.OwnContactChanged, contact_id=None, organisation_id=None, subject_id=None)
    found |= {intent.mail: intent for intent in intents_of(nobody)}
    found |= {intent.mail: intent for intent in intents_of(an_event(registry.MergeAnnounced, undone=True))}
    for invited in (matching.PlacementDeclined, matching.PlacementWithdrawn):
        found |= {intent.mail: intent for intent in intents_of(an_event(invited, volunteer_acted=False))}
    found |= {intent.mail: intent for intent in intents_of(an_event(tandems.TandemCheckInDue, check_in_id=None))}
    found |= {intent.mail: intent for intent in intents_of(an_event(registry.VolunteerImported, was_known=True))}
    for cls in (
        registry.PersonRequestReceived,
        registry.PersonRequestExtended,
        registry.PersonRequestAnswered,
        registry.RestrictionEnding,
    ):
        found |= {intent.mail: intent for intent in intents_of(an_event(cls, by_member=True, subject_id=COORDINATOR))}
    due = an_event(registry.ErasureReceiptDue)
    assert isinstance(due, registry.ErasureReceiptDue)
    last = receipt(due)
    told = {
        "volunteer": {"name": person},
        "title": "Ihr Einsatz ist bestätigt",
        "lines": ["Angebot: Hausaufgabenhilfe"],
    }
    passed_on = Intent(PASS_ON, RecipientKind.MEMBER, COORDINATOR, told)
    return {**found, last.mail: last, PASS_ON: passed_on}


def a_contact(subject_id: UUID = VOLUNTEER, **changes: str) -> Contact:
    values: dict[str, Any] = {"name": "Kim Beispiel", "mail": "kim@example.org", "language": "de", **changes}
    return Contact(subject_id, **values)


def all_facts(**changes: Any) -> Facts:
    """Read models that know everything."""
    values: dict[str, Any] = {
        "offers": {
            OFFER: OfferFacts(
                "Hausaufgabenhilfe in Celle", ORGANISATION, ({"day": "tuesday", "start": "15:00", "end": "17:00"},)
            )
        },
        "courses": {COURSE: CourseFacts("Basisqualifizierung", ORGANISATION, NOW + timedelta(days=10))},
        "organisations": {ORGANISATION: "Demo-Initiative Celle"},
        "volunteers": {VOLUNTEER: a_contact()},
        "members": {COORDINATOR: a_contact(COORDINATOR, name="Toni Muster", mail="toni@example.org")},
        "campaigns": {CAMPAIGN: CampaignFacts(ORGANISATION, CAMPAIGN_TEXTS)},
        "speakers": {SPEAKER: a_contact(SPEAKER, name="Alex Beispiel", mail="alex@example.org")},
    }
    return Facts(**{**values, **changes})
