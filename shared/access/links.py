"""Mailed links: a signed secret that lets whoever holds the mail do one thing, once.

Notifications makes the secret when it sends the mail, so no event carries one. The owning service checks it with
notifications' public keys and burns it in the transaction that acts on it. GET shows a button, POST acts: scanners of
mail fetch links ahead of people.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.postgres.queries import load_queries
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal

SAME_REQUEST = timedelta(minutes=10)
"""So long may the same Idempotency-Key use a burned link again: the retry of a POST whose answer was lost."""

queries: Any = load_queries(__file__)


@dataclass(frozen=True)
class Link:
    """What a mailed link says. `resource` is the id of what it acts on, or None."""

    jti: UUID
    purpose: str
    subject_id: UUID
    resource: UUID | None
    expires_at: datetime


async def burn(tx: Transaction, link: Link, idempotency_key: str | None) -> bool:
    """Use the link up, in the transaction that acts on it. The first use wins. True: the same request comes again.

    Raises
    ------
    Refusal
        `link-used`, unless the same Idempotency-Key comes again within ten minutes.
    """
    key_hash = None if idempotency_key is None else hashlib.sha256(idempotency_key.encode()).digest()
    burned = await queries.burn_link(
        tx.connection,
        jti=link.jti,
        now=tx.now,
        expires_at=link.expires_at,
        idempotency_key_hash=key_hash,
        again_since=tx.now - SAME_REQUEST,
    )
    if burned is None:
        raise link_used()
    return bool(burned["again"])


def link_invalid() -> Refusal:
    """Forged, malformed, for another purpose or service."""
    return Refusal(
        Reason.INVALID,
        "link-invalid",
        de="Dieser Link ist ungültig. Bitte fordern Sie einen neuen an.",
        en="This link is not valid. Please ask for a new one.",
    )


def link_expired() -> Refusal:
    """It was good once."""
    return Refusal(
        Reason.INVALID,
        "link-expired",
        de="Dieser Link ist abgelaufen. Bitte fordern Sie einen neuen an.",
        en="This link has expired. Please ask for a new one.",
    )


def link_used() -> Refusal:
    """Somebody used it before."""
    return Refusal(
        Reason.CONFLICT,
        "link-used",
        de="Dieser Link wurde schon benutzt: was Sie bestätigt haben, gilt. Brauchen Sie noch einen, fordern Sie ihn an.",
        en="This link has been used already: what you confirmed by it holds. If you need another one, please ask for it.",
    )
