"""From topics to read models and reactions. What changed for a volunteer or an offer leaves a check behind."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.matching.handlers import merges, persons
from services.matching.settings import MatchingSettings
from services.matching.store import boundaries as boundaries_store
from services.matching.store import erased, pools, postings, telling
from services.matching.store import suspensions as suspensions_store
from shared.access.members import members_projection
from shared.access.rights_projection import rights_projection
from shared.contracts import registry, training
from shared.contracts.envelope import Envelope
from shared.messaging.erasure import erasure
from shared.messaging.projection import Projection
from shared.messaging.reaction import Reaction
from shared.postgres.transaction import Transaction

SERVICE_NAME = "matching"


def projections() -> list[Projection]:
    """The read models."""
    return [
        members_projection(),
        replace(rights_projection(), changed=_rights_changed),
        Projection(
            name="places",
            topic="registry.places",
            events=(registry.PlaceRegistered, registry.PlaceUpdated),
            table="places",
            key="postal_code",
            row=lambda place: place.model_dump(mode="json", include={"name", "latitude", "longitude", "districts"}),
            changed=_places_changed,
        ),
        Projection(
            name="organisations",
            topic="registry.organisations",
            events=(registry.OrganisationRegistered, registry.OrganisationUpdated),
            table="organisations",
            key="organisation_id",
            row=lambda organisation: organisation.model_dump(mode="json", include={"name", "status"}),
            changed=_organisations_changed,
        ),
        Projection(
            name="volunteers",
            topic="registry.volunteers",
            events=(registry.VolunteerRegistered, registry.VolunteerUpdated, registry.VolunteerRestored),
            ended=(registry.VolunteerErased, registry.VolunteerMerged),
            table="volunteers",
            key="volunteer_id",
            row=_volunteer,
            person=True,
            changed=_volunteers_changed,
        ),
        Projection(
            name="qualifications",
            topic="training.qualifications",
            events=(training.QualificationGranted,),
            ended=(training.QualificationEnded,),
            table="qualifications",
            key="qualification_id",
            row=lambda held: held.model_dump(
                mode="json", include={"volunteer_id", "qualification", "granted_on", "valid_until"}
            ),
            person=True,
            changed=_volunteers_changed,
            told="volunteer_id",
        ),
        *_told_by_the_registry(),
        Projection(
            name="courses",
            topic="training.courses",
            events=(training.CoursePublished, training.CourseUpdated),
            ended=(training.CourseCancelled,),
            table="courses",
            key="course_id",
            row=_course,
        ),
    ]


def _told_by_the_registry() -> list[Projection]:
    """Who may do what with whom: clearances, groups, boundaries, contacts, consents."""
    return [
        Projection(
            name="clearances",
            topic="registry.clearances",
            events=(registry.ClearanceRecorded,),
            ended=(registry.ClearanceEnded,),
            table="clearances",
            key="clearance_id",
            row=lambda held: held.model_dump(mode="json", exclude={"clearance_id", "version"}),
            person=True,
            changed=_volunteers_changed,
            told="volunteer_id",
        ),
        Projection(
            name="groups",
            topic="registry.groups",
            events=(registry.GroupFormed, registry.GroupUpdated),
            ended=(registry.GroupDissolved,),
            table="groups",
            key="group_id",
            row=lambda group: group.model_dump(mode="json", include={"speaker_id", "member_ids"}),
            changed=_groups_changed,
        ),
        Projection(
            name="boundaries",
            topic="registry.boundaries",
            events=(
                registry.BoundaryProposed,
                registry.BoundaryDiscussed,
                registry.BoundaryAgreed,
                registry.BoundaryRevised,
                registry.BoundaryEnded,
            ),
            table="boundaries",
            key="boundary_id",
            row=_boundary,
            changed=_boundaries_changed,
        ),
        Projection(
            name="contacts",
            topic="registry.contacts",
            events=(registry.ContactRegistered, registry.ContactUpdated),
            ended=(registry.ContactWithdrawn,),
            table="contacts",
            key="contact_id",
            row=lambda contact: contact.model_dump(
                mode="json", include={"organisation_id", "subject_id", "district", "topic", "is_stale"}
            ),
            changed=_contacts_changed,
        ),
        Projection(
            name="consents",
            topic="registry.consents",
            events=(registry.ConsentGiven, registry.ConsentWithdrawn),
            table="consents",
            key="volunteer_id",
            row=lambda consents: {"purposes": sorted(held.purpose for held in consents.held)},
            person=True,
            changed=_consents_changed,
        ),
    ]


def reactions(settings: MatchingSettings) -> list[Reaction]:
    """What happens once because of an event."""

    async def erase(tx: Transaction, subject_id: UUID) -> int:
        return await persons.erase(tx, subject_id, settings)

    async def merge(tx: Transaction, event: registry.VolunteerMerged, _envelope: Envelope) -> None:
        await merges.merged(tx, event, settings)

    async def restore(tx: Transaction, event: registry.VolunteerRestored, _envelope: Envelope) -> None:
        await merges.restored(tx, event, settings)

    return [
        erasure(SERVICE_NAME, erase),
        Reaction("merge", "registry.volunteers", (registry.VolunteerMerged,), merge, alone=True),
        Reaction("restore", "registry.volunteers", (registry.VolunteerRestored,), restore, alone=True),
    ]


def _volunteer(volunteer: registry.Volunteer) -> dict[str, Any]:
    row: dict[str, Any] = volunteer.model_dump(
        mode="json",
        include={
            "languages",
            "skills",
            "wishes",
            "availability",
            "absences",
            "reach_km",
            "travel",
            "postal_code",
            "district",
            "age_reached",
            "paused",
            "undertaking_valid",
            "registered_at",
        },
    )
    return row


def _boundary(boundary: registry.Boundary) -> dict[str, Any]:
    row = boundary.model_dump(mode="json", include={"district", "kind_of_activity", "organisation_ids", "status"})
    agreed = getattr(boundary, "agreed", None)
    return {**row, "agreed": agreed.model_dump(mode="json") if agreed else None}


def _course(course: training.Course) -> dict[str, Any]:
    row = course.model_dump(mode="json", include={"organisation_id", "title", "grants", "district", "postal_code"})
    first = min(course.sessions, key=lambda session: session.starts_at)
    return {**row, "starts_at": first.starts_at.isoformat(), "first_ends_at": first.ends_at.isoformat()}


async def _volunteers_changed(tx: Transaction, keys: list[UUID]) -> None:
    """What they are, hold or may do has changed: offers may fit, and placements be suspended or go on."""
    await postings.post_volunteers(tx.connection, keys)
    await suspensions_store.check_placed(tx.connection, keys, tx.now)
    await telling.check_volunteers(tx.connection, keys, tx.now)


async def _rights_changed(tx: Transaction, keys: list[UUID]) -> None:
    """Whose data may be used again: offers may fit, placements go on, and their turn may have come."""
    await suspensions_store.check_placed(tx.connection, keys, tx.now)
    await telling.check_volunteers(tx.connection, keys, tx.now)
    await pools.look_at_waiting_lists_of(tx.connection, keys)


async def _places_changed(tx: Transaction, keys: list[str]) -> None:
    await postings.post_volunteers_of_places(tx.connection, keys)


async def _consents_changed(tx: Transaction, keys: list[UUID]) -> None:
    await postings.post_volunteers(tx.connection, keys)
    await telling.check_volunteers(tx.connection, keys, tx.now)


async def _boundaries_changed(tx: Transaction, keys: list[UUID]) -> None:
    await boundaries_store.note_ended(tx.connection, keys, tx.now)


async def _organisations_changed(tx: Transaction, keys: list[UUID]) -> None:
    await postings.post_offers_of_organisations(tx.connection, keys)
    await telling.check_offers_of_organisations(tx.connection, keys, tx.now)


async def _groups_changed(tx: Transaction, keys: list[UUID]) -> None:
    """A group is no person's key: an event from before somebody's erasure must not bring them back."""
    await erased.leave_erased_out_of_groups(tx.connection, keys)


async def _contacts_changed(tx: Transaction, keys: list[UUID]) -> None:
    await erased.leave_erased_out_of_contacts(tx.connection, keys)
