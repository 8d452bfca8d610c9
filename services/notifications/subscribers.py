"""Topic → read model, or topic → use case."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from services.notifications.handlers import merges
from services.notifications.handlers.erasure import begin_erasure, note_receipt
from services.notifications.handlers.telling import tell
from services.notifications.rules.occasions import IN_BULK, OCCASIONS
from services.notifications.settings import NotificationsSettings
from shared.access.members import members_projection
from shared.access.rights_projection import rights_projection
from shared.contracts import matching, registry, training
from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope
from shared.contracts.privacy import ErasureRequested
from shared.messaging.projection import Projection
from shared.messaging.reaction import REACTIONS, Happened, Reaction
from shared.postgres.transaction import Transaction

BULK = "bulk"
"""The consumer group of what nobody waits for."""


def projections() -> list[Projection]:
    """The read models. The volunteers' topic is not among them: their address outlives their erasure by one mail."""
    return [
        Projection(
            name="volunteer-contacts",
            topic="registry.volunteer-contacts",
            events=(registry.VolunteerContactUpdated,),
            table="volunteer_contacts",
            key="volunteer_id",
            row=_volunteer_contact,
            person=True,
        ),
        Projection(
            name="member-contacts",
            topic="registry.member-contacts",
            events=(registry.MemberContactUpdated,),
            table="member_contacts",
            key="subject_id",
            row=_contact,
            person=True,
        ),
        Projection(
            name="consents",
            topic="registry.consents",
            events=(registry.ConsentGiven, registry.ConsentWithdrawn),
            table="consents",
            key="volunteer_id",
            row=lambda event: {"purposes": [held.purpose for held in event.held]},
            person=True,
        ),
        members_projection(),
        rights_projection(),
        Projection(
            name="organisations",
            topic="registry.organisations",
            events=(registry.OrganisationRegistered, registry.OrganisationUpdated),
            table="organisations",
            key="organisation_id",
            row=lambda event: {"name": event.name, "status": event.status},
        ),
        Projection(
            name="offers",
            topic="matching.offers",
            events=(matching.OfferCreated, matching.OfferUpdated, matching.OfferClosed),
            table="offers",
            key="offer_id",
            row=_offer,
        ),
        Projection(
            name="courses",
            topic="training.courses",
            events=(training.CoursePublished, training.CourseUpdated, training.CourseCancelled),
            table="courses",
            key="course_id",
            row=_course,
        ),
        Projection(
            name="campaigns",
            topic="registry.campaigns",
            events=(registry.CampaignOpened, registry.CampaignClosed),
            table="campaigns",
            key="campaign_id",
            row=_campaign,
        ),
    ]


def reactions(settings: NotificationsSettings) -> list[Reaction]:
    """What makes somebody hear of something, and the erasure."""
    return [
        *_occasions("registry-mails", "registry.notices", settings),
        *_occasions("campaign-mails", "registry.campaign-calls", settings),
        *_occasions("suggestion-mails", "matching.suggestions", settings),
        *_occasions("placement-mails", "matching.placements", settings),
        *_occasions("tandem-mails", "matching.tandems", settings),
        *_occasions("matching-mails", "matching.notices", settings),
        *_occasions("training-mails", "training.enrolments", settings),
        Reaction(
            name="erasure",
            topic="registry.privacy",
            events=(ErasureRequested,),
            handle=_begin_erasure,
            natural_key=lambda event, _: str(event.erasure_id),
            even_when_erased=True,
            alone=True,
        ),
        Reaction("merge", "registry.volunteers", (registry.VolunteerMerged,), merges.merged, alone=True),
        Reaction("restore", "registry.volunteers", (registry.VolunteerRestored,), merges.restored, alone=True),
        Reaction(
            name="erasure-receipt",
            topic="registry.notices",
            events=(registry.ErasureReceiptDue,),
            handle=_receipt(timedelta(days=settings.receipt_days_at_most)),
            natural_key=lambda event, _: str(event.erasure_id),
            even_when_erased=True,
            alone=True,
        ),
    ]


def _occasions(name: str, topic: str, settings: NotificationsSettings) -> list[Reaction]:
    """Two of the same name and memory, when a topic has occasions of both kinds: each in its group, neither waits."""
    at_most = timedelta(days=settings.mail_days_at_most)

    async def handle(tx: Transaction, event: EventData, envelope: Envelope) -> None:
        await tell(tx, [(event, envelope)], at_most)

    async def together(tx: Transaction, happened: Sequence[Happened]) -> None:
        await tell(tx, happened, at_most)

    here = [cls for cls in OCCASIONS if cls.contract.topic == topic]
    groups = {
        REACTIONS: tuple(cls for cls in here if cls not in IN_BULK),
        BULK: tuple(cls for cls in here if cls in IN_BULK),
    }
    return [
        Reaction(
            name=name,
            topic=topic,
            events=events,
            handle=handle,
            expires_after=timedelta(days=settings.occasions_days_at_most),
            together=together,
            group=group,
        )
        for group, events in groups.items()
        if events
    ]


async def _begin_erasure(tx: Transaction, event: ErasureRequested, _envelope: Envelope) -> None:
    await begin_erasure(tx, event)


def _receipt(
    at_most: timedelta,
) -> Callable[[Transaction, registry.ErasureReceiptDue, Envelope], Awaitable[None]]:
    async def handle(tx: Transaction, event: registry.ErasureReceiptDue, _envelope: Envelope) -> None:
        await note_receipt(tx, event, at_most)

    return handle


def _contact(event: Any) -> dict[str, Any]:
    return {"name": event.name, "mail": event.mail, "language": event.language}


def _volunteer_contact(event: registry.VolunteerContactUpdated) -> dict[str, Any]:
    through = str(event.through) if event.through else None
    return {**_contact(event), "through": through, "mail_to_confirm": event.mail_to_confirm}


def _offer(event: matching.Offer) -> dict[str, Any]:
    return {
        "title": event.title,
        "organisation_id": event.organisation_id,
        "coordinator_id": event.coordinator_id,
        "district": event.district,
        "weekly": [time.model_dump(mode="json") for time in event.weekly],
        "status": event.status,
    }


def _course(event: training.Course) -> dict[str, Any]:
    starts = [session.starts_at for session in event.sessions]
    return {
        "title": event.title,
        "organisation_id": event.organisation_id,
        "first_session": min(starts).isoformat() if starts else None,
    }


def _campaign(event: registry.Campaign) -> dict[str, Any]:
    return {
        "organisation_id": event.organisation_id,
        "texts": {text.language: text.model_dump(mode="json", exclude={"language"}) for text in event.texts},
        "is_open": isinstance(event, registry.CampaignOpened),
    }
