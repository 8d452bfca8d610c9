"""Qualifications as their holder sees them."""

from collections.abc import Sequence
from typing import Any

from services.training import permissions
from services.training.models import Qualification
from services.training.permissions import PERMISSIONS
from services.training.store import qualifications as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.postgres.lists import Asked


async def own_qualifications(
    connection: Any, caller: Caller, asked: Asked, *, qualification: str | None, ended: bool | None
) -> Sequence[Qualification]:
    """A stretch of the caller's qualifications, the ended ones too."""
    PERMISSIONS.require(permissions.READ_OWN_RECORD, caller, Belongs(person=caller.subject_id), what="person")
    return await store.listed(connection, asked, caller.require_person(), qualification=qualification, ended=ended)
