"""Erasure (Art. 17 DSGVO): each service erases a person on its turn, buries their keys in its own topics, and answers.

The exclusive lock on the subject waits for commands under way; from the commit on everything about the person is refused.
The events that were published before lie before the tombstones in the log, because they lie before them in the outbox.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from shared.contracts.envelope import Envelope
from shared.contracts.privacy import ErasedHere, ErasureRequested
from shared.contracts.topics import log_clean_by
from shared.messaging.queries import queries
from shared.messaging.reaction import Reaction
from shared.postgres.subjects import lock_subject_for_erasure, remember_erased
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN

log = structlog.get_logger()

ERASURE = "erasure"
"""The name of the reaction; its memory outlives the person, it holds ids only."""

Erase = Callable[[Transaction, UUID], Awaitable[int]]
"""Deletes a service's rows of a person and buries their keys; returns the number of rows."""


def erasure(service: str, erase: Erase) -> Reaction:
    """The reaction to `erasure-requested`: erase, remember the id, answer `erased-here`."""

    async def handle(tx: Transaction, event: ErasureRequested, _envelope: Envelope) -> None:
        records = await erase_person(tx, event.subject_id, erase)
        answer(tx, service, event.erasure_id, event.subject_id, records)

    return Reaction(
        name=ERASURE,
        topic="registry.privacy",
        events=(ErasureRequested,),
        handle=handle,
        natural_key=lambda event, _: str(event.erasure_id),
        even_when_erased=True,
        alone=True,
    )


async def erase_person(tx: Transaction, subject_id: UUID, erase: Erase) -> int:
    """Erase a person from this service within an open transaction; the number of rows that went."""
    await lock_subject_for_erasure(tx, subject_id)
    await remember_erased(tx, subject_id)
    records = await erase(tx, subject_id)
    forgotten: int = await queries.forget_person(tx.connection, subject_id=subject_id, kept=[ERASURE])
    return records + forgotten


def answer(tx: Transaction, service: str, erasure_id: UUID, subject_id: UUID, records: int) -> None:
    """Publish that the person is erased here."""
    event = ErasedHere(
        erasure_id=erasure_id,
        subject_id=subject_id,
        service=service,
        deleted_at=tx.now,
        records=records,
        log_clean_by=log_clean_by(tx.now.astimezone(BERLIN).date()),
    )
    tx.publish(event)
    log.info("person-erased-here", erasure_id=str(event.erasure_id), records=records)
