"""Commands about a person and the erasure of that person exclude each other.

A command holds a shared lock on the subject until it commits, an erasure the exclusive one; whoever comes after the
erasure finds the subject erased and is refused. So nothing about a person is written behind the erasure's back.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg

from shared.postgres.transaction import Transaction, queries
from shared.runtime.errors import not_found


async def lock_subject(tx: Transaction, subject_id: UUID) -> None:
    """Begin a command about a person.

    Raises
    ------
    Refusal
        `person-not-found` when the person was erased.
    """
    if await held_or_erased(tx.connection, subject_id):
        raise not_found("person")


async def held_or_erased(connection: "asyncpg.Connection[Any]", subject_id: UUID) -> bool:
    """Hold off an erasure until the commit; True when one has happened before."""
    await queries.lock_subject(connection, subject_id=subject_id)
    # A statement of its own: its snapshot must be taken after the wait for the lock.
    return bool(await queries.is_erased(connection, subject_id=subject_id))


async def hold_if_free(connection: "asyncpg.Connection[Any]", subject_id: UUID) -> bool:
    """Hold off an erasure without waiting for one: for whoever holds rows that it deletes. False: one is under way."""
    return bool(await queries.lock_subject_if_free(connection, subject_id=subject_id))


async def lock_subjects(tx: Transaction, subject_ids: Collection[UUID]) -> set[UUID]:
    """The same for several persons, in two statements: hold off their erasures. Returns those who were erased before."""
    ordered = sorted(set(subject_ids))
    await queries.lock_subjects(tx.connection, subject_ids=ordered)
    return {row["subject_id"] for row in await queries.erased_among_subjects(tx.connection, subject_ids=ordered)}


async def lock_subject_for_erasure(tx: Transaction, subject_id: UUID) -> bool:
    """Begin an erasure: wait for the commands under way, hold off new ones. True when the person was erased before."""
    await queries.lock_subject_for_erasure(tx.connection, subject_id=subject_id)
    return bool(await queries.is_erased(tx.connection, subject_id=subject_id))


async def lock_subjects_for_erasure(tx: Transaction, subject_ids: Collection[UUID]) -> None:
    """The same for several persons, in one statement."""
    await queries.lock_subjects_for_erasure(tx.connection, subject_ids=sorted(set(subject_ids)))


async def remember_erased(tx: Transaction, subject_id: UUID) -> None:
    """From the commit on nothing about this person is accepted here."""
    await queries.remember_erased(tx.connection, subject_id=subject_id, erased_at=tx.now)
