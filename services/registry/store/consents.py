"""The ledger of consents, and what holds now, in the database."""

from typing import Any
from uuid import UUID

from services.registry.models.consents import Channel, Decision, Entry, Held, Purpose
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "consents.sql")


async def add(connection: Any, entry: Entry) -> None:
    """An entry in the ledger, and what follows from it for what holds."""
    await queries.add_consent_entry(
        connection,
        volunteer_id=entry.volunteer_id,
        purpose=entry.purpose.value,
        decision=entry.decision.value,
        text_version=entry.text_version,
        language=entry.language,
        channel=entry.channel.value,
        decided_at=entry.decided_at,
        recorded_by=entry.recorded_by,
        organisation_id=entry.organisation_id,
    )
    if entry.decision is Decision.GIVEN:
        await queries.hold_consent(
            connection,
            volunteer_id=entry.volunteer_id,
            purpose=entry.purpose.value,
            text_version=entry.text_version,
            given_at=entry.decided_at,
        )
    else:
        await queries.end_consent(connection, volunteer_id=entry.volunteer_id, purpose=entry.purpose.value)


async def holds(connection: Any, volunteer_id: UUID, purpose: Purpose) -> bool:
    """Whether a volunteer consents to a purpose."""
    return bool(await queries.holds_consent(connection, volunteer_id=volunteer_id, purpose=purpose.value))


async def held(connection: Any, volunteer_id: UUID) -> list[Held]:
    """What a volunteer consents to."""
    rows = await queries.consents_held_by(connection, volunteer_id=volunteer_id)
    return [Held(Purpose(row["purpose"]), row["text_version"], row["given_at"]) for row in rows]


async def ledger(connection: Any, volunteer_id: UUID) -> list[Entry]:
    """Everything that a volunteer decided, in order."""
    return [
        Entry(
            **{
                **row,
                "purpose": Purpose(row["purpose"]),
                "decision": Decision(row["decision"]),
                "channel": Channel(row["channel"]),
            }
        )
        for row in await queries.consents_of_volunteer(connection, volunteer_id=volunteer_id)
    ]


async def is_announced(connection: Any, volunteer_id: UUID) -> bool | None:
    """Whether a volunteer has been announced, their row locked until commit; None: there is none."""
    row = await queries.announced_status_for_update(connection, volunteer_id=volunteer_id)
    return None if row is None else bool(row["is_announced"])


async def next_version(connection: Any, volunteer_id: UUID) -> int:
    """The version of what is announced next."""
    return int(await queries.next_consents_version(connection, volunteer_id=volunteer_id))
