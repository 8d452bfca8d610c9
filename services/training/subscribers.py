"""What training consumes: read models of volunteers, organisations and members, and requests to erase a person."""

from typing import Any
from uuid import UUID

from services.training.handlers import persons
from services.training.settings import TrainingSettings
from shared.access.members import members_projection
from shared.contracts.registry import (
    Organisation,
    OrganisationRegistered,
    OrganisationUpdated,
    Volunteer,
    VolunteerErased,
    VolunteerRegistered,
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
            events=(VolunteerRegistered, VolunteerUpdated),
            ended=(VolunteerErased,),
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
    ]


def reactions(settings: TrainingSettings) -> list[Reaction]:
    """What is done once."""

    async def erase(tx: Transaction, subject_id: UUID) -> int:
        return await persons.erase(tx, subject_id, settings)

    return [erasure("training", erase)]


def _nothing_else(_volunteer: Volunteer) -> dict[str, Any]:
    return {}


def _status(organisation: Organisation) -> dict[str, Any]:
    return {"status": organisation.status}
