"""How an intent is made: ids and facts, ready to be stored; of whom it is about, so that it is erased with them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.notifications.models import Intent, RecipientKind


def to_volunteer(mail: str, volunteer_id: UUID, data: Mapping[str, Any], expires_at: Any = None) -> Intent:
    """A volunteer is told about themselves."""
    return Intent(mail, RecipientKind.VOLUNTEER, volunteer_id, data, expires_at=expires_at)


def to_member(mail: str, member_id: UUID, data: Mapping[str, Any], concerns: UUID | None = None) -> Intent:
    """A member of staff is told; `concerns`: the volunteer whom it is about."""
    return Intent(mail, RecipientKind.MEMBER, member_id, data, concerns=concerns)


def facts(**values: Any) -> dict[str, Any]:
    """JSON-ready: ids and instants as text."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or isinstance(value, list):
            plain[name] = value
        else:
            plain[name] = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return plain
