"""Organisations."""

from uuid import UUID

from shared.contracts.base import StateData, contract
from shared.contracts.vocabulary import (
    AGS,
    LegalProfile,
    OrganisationKind,
    OrganisationStatus,
    Title,
)


class Organisation(StateData):
    organisation_id: UUID
    name: Title
    kind: OrganisationKind
    districts: tuple[AGS, ...]
    umbrella_id: UUID | None = None
    """The association to which it belongs."""
    legal_profile: LegalProfile = LegalProfile.GDPR
    status: OrganisationStatus


@contract("organisation-registered", topic="registry.organisations", key="organisation_id")
class OrganisationRegistered(Organisation):
    """Not verified yet: it may publish nothing and see nobody."""


@contract("organisation-updated", topic="registry.organisations", key="organisation_id")
class OrganisationUpdated(Organisation):
    """Verified, suspended, or changed otherwise."""
