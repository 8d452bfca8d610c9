"""Qualifications as their holder sees them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.training import permissions
from services.training.models import Qualification
from services.training.permissions import PERMISSIONS
from services.training.store import qualifications as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs


async def own_qualifications(
    connection: Any, caller: Caller, before: UUID | None, at_most: int
) -> Sequence[Qualification]:
    """The caller's qualifications, newest first, the ended ones too."""
    PERMISSIONS.require(permissions.READ_OWN_RECORD, caller, Belongs(person=caller.subject_id), what="person")
    return await store.of_volunteer(connection, caller.require_person(), before, at_most)
