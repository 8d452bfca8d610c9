"""Who may do what in the registry: the one matrix. Deny by default; what lies outside one's reach answers 404."""

from shared.access.permissions import Permissions, Relation
from shared.contracts.vocabulary import Role

PERMISSIONS = Permissions(
    {
        # By whoever registered somebody without mail, until those have an account of their own.
        "read-volunteer": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "change-volunteer": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "change-address": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "read-consents": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "decide-consents": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "register-volunteer": {Role.COORDINATOR: Relation.COVERED},
        "record-guardian-consent": {Role.COORDINATOR: Relation.COVERED},
        # By organisations that the volunteer dealt with, and let contact them.
        "read-volunteer-contact": {
            Role.VOLUNTEER: Relation.OWN,
            Role.COORDINATOR: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
        },
        "list-volunteers": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "own-characteristics": {Role.VOLUNTEER: Relation.OWN},
        "own-undertakings": {Role.VOLUNTEER: Relation.OWN},
        "export-person": {Role.VOLUNTEER: Relation.OWN},
        "erase-volunteer": {Role.VOLUNTEER: Relation.OWN, Role.PRIVACY_OFFICER: Relation.ANY},
        "read-erasure": {Role.VOLUNTEER: Relation.OWN, Role.PRIVACY_OFFICER: Relation.ANY},
        "read-unverified-organisation": {
            Role.COORDINATOR: Relation.COVERED,
            Role.TRAINER: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.STATE_ADMIN: Relation.ANY,
        },
        "decide-organisation": {Role.STATE_ADMIN: Relation.ANY},
        "change-organisation": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "invite-member": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "list-invitations": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "change-invitation": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "change-membership": {Role.ORGANISATION_ADMIN: Relation.COVERED},
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
        "publish-contact": {
            Role.COORDINATOR: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.INTEGRATION: Relation.COVERED,
        },
        "change-contact": {
            Role.COORDINATOR: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.INTEGRATION: Relation.COVERED,
        },
        "withdraw-contact": {
            Role.COORDINATOR: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.INTEGRATION: Relation.COVERED,
        },
        # Whoever a contact is keeps their own entry right, whatever they are in the organisation.
        "keep-own-contact": {
            Role.COORDINATOR: Relation.OWN,
            Role.TRAINER: Relation.OWN,
            Role.ORGANISATION_ADMIN: Relation.OWN,
            Role.DISTRICT_ADMIN: Relation.OWN,
            Role.STATE_ADMIN: Relation.OWN,
            Role.PRIVACY_OFFICER: Relation.OWN,
        },
        "manage-contacts": {
            Role.COORDINATOR: Relation.COVERED,
            Role.TRAINER: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.INTEGRATION: Relation.COVERED,
            Role.STATE_ADMIN: Relation.ANY,
        },
        "add-topic": {Role.STATE_ADMIN: Relation.ANY},
        "read-own-contact": {Role.VOLUNTEER: Relation.OWN},
        "list-own-volunteers": {Role.COORDINATOR: Relation.OWN, Role.ORGANISATION_ADMIN: Relation.OWN},
        "ask-for-support": {Role.VOLUNTEER: Relation.OWN},
        "list-support-requests": {
            Role.VOLUNTEER: Relation.OWN,
            Role.COORDINATOR: Relation.OWN,
            Role.ORGANISATION_ADMIN: Relation.OWN,
        },
        "read-support-request": {
            Role.VOLUNTEER: Relation.OWN,
            Role.COORDINATOR: Relation.OWN,
            Role.ORGANISATION_ADMIN: Relation.OWN,
        },
        "write-support-request": {
            Role.VOLUNTEER: Relation.OWN,
            Role.COORDINATOR: Relation.OWN,
            Role.ORGANISATION_ADMIN: Relation.OWN,
        },
        "handle-escalated-request": {Role.ORGANISATION_ADMIN: Relation.COVERED},
        "count-needs": {Role.DISTRICT_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "read-audit-log": {Role.PRIVACY_OFFICER: Relation.ANY},
        "record-clearance": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-clearance": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "print-clearance-letter": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "set-clearance-terms": {Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-own-clearances": {Role.VOLUNTEER: Relation.OWN},
        "form-group": {Role.VOLUNTEER: Relation.OWN},
        "list-groups": {Role.VOLUNTEER: Relation.OWN, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-group": {Role.VOLUNTEER: Relation.OWN},
        "leave-group": {Role.VOLUNTEER: Relation.OWN},
        "speak-for-group": {Role.VOLUNTEER: Relation.OWN},
        "answer-group-invitation": {Role.VOLUNTEER: Relation.OWN},
        "decide-group-link": {Role.ORGANISATION_ADMIN: Relation.COVERED},
        "write-campaign": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-campaign": {
            Role.COORDINATOR: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.STATE_ADMIN: Relation.ANY,
        },
        # A second person; by characteristics only the state administration (rules/campaigns.py).
        "decide-campaign": {Role.ORGANISATION_ADMIN: Relation.COVERED, Role.STATE_ADMIN: Relation.ANY},
        "withdraw-campaign": {
            Role.COORDINATOR: Relation.COVERED,
            Role.ORGANISATION_ADMIN: Relation.COVERED,
            Role.STATE_ADMIN: Relation.ANY,
        },
        "answer-call": {Role.VOLUNTEER: Relation.OWN},
        # Whoever may see both, because their organisation has dealt with both; and the privacy officer, for the rights
        # of a person, which reach over all organisations.
        "merge-volunteers": {Role.COORDINATOR: Relation.COVERED, Role.PRIVACY_OFFICER: Relation.ANY},
    },
    # With these an organisation keeps its own house and sees no volunteer.
    even_unverified={
        "read-unverified-organisation",
        "change-organisation",
        "invite-member",
        "list-members",
        "list-invitations",
        "change-invitation",
        "withdraw-membership",
        "list-machines",
        "withdraw-machine",
        "withdraw-contact",
    },
)
