"""Sign-ins and refresh tokens (hashes only) in the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.sign_in import StoredRefreshToken
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "sign_in.sql")


async def add_family(
    connection: Any, family_id: UUID, volunteer_id: UUID, signed_in_at: datetime, expires_at: datetime
) -> None:
    """A volunteer signed in on a device."""
    await queries.add_token_family(
        connection, family_id=family_id, volunteer_id=volunteer_id, signed_in_at=signed_in_at, expires_at=expires_at
    )


async def add_token(
    connection: Any, token_hash: bytes, family_id: UUID, issued_at: datetime, expires_at: datetime
) -> None:
    """The next token of a family."""
    await queries.add_refresh_token(
        connection, token_hash=token_hash, family_id=family_id, issued_at=issued_at, expires_at=expires_at
    )


async def token(connection: Any, token_hash: bytes, *, lock: bool = False) -> StoredRefreshToken | None:
    """A token with its family; `lock` holds the family's row until commit. None when it is unknown."""
    # Two statements: the second one sees what whoever held the lock before has committed.
    if lock and await queries.family_of_refresh_token(connection, token_hash=token_hash) is None:
        return None
    row = await queries.refresh_token(connection, token_hash=token_hash)
    return None if row is None else StoredRefreshToken(**row)


async def use_token(connection: Any, token_hash: bytes, now: datetime) -> None:
    """A token is good once."""
    await queries.use_refresh_token(connection, token_hash=token_hash, now=now)


async def revoke_family(connection: Any, family_id: UUID, now: datetime) -> None:
    """None of its tokens renews anything any more."""
    await queries.revoke_token_family(connection, family_id=family_id, now=now)


async def prune(connection: Any, now: datetime, rows: int) -> int:
    """Forget what has expired; how many rows went."""
    families = await queries.prune_token_families(connection, now=now, rows=rows)
    tokens = await queries.prune_refresh_tokens(connection, now=now, rows=rows)
    return int(families) + int(tokens)


async def revoke_all(connection: Any, volunteer_id: UUID, now: datetime) -> None:
    """End every sign-in of a volunteer."""
    await queries.revoke_token_families_of_volunteer(connection, volunteer_id=volunteer_id, now=now)
