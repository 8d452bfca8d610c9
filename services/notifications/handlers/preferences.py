"""What a person wants to be told by mail. The inbox has everything in any case."""

from typing import Any

import asyncpg

from services.notifications import store
from services.notifications.models import Preferences
from services.notifications.permissions import PERMISSIONS
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import version_mismatch


async def preferences(connection: "asyncpg.Connection[Any]", caller: Caller) -> Preferences:
    """The caller's own; version 1 when they have never changed anything."""
    subject_id = caller.require_person()
    PERMISSIONS.require("read-preferences", caller, Belongs(person=subject_id), what="preferences")
    return await store.preferences_of(connection, subject_id)


async def change_preferences(tx: Transaction, caller: Caller, expected: int, suggestions_by_mail: bool) -> Preferences:
    """Change the caller's own.

    Raises
    ------
    Refusal
        `version-mismatch`; `person-not-found` when the person is erased.
    """
    subject_id = caller.require_person()
    PERMISSIONS.require("change-preferences", caller, Belongs(person=subject_id), what="preferences")
    await lock_subject(tx, subject_id)
    changed = await store.put_preferences(tx.connection, subject_id, suggestions_by_mail, expected)
    if changed is None:
        raise version_mismatch((await store.preferences_of(tx.connection, subject_id)).version)
    return changed
