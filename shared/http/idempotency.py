"""Repeated commands: the same Idempotency-Key within 24 hours is answered again and does nothing.

The key is claimed first thing in the transaction of the command, so of many equal requests one does it and the others
wait for its answer; a refused command leaves no key behind, so that it may be tried again. Stored answers are given again
only to whom the command would be allowed today (`shared.access.granted`), for every POST of every service alike.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.access import granted
from shared.access.callers import ANONYMOUS, Caller, caller_from, question_about
from shared.access.identity import Identity
from shared.http.problems import bad_request
from shared.http.pruning import KEPT
from shared.postgres.queries import both, load_queries
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal

KEY_AT_LEAST, KEY_AT_MOST = 8, 128
NOBODY = "anonymous"

queries: Any = load_queries(__file__)


@dataclass(frozen=True)
class Key:
    """One command of one caller. `key`: a hash of theirs. `fingerprint` tells it from another command under the same."""

    caller: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    """What was answered. A secret answer has no body here."""

    status: int
    headers: dict[str, str]
    body: bytes
    secret: bool = False


def key_of(identity: Identity | None, header: str | None, method: str, target: str, body: bytes) -> Key:
    """The key of a request. `target` is path and query.

    Raises
    ------
    ProblemError
        400 when the header is missing or malformed.
    """
    if header is None:
        raise bad_request(
            "idempotency-key-missing",
            "Die Kopfzeile Idempotency-Key fehlt.",
            "The header Idempotency-Key is missing.",
        )
    if not KEY_AT_LEAST <= len(header) <= KEY_AT_MOST or not (header.isascii() and header.isprintable()):
        raise bad_request(
            "idempotency-key-malformed",
            f"Idempotency-Key: {KEY_AT_LEAST} bis {KEY_AT_MOST} druckbare ASCII-Zeichen.",
            f"Idempotency-Key: {KEY_AT_LEAST} to {KEY_AT_MOST} printable ASCII characters.",
        )
    caller = NOBODY
    if identity is not None:
        caller = hashlib.sha256(f"{identity.issuer}\x00{identity.subject}".encode()).hexdigest()
    parts = (header.encode(), method.encode(), target.encode(), body)
    fingerprint = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
    # The key itself is kept nowhere: without it nobody can try out which command has this fingerprint.
    return Key(caller, hashlib.sha256(header.encode()).hexdigest(), fingerprint)


async def begin(tx: Transaction, identity: Identity | None, key: Key) -> tuple[Caller, Answer | None]:
    """Who calls, and the begin of the command, in one round trip; or what was answered before.

    Raises
    ------
    Refusal
        `idempotency-key-reused`: the key stands for another command. What `caller_of` raises. What the command is
        refused with today, when the caller holds less than it needs.
    """
    claiming = {
        "caller": key.caller,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "now": tx.now,
        "before": tx.now - KEPT,
    }
    if identity is None:
        row = await queries.claim_idempotency_key(tx.connection, **claiming)
        caller = ANONYMOUS
    else:
        question, named = question_about(identity)
        row = await both(question, queries.claim_idempotency_key)(tx.connection, **named, **claiming)
        caller = caller_from(identity, row)
    claimed = row is not None and row["claimed"] is not None
    return granted.listening(caller), None if claimed else await _answered(tx, caller, key)


async def _answered(tx: Transaction, caller: Caller, key: Key) -> Answer:
    stored = await queries.stored_answer(tx.connection, caller=key.caller, key=key.key)
    if stored["fingerprint"] != key.fingerprint:
        raise Refusal(
            Reason.INVALID,
            "idempotency-key-reused",
            de="Dieser Idempotency-Key gehört zu einer anderen Anfrage.",
            en="This Idempotency-Key belongs to another request.",
        )
    granted.require_still(stored["granted"], caller)
    return Answer(stored["status"], stored["headers"], stored["body"] or b"", stored["secret"])


def keep(tx: Transaction, key: Key, answer: Answer, caller: Caller, concerned: UUID | None) -> None:
    """Store the answer with the last statement of the command; of a secret one only that there was one.

    `concerned`: whom the answer is about, if other than the caller.
    """
    tx.finally_do(
        queries.store_answer,
        caller=key.caller,
        key=key.key,
        status=answer.status,
        answer_headers=answer.headers,
        body=None if answer.secret else answer.body,
        secret=answer.secret,
        subject_id=concerned or caller.subject_id,
        granted=granted.written(caller),
    )
