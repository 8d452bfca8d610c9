"""In which districts somebody may do something for an organisation of theirs; outside of them they are told so."""

from uuid import UUID

from services.registry.permissions import PERMISSIONS
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.runtime.errors import Reason, Refusal


def require_in_district(operation: str, caller: Caller, organisation_id: UUID, district: str) -> None:
    """Refuse unless allowed; of one's own organisation it is said in which districts one may.

    Raises
    ------
    Refusal
        `district-not-yours`, or `organisation-not-found` for an organisation outside the caller's reach.
    """
    belongs = Belongs(organisation_id=organisation_id, district=district)
    if PERMISSIONS.allows(operation, caller, belongs):
        return
    own = caller.districts(*PERMISSIONS.rules[operation], organisation_id=organisation_id)
    if own and district not in own:
        named = ", ".join(sorted(own))
        raise Refusal(
            Reason.INVALID,
            "district-not-yours",
            de=f"Das geht für diese Organisation nur in Ihren Landkreisen: {named}.",
            en=f"For this organisation that is possible in your own districts only: {named}.",
            districts=sorted(own),
        )
    PERMISSIONS.require(operation, caller, belongs, what="organisation")
