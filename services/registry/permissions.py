"""Who may do what in the registry: the one matrix. Deny by default; what lies outside one's reach answers 404."""

from shared.access.permissions import Permissions, Relation
from shared.contracts.vocabulary import Role

PERMISSIONS = Permissions(
    {
        "read-volunteer": {Role.VOLUNTEER: Relation.OWN},
        "change-volunteer": {Role.VOLUNTEER: Relation.OWN},
        "export-volunteer": {Role.VOLUNTEER: Relation.OWN},
        "erase-volunteer": {Role.VOLUNTEER: Relation.OWN, Role.PRIVACY_OFFICER: Relation.ANY},
        "read-erasure": {Role.VOLUNTEER: Relation.OWN, Role.PRIVACY_OFFICER: Relation.ANY},
        "read-unverified-organisation": {
            Role.COORDINATOR: Relation.COVERED,
            Role.TRAINER: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.STATE_ADMIN: Relation.ANY,
        },
        "decide-organisation": {Role.STATE_ADMIN: Relation.ANY},
        "invite-member": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "list-members": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "withdraw-membership": {
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.STATE_ADMIN: Relation.ANY,
            Role.COORDINATOR: Relation.OWN,
            Role.TRAINER: Relation.OWN,
            Role.DISTRICT_ADMIN: Relation.OWN,
            Role.PRIVACY_OFFICER: Relation.OWN,
        },
        "add-machine": {Role.ORGANISATION_ADMIN: Relation.COVERED},
        "list-machines": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "withdraw-machine": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "publish-contact": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "withdraw-contact": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-audit-log": {Role.PRIVACY_OFFICER: Relation.ANY},
    }
)
