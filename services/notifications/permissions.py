"""Who may do what here, in one place. What is not declared is denied; what is not one's own does not exist."""

from shared.access.permissions import Permissions, Relation
from shared.contracts.vocabulary import Role

_EVERYBODY_THEIR_OWN = dict.fromkeys(Role, Relation.OWN)

PERMISSIONS = Permissions(
    {
        "read-messages": _EVERYBODY_THEIR_OWN,
        "read-preferences": _EVERYBODY_THEIR_OWN,
        "change-preferences": _EVERYBODY_THEIR_OWN,
        "export-person": {**_EVERYBODY_THEIR_OWN, Role.PRIVACY_OFFICER: Relation.ANY},
    },
    rights_of_persons={"read-messages", "read-preferences", "change-preferences", "export-person"},
)
