"""Whoever wants to show a volunteer to an organisation, choose or merge them asks here first (Art. 18 DSGVO)."""

from typing import Any
from uuid import UUID

from services.registry.store import restrictions as store
from shared.runtime.errors import Reason, Refusal


async def refuse_if_restricted(connection: Any, volunteer_id: UUID) -> None:
    """Whoever wants to show, choose or change a volunteer asks first (`processing-restricted`)."""
    if await store.is_restricted(connection, volunteer_id):
        raise processing_restricted()


def processing_restricted() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "processing-restricted",
        de="Die Daten dieser Person dürfen zurzeit nur gespeichert werden (Art. 18 DSGVO).",
        en="The data of this person may only be stored for the time being (Art. 18 GDPR).",
    )
