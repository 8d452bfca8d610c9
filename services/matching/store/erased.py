"""Whoever was erased stays away from read models whose key is nobody: groups and contacts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.postgres.queries import load_queries

queries = load_queries(__file__, "erased.sql")


async def leave_erased_out_of_groups(connection: Any, group_ids: Sequence[UUID]) -> None:
    """Nobody who was erased is in these groups; one that an erased person speaks for waits for its next event."""
    await queries.leave_erased_out_of_groups(connection, group_ids=list(group_ids))
    await queries.drop_groups_of_erased(connection, group_ids=list(group_ids))


async def leave_erased_out_of_contacts(connection: Any, contact_ids: Sequence[UUID]) -> None:
    """Nobody who was erased is one of these contacts."""
    await queries.leave_erased_out_of_contacts(connection, contact_ids=list(contact_ids))
