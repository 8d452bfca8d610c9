"""Optional characteristics in the database. They end with their consent, by a foreign key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.characteristics import Characteristic, CharacteristicAnswer
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "characteristics.sql")


async def tell(
    connection: Any, volunteer_id: UUID, characteristic: Characteristic, value: str, told_at: datetime
) -> None:
    """Write a characteristic."""
    await queries.tell_characteristic(
        connection, volunteer_id=volunteer_id, characteristic=characteristic.value, value=value, told_at=told_at
    )


async def characteristics(connection: Any, volunteer_id: UUID) -> list[CharacteristicAnswer]:
    """What a volunteer told of themselves."""
    rows = await queries.characteristics_of_volunteer(connection, volunteer_id=volunteer_id)
    return [CharacteristicAnswer(**row) for row in rows]
