"""The read model of `registry.rights`: whose data is only to be stored, and whose may be handed out to whom they asked.

Matching, training and notifications keep it by `rights_projection`; the registry fills the same table itself. Whoever is
about to do something new with a person's data asks here first, after locking the subject:

    await refuse_if_restricted(tx.connection, volunteer_id)

What the person does themself for their own good (cancel, withdraw, read, be erased) is never refused.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from shared.access.callers import Caller
from shared.contracts.privacy import PersonExported
from shared.postgres.queries import load_queries
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal

queries: Any = load_queries(__file__, "rights.sql")


async def is_restricted(connection: Any, subject_id: UUID) -> bool:
    """Is this person's data only to be stored (Art. 18 DSGVO)?"""
    return bool(await restricted_among(connection, [subject_id]))


async def restricted_among(connection: Any, subject_ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these persons those whose data is only to be stored: one query."""
    rows = await queries.restricted_rights_among(connection, subject_ids=list(subject_ids))
    return frozenset(row["subject_id"] for row in rows)


async def refuse_if_restricted(connection: Any, *subject_ids: UUID) -> None:
    """Refuse what would be done with the data of somebody who has restricted that (`processing-restricted`)."""
    if await restricted_among(connection, subject_ids):
        raise processing_restricted()


def processing_restricted() -> Refusal:
    """The record is there and locked, and says so."""
    return Refusal(
        Reason.CONFLICT,
        "processing-restricted",
        de="Die Daten dieser Person dürfen zurzeit nur gespeichert werden (Art. 18 DSGVO). Sie selbst kann das aufheben.",
        en="The data of this person may only be stored for the time being (Art. 18 GDPR). They can end that themselves.",
    )


async def hand_out(tx: Transaction, caller: Caller, subject_id: UUID, service: str) -> None:
    """A service is about to hand out what it holds: to the person freely, to a privacy officer only while the person waits
    for the answer to a request, and announced, so that the registry's audit log notes it in the same manner as its own.

    Raises
    ------
    Refusal
        `no-open-request`, whether the person is known or not.
    """
    if caller.is_person(subject_id):
        return
    today = tx.now.astimezone(BERLIN).date()
    if not await queries.may_be_exported(tx.connection, subject_id=subject_id, today=today):
        raise no_open_request()
    officer_id = caller.require_person()
    tx.publish(PersonExported(subject_id=subject_id, officer_id=officer_id, service=service, exported_at=tx.now))


def no_open_request() -> Refusal:
    """Nobody's data is handed out unasked."""
    return Refusal(
        Reason.CONFLICT,
        "no-open-request",
        de="Von dieser Person liegt kein offenes Anliegen auf Auskunft, Übertragung oder Berichtigung vor "
        "(Art. 15, 16, 20 DSGVO). Bitte erfassen Sie es zuerst.",
        en="There is no open request of this person for access, portability or correction (Art. 15, 16, 20 GDPR). "
        "Please record it first.",
    )
