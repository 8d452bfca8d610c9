"""The ledger of consents in the database."""

from typing import Any
from uuid import UUID

from services.registry.models.volunteers import (
    Consent,
)
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "consents.sql")


async def add_consent(connection: Any, consent: Consent) -> None:
    """An entry in the ledger."""
    await queries.add_consent(
        connection,
        consent_id=consent.consent_id,
        volunteer_id=consent.volunteer_id,
        purpose=consent.purpose,
        text_version=consent.text_version,
        language=consent.language,
        channel=consent.channel,
        given_at=consent.given_at,
    )


async def consents(connection: Any, volunteer_id: UUID) -> list[Consent]:
    """The ledger of one volunteer."""
    return [Consent(**row) for row in await queries.consents_of_volunteer(connection, volunteer_id=volunteer_id)]
