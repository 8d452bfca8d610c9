"""Who records that the guardians of somebody under 16 agree: whom that person may turn to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.handlers import contacts
from services.registry.models.contacts import ContactAnswer
from services.registry.store import volunteers
from shared.postgres.lists import Asked

NAMED_AT_MOST = 3


async def to_turn_to(connection: Any, volunteer_id: UUID, now: datetime) -> Sequence[ContactAnswer]:
    """Some of the published contacts in the volunteer's district; none when there are none."""
    found = await volunteers.volunteer(connection, volunteer_id)
    if found is None:
        return ()
    asked = Asked(sort="topic", rows=NAMED_AT_MOST)
    filters = {"district": found.published.district, "topic": None, "organisation_id": None, "language": None}
    return [answer for _, answer in await contacts.contacts(connection, asked, now, **filters)]
