"""Optional characteristics: told together with the consent to them, gone with its withdrawal, shown to the person only.

Special categories (Art. 9 (2) (a) DSGVO): no event, no list, no log and nobody else's export holds them; they are never
derived from the languages that somebody speaks.
"""

from typing import Any
from uuid import UUID

from services.registry.handlers import consents
from services.registry.handlers.volunteers import required
from services.registry.models.characteristics import (
    Characteristic,
    CharacteristicAnswer,
    TellAgeBand,
    TellMigrationExperience,
)
from services.registry.models.consents import Purpose
from services.registry.permissions import PERMISSIONS
from services.registry.rules.characteristics import check_age_band
from services.registry.store import characteristics as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction


async def characteristics(connection: Any, caller: Caller, volunteer_id: UUID) -> list[CharacteristicAnswer]:
    """What I told of myself."""
    PERMISSIONS.require("own-characteristics", caller, Belongs(person=volunteer_id), what="volunteer")
    return await store.characteristics(connection, volunteer_id)


async def tell(
    tx: Transaction,
    caller: Caller,
    volunteer_id: UUID,
    characteristic: Characteristic,
    told: TellAgeBand | TellMigrationExperience,
) -> list[CharacteristicAnswer]:
    """Tell a characteristic, and consent to its being stored.

    Raises
    ------
    Refusal
        `volunteer-not-found`, `consent-text-unknown`, `age-band-impossible`.
    """
    PERMISSIONS.require("own-characteristics", caller, Belongs(person=volunteer_id), what="volunteer")
    await lock_subject(tx, volunteer_id)
    stored = await required(tx.connection, volunteer_id, lock=True)
    if isinstance(told, TellAgeBand):
        check_age_band(told.value, stored.ages)
    purpose = Purpose(characteristic.value)
    await consents.give(tx, volunteer_id, purpose, text_version=told.text_version, language=told.language)
    await store.tell(tx.connection, volunteer_id, characteristic, told.value, tx.now)
    return await store.characteristics(tx.connection, volunteer_id)


async def forget(
    tx: Transaction, caller: Caller, volunteer_id: UUID, characteristic: Characteristic
) -> list[CharacteristicAnswer]:
    """Withdraw the consent; the characteristic goes with it."""
    PERMISSIONS.require("own-characteristics", caller, Belongs(person=volunteer_id), what="volunteer")
    await lock_subject(tx, volunteer_id)
    await required(tx.connection, volunteer_id, lock=True)
    await consents.withdraw(tx, volunteer_id, Purpose(characteristic.value))
    return await store.characteristics(tx.connection, volunteer_id)
