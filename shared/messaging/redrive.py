"""Redrive: dead letters are given to the handler of the service once more. Nothing is republished.

Older versions fall through the version check, erased persons through `erased_subjects`, as with any late duplicate. The
person's lock is taken before the letter's: a letter that is played while they are erased cannot bring anything back, as no
tombstone would follow it.
"""

from base64 import b64decode
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.messaging.intake import Intake
from shared.messaging.queries import queries
from shared.messaging.record import Item, decode
from shared.postgres.database import AGAIN, is_away
from shared.postgres.subjects import held_or_erased, lock_subject_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal

log = structlog.get_logger()

PAGE = 200
FIRST = UUID(int=0)
ATTEMPTS = 3
"""A transaction that fell victim to a deadlock is run again so often."""


@dataclass(frozen=True)
class KeptRecord:
    """A record as it came, read from a dead letter."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


async def redrive(intake: Intake, reason: str | None = None) -> Counter[str]:
    """Play the dead letters of one consumer group again, each in its own transaction.

    Parameters
    ----------
    reason
        Only those with this reason; None: all.

    Returns
    -------
    How many were `consumed` and how many are `kept`.
    """
    outcome: Counter[str] = Counter()
    after = FIRST
    while True:
        async with intake.database.reading() as connection:
            rows = await queries.dead_letters_after(
                connection, consumer=intake.consumer, after=after, reason=reason, limit=PAGE
            )
        if not rows:
            return outcome
        for row in rows:
            outcome[await _again(intake, row["dead_letter_id"])] += 1
        after = rows[-1]["dead_letter_id"]


async def _again(intake: Intake, dead_letter_id: UUID) -> str:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _played(intake, dead_letter_id)
        except AGAIN:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


async def _played(intake: Intake, dead_letter_id: UUID) -> str:
    try:
        async with intake.database.transaction() as tx:
            await _hold_person(intake, tx, dead_letter_id)
            row = await queries.lock_dead_letter(tx.connection, dead_letter_id=dead_letter_id)
            if row is None:
                return "gone"
            item = decode(kept_record(row), intake.wanted(row["topic"]))
            if item.reason is None:
                await _consume(intake, tx, item, dead_letter_id)
                return "consumed"
            reason = item.reason
    except Refusal as refusal:
        reason = refusal.code
    except Exception as error:
        if is_away(error) or isinstance(error, AGAIN):
            raise
        reason = f"failed-{type(error).__name__}"
    async with intake.database.transaction() as tx:
        await queries.fail_dead_letter(tx.connection, dead_letter_id=dead_letter_id, reason=reason)
    log.info("dead-letter-kept", consumer=intake.consumer, dead_letter_id=str(dead_letter_id), reason=reason)
    return "kept"


async def _hold_person(intake: Intake, tx: Transaction, dead_letter_id: UUID) -> None:
    """Hold off an erasure of whom the letter is about; a letter that asks for the erasure takes its own lock at once."""
    letter = await queries.dead_letter(tx.connection, dead_letter_id=dead_letter_id)
    if letter is None or letter["subject_id"] is None:
        return
    if any(reaction.even_when_erased for reaction in intake.reactions if reaction.topic == letter["topic"]):
        await lock_subject_for_erasure(tx, letter["subject_id"])
    else:
        await held_or_erased(tx.connection, letter["subject_id"])


async def _consume(intake: Intake, tx: Transaction, item: Item, dead_letter_id: UUID) -> None:
    if not item.ignored:
        await intake.apply(tx, [item])
    await queries.remove_dead_letter(tx.connection, dead_letter_id=dead_letter_id)
    log.info("dead-letter-consumed", consumer=intake.consumer, dead_letter_id=str(dead_letter_id))


def kept_record(row: "asyncpg.Record | dict[str, Any]") -> KeptRecord:
    """The record of a dead letter, as it came from Kafka."""
    return KeptRecord(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        key=row["key"],
        value=row["value"],
        headers=[(name, None if value is None else b64decode(value)) for name, value in row["headers"]],
    )
