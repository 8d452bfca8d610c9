"""Builders of events: valid, as small as they may be, with fresh ids; name only what the test is about."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.matching import OfferCreated, PlacementRequested
from shared.contracts.privacy import ErasureRequested
from shared.contracts.registry import (
    MemberRegistered,
    Membership,
    OrganisationRegistered,
    PlaceRegistered,
    SpokenLanguage,
    VolunteerErased,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.contracts.training import CoursePublished, QualificationGranted, Session, TrainingEnrolled
from shared.contracts.vocabulary import (
    CourseStatus,
    EnrolmentStatus,
    Level,
    OfferStatus,
    OrganisationKind,
    OrganisationStatus,
    PlacementStatus,
    Role,
)
from shared.runtime.ids import new_id

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CELLE, CELLE_POSTAL_CODE = "03351", "29221"


def volunteer(volunteer_id: UUID | None = None, version: int = 1, **told: Any) -> VolunteerRegistered:
    """A volunteer in Celle who speaks Ukrainian and German."""
    return VolunteerRegistered(volunteer_id=volunteer_id or new_id(), version=version, **_volunteer(told))


def volunteer_updated(volunteer_id: UUID, version: int, **told: Any) -> VolunteerUpdated:
    """A later state of a volunteer."""
    return VolunteerUpdated(volunteer_id=volunteer_id, version=version, **_volunteer(told))


def _volunteer(told: dict[str, Any]) -> dict[str, Any]:
    languages = (SpokenLanguage(language="uk", level=Level.NATIVE), SpokenLanguage(language="de", level=Level.B2))
    return {
        "languages": languages,
        "reach_km": 20,
        "postal_code": CELLE_POSTAL_CODE,
        "district": CELLE,
        "registered_at": NOON,
    } | told


def volunteer_erased(volunteer_id: UUID, version: int) -> VolunteerErased:
    """The last state of a volunteer."""
    return VolunteerErased(volunteer_id=volunteer_id, version=version, erased_at=NOON)


def organisation(organisation_id: UUID | None = None, version: int = 1, **told: Any) -> OrganisationRegistered:
    """A verified welfare association in Celle."""
    return OrganisationRegistered(
        organisation_id=organisation_id or new_id(),
        version=version,
        **{
            "name": "Testverband",
            "kind": OrganisationKind.WELFARE_ASSOCIATION,
            "districts": (CELLE,),
            "status": OrganisationStatus.VERIFIED,
        }
        | told,
    )


def member(
    subject_id: UUID | None = None,
    version: int = 1,
    *,
    organisation_id: UUID | None = None,
    role: Role = Role.COORDINATOR,
    **told: Any,
) -> MemberRegistered:
    """A member of an organisation."""
    subject_id = subject_id or new_id()
    membership = Membership(organisation_id=organisation_id or new_id(), role=role, districts=(CELLE,))
    return MemberRegistered(
        subject_id=subject_id,
        version=version,
        **{"issuer": "https://issuer.test", "subject": str(subject_id), "memberships": (membership,)} | told,
    )


def place(postal_code: str = CELLE_POSTAL_CODE, version: int = 1, **told: Any) -> PlaceRegistered:
    """A postal code."""
    known = {"name": "Celle", "latitude": 52.62, "longitude": 10.08, "districts": (CELLE,)}
    return PlaceRegistered(postal_code=postal_code, version=version, **known | told)


def offer(offer_id: UUID | None = None, version: int = 1, **told: Any) -> OfferCreated:
    """A published offer in Celle."""
    return OfferCreated(
        offer_id=offer_id or new_id(),
        version=version,
        **{
            "organisation_id": new_id(),
            "coordinator_id": new_id(),
            "title": "Hausaufgabenhilfe",
            "topic": "homework_help",
            "district": CELLE,
            "postal_code": CELLE_POSTAL_CODE,
            "places": 2,
            "status": OfferStatus.PUBLISHED,
        }
        | told,
    )


def placement(placement_id: UUID | None = None, version: int = 1, **told: Any) -> PlacementRequested:
    """A requested placement."""
    return PlacementRequested(
        placement_id=placement_id or new_id(),
        version=version,
        **{
            "offer_id": new_id(),
            "organisation_id": new_id(),
            "coordinator_id": new_id(),
            "volunteer_id": new_id(),
            "status": PlacementStatus.REQUESTED,
            "requested_at": NOON,
        }
        | told,
    )


def course(course_id: UUID | None = None, version: int = 1, **told: Any) -> CoursePublished:
    """A course with one session."""
    session = Session(session_id=new_id(), starts_at=NOON, ends_at=NOON + timedelta(hours=3), ue=4)
    return CoursePublished(
        course_id=course_id or new_id(),
        version=version,
        **{
            "organisation_id": new_id(),
            "title": "Basisqualifizierung",
            "grants": "basic_qualification",
            "district": CELLE,
            "postal_code": CELLE_POSTAL_CODE,
            "places": 12,
            "sessions": (session,),
            "status": CourseStatus.PUBLISHED,
        }
        | told,
    )


def enrolment(enrolment_id: UUID | None = None, version: int = 1, **told: Any) -> TrainingEnrolled:
    """An enrolment in a course."""
    known = {"course_id": new_id(), "volunteer_id": new_id(), "status": EnrolmentStatus.ENROLLED}
    return TrainingEnrolled(enrolment_id=enrolment_id or new_id(), version=version, **known | told)


def qualification(qualification_id: UUID | None = None, version: int = 1, **told: Any) -> QualificationGranted:
    """A qualification without an end."""
    known = {"volunteer_id": new_id(), "qualification": "basic_qualification", "granted_on": NOON.date()}
    return QualificationGranted(qualification_id=qualification_id or new_id(), version=version, **known | told)


def erasure_requested(subject_id: UUID, erasure_id: UUID | None = None) -> ErasureRequested:
    """A person is to be erased everywhere."""
    return ErasureRequested(erasure_id=erasure_id or new_id(), subject_id=subject_id, requested_at=NOON)
