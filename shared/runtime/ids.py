"""Identifiers: UUID version 7, so that new rows lie beside each other in every index."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return UUID(int=uuid_utils.uuid7().int)


def new_id_text() -> str:
    """A fresh UUIDv7 where only its text is needed."""
    return str(uuid_utils.uuid7())
