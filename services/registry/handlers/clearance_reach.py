"""Whose clearances somebody reaches: a coordinator those of whom their organisation dealt with, or registered, in their
districts; an organisation_admin those of the whole organisation.
"""

from typing import Any
from uuid import UUID

from services.registry.store import dealings
from shared.access.callers import Caller
from shared.contracts.vocabulary import Role


def districts_of(caller: Caller, organisation_id: UUID) -> list[str] | None:
    """The caller's districts in an organisation; None: all of it."""
    if caller.has_role(Role.ORGANISATION_ADMIN, organisation_id=organisation_id):
        return None
    return sorted(caller.districts(Role.COORDINATOR, organisation_id=organisation_id))


async def reaches(connection: Any, caller: Caller, organisation_id: UUID, volunteer_id: UUID) -> bool:
    """Whether this volunteer's clearances of the organisation are the caller's business."""
    districts = districts_of(caller, organisation_id)
    return districts is None or await dealings.is_in_reach(connection, organisation_id, districts, volunteer_id)
