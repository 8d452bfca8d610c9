"""Who am I: what a token says here."""

from typing import Any

from services.registry.models.sign_in import MeAnswer, RoleAnswer
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller


async def me(connection: Any, caller: Caller) -> MeAnswer:
    """The caller's subject id and roles, with the names of the organisations."""
    names = await organisations_store.organisation_names(connection, {m.organisation_id for m in caller.memberships})
    return MeAnswer(
        kind=caller.kind.value,
        subject_id=caller.subject_id,
        roles=[
            RoleAnswer(
                organisation_id=m.organisation_id,
                organisation=names.get(m.organisation_id, ""),
                role=m.role,
                districts=tuple(sorted(m.districts)),
            )
            for m in caller.memberships
        ],
    )
