"""Events of the others, as the tests of notifications consume them. The people are invented."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts import matching, registry, training
from shared.contracts.base import EventData
from shared.contracts.privacy import ErasureRequested
from shared.contracts.vocabulary import CourseStatus, OfferStatus, OrganisationKind, OrganisationStatus, Role
from tests.unit.notifications.builders import (
    CAMPAIGN,
    CAMPAIGN_TEXTS,
    COORDINATOR,
    COURSE,
    NOW,
    OFFER,
    ORGANISATION,
    OTHER,
    VOLUNTEER,
)

ERASURE = OTHER


def volunteer_contact(**changes: Any) -> registry.VolunteerContactUpdated:
    values = {
        "volunteer_id": VOLUNTEER,
        "name": "Kim Beispiel",
        "mail": "kim@example.org",
        "language": "de",
        "version": 1,
    }
    return registry.VolunteerContactUpdated(**{**values, **changes})


def consents(*purposes: str, version: int = 1) -> registry.ConsentGiven:
    held = tuple(
        registry.HeldConsent(purpose=purpose, text_version="2026-01", given_at=NOW)
        for purpose in ("processing", *purposes)
    )
    return registry.ConsentGiven(
        volunteer_id=VOLUNTEER, version=version, purpose="processing", text_version="2026-01", held=held
    )


def member_contact(**changes: Any) -> registry.MemberContactUpdated:
    values = {
        "subject_id": COORDINATOR,
        "name": "Toni Muster",
        "mail": "toni@example.org",
        "language": "en",
        "version": 1,
    }
    return registry.MemberContactUpdated(**{**values, **changes})


def member(
    *organisations: UUID, version: int = 1, role: Role = Role.COORDINATOR, districts: tuple[str, ...] = ("03351",)
) -> registry.MemberRegistered:
    return registry.MemberRegistered(
        subject_id=COORDINATOR,
        version=version,
        issuer="https://sign-in.example",
        subject="coordinator-1",
        memberships=tuple(
            registry.Membership(organisation_id=each, role=role, districts=districts) for each in organisations
        ),
    )


def organisation(
    cls: type[registry.Organisation] = registry.OrganisationRegistered, **changes: Any
) -> registry.Organisation:
    values: dict[str, Any] = {
        "organisation_id": ORGANISATION,
        "version": 1,
        "name": "Demo-Initiative Celle",
        "kind": OrganisationKind.INITIATIVE,
        "districts": ("03351",),
        "status": OrganisationStatus.VERIFIED,
    }
    return cls(**{**values, **changes})


def offer(cls: type[matching.Offer] = matching.OfferCreated, **changes: Any) -> matching.Offer:
    values: dict[str, Any] = {
        "offer_id": OFFER,
        "version": 1,
        "organisation_id": ORGANISATION,
        "coordinator_id": COORDINATOR,
        "title": "Hausaufgabenhilfe in Celle",
        "topic": "homework_help",
        "district": "03351",
        "postal_code": "29221",
        "weekly": [{"day": "tuesday", "start": "15:00", "end": "17:00"}],
        "places": 3,
        "status": OfferStatus.PUBLISHED,
    }
    values = {name: value for name, value in values.items() if name in cls.model_fields}
    return cls(**{**values, **changes})


def course() -> training.CoursePublished:
    return training.CoursePublished(
        course_id=COURSE,
        version=1,
        organisation_id=ORGANISATION,
        title="Basisqualifizierung",
        grants="basic",
        district="03351",
        postal_code="29221",
        places=10,
        sessions=(
            training.Session(
                session_id=OTHER, starts_at=NOW + timedelta(days=10), ends_at=NOW + timedelta(days=10, hours=3), ue=4
            ),
        ),
        status=CourseStatus.PUBLISHED,
    )


def campaign(cls: type[registry.Campaign] = registry.CampaignOpened, version: int = 1) -> registry.Campaign:
    """A call of the organisation, in German and Arabic."""
    return cls(
        campaign_id=CAMPAIGN,
        version=version,
        organisation_id=ORGANISATION,
        texts=tuple(
            registry.CampaignText.model_validate({"language": language, **text})
            for language, text in CAMPAIGN_TEXTS.items()
        ),
        ends_at=NOW + timedelta(days=14),
    )


def everything() -> list[EventData]:
    """All that the texts need to know."""
    return [
        volunteer_contact(),
        consents("suggestions_by_mail", "contact_by_organisations", "campaigns"),
        member_contact(),
        member(ORGANISATION),
        organisation(),
        offer(),
        course(),
        campaign(),
    ]


def erasure_requested(requested_at: datetime = NOW) -> ErasureRequested:
    return ErasureRequested(erasure_id=ERASURE, subject_id=VOLUNTEER, requested_at=requested_at)
