"""Organisations."""

from uuid import UUID

from shared.contracts.base import StateData, contract
from shared.contracts.vocabulary import (
    AGS,
    OrganisationKind,
    OrganisationStatus,
    Title,
)


class Organisation(StateData):
    organisation_id: UUID
    name: Title
    kind: OrganisationKind
    districts: tuple[AGS, ...]
    status: OrganisationStatus


@contract("organisation-registered", topic="registry.organisations", key="organisation_id")
class OrganisationRegistered(Organisation):
    """Not verified yet: it may publish nothing and see nobody."""


@contract("organisation-updated", topic="registry.organisations", key="organisation_id")
class OrganisationUpdated(Organisation):
    """Verified, suspended, or changed otherwise."""
