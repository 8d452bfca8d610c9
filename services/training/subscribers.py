"""What training consumes: read models of volunteers, organisations and members, and requests to erase a person."""

from typing import Any
from uuid import UUID

from services.training.handlers import merges, persons
from services.training.settings import TrainingSettings
from shared.access.members import members_projection
from shared.access.rights_projection import rights_projection
from shared.contracts.envelope import Envelope
from shared.contracts.registry import (
    Organisation,
    OrganisationRegistered,
    OrganisationUpdated,
    Volunteer,
    VolunteerErased,
    VolunteerMerged,
    VolunteerRegistered,
    VolunteerRestored,
    VolunteerUpdated,
)
from shared.messaging.erasure import erasure
from shared.messaging.projection import Projection
from shared.messaging.reaction import Reaction
from shared.postgres.transaction import Transaction


def projections() -> list[Projection]:
    """The read models."""
    return [
        Projection(
            name="volunteers",
            topic="registry.volunteers",
            events=(VolunteerRegistered, VolunteerUpdated, VolunteerRestored),
            ended=(VolunteerErased, VolunteerMerged),
            table="volunteers",
            key="volunteer_id",
            row=_nothing_else,
            person=True,
        ),
        Projection(
            name="organisations",
            topic="registry.organisations",
            events=(OrganisationRegistered, OrganisationUpdated),
            table="organisations",
            key="organisation_id",
            row=_status,
        ),
        members_projection(),
        rights_projection(),
    ]


def reactions(settings: TrainingSettings) -> list[Reaction]:
    """What is done once."""

    async def erase(tx: Transaction, subject_id: UUID) -> int:
        return await persons.erase(tx, subject_id, settings)

    async def merge(tx: Transaction, event: VolunteerMerged, _envelope: Envelope) -> None:
        await merges.merged(tx, event, settings)

    async def restore(tx: Transaction, event: VolunteerRestored, _envelope: Envelope) -> None:
        await merges.restored(tx, event, settings)

    return [
        erasure("training", erase),
        Reaction("merge", "registry.volunteers", (VolunteerMerged,), merge, alone=True),
        Reaction("restore", "registry.volunteers", (VolunteerRestored,), restore, alone=True),
    ]


def _nothing_else(_volunteer: Volunteer) -> dict[str, Any]:
    return {}


def _status(organisation: Organisation) -> dict[str, Any]:
    return {"status": organisation.status}
