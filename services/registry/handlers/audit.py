"""The audit log: who read or changed which sensitive record, when, why. Written in the transaction of the act itself.

Promises: what is recorded can be neither altered nor deleted by the service; a broken chain is found by `verify-audit`;
appending takes no lock. Entries hold ids and words of a vocabulary, no content, so they outlive the erasure of the person
whom they concern: they are kept until the end of the year after the one of the record, to account for the processing and
its security (Art. 5(2), Art. 32(1) with Art. 17(3)(b) DSGVO; the period is that of § 76(4) BDSG for such records).
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog

from services.registry.models.audit import AuditAnswer, AuditEntry, Link
from services.registry.permissions import PERMISSIONS
from services.registry.rules.audit import Break, Verification
from services.registry.store import audit as store
from shared.access.callers import Caller, CallerKind
from shared.contracts.privacy import PersonExported
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id

log = structlog.get_logger()

SEALED_AT_ONCE = 500
FORGOTTEN_AT_ONCE = 1000
VERIFIED_AT_ONCE = 5000
NOTHING_IN_PARTICULAR = UUID(int=0)


async def record(
    tx: Transaction,
    caller: Caller | None,
    action: str,
    kind: str,
    thing_id: UUID,
    concerning: UUID | None = None,
    why: str | None = None,
    organisation_id: UUID | None = None,
) -> None:
    """Record that somebody read or changed something sensitive, in the transaction in which they do it.

    Parameters
    ----------
    caller
        Who did it; None: the service itself (a timer, an operator's command).
    action
        A verb: read, recorded, changed, corrected, deleted, exported, …
    kind, thing_id
        The noun of the record in kebab-case, and its id.
    concerning
        The person whom the record is about; they see the entry in their export.
    why
        A word for the reason (`placement`, `support_request`), never a text that somebody typed.
    organisation_id
        For whom the caller acts; without it, all organisations of which they are a member.
    """
    await record_each(tx, caller, action, kind, [(thing_id, concerning)], why, organisation_id)


async def record_each(
    tx: Transaction,
    caller: Caller | None,
    action: str,
    kind: str,
    things: Iterable[tuple[UUID, UUID | None]],
    why: str | None = None,
    organisation_id: UUID | None = None,
) -> None:
    """The same for several things, each with the person whom it is about: for lists. One statement."""
    organisations = (organisation_id,) if organisation_id is not None else _organisations(caller)
    entries = [
        AuditEntry(
            entry_id=new_id(),
            recorded_at=tx.now,
            actor_kind="system" if caller is None else caller.kind.value,
            actor_id=None if caller is None else caller.subject_id,
            organisation_ids=organisations,
            action=action,
            kind=kind,
            thing_id=thing_id,
            concerning=concerning,
            why=why,
        )
        for thing_id, concerning in things
    ]
    if entries:
        await store.append(tx.connection, entries)


async def record_elsewhere(tx: Transaction, service: str, event: PersonExported) -> None:
    """Another service has handed out what it holds of a person: noted as if it had been done here."""
    entry = AuditEntry(
        entry_id=new_id(),
        recorded_at=event.exported_at,
        actor_kind=CallerKind.MEMBER.value,
        actor_id=event.officer_id,
        organisation_ids=(),
        action="exported",
        kind=f"person-in-{service}",
        thing_id=event.subject_id,
        concerning=event.subject_id,
        why="person-request",
    )
    await store.append(tx.connection, [entry])


def _organisations(caller: Caller | None) -> tuple[UUID, ...]:
    if caller is None or caller.kind is not CallerKind.MEMBER:
        return ()
    return tuple(sorted({membership.organisation_id for membership in caller.memberships}))


async def entries(
    tx: Transaction,
    caller: Caller,
    asked: Asked,
    *,
    concerning: UUID | None = None,
    actor_id: UUID | None = None,
    thing_id: UUID | None = None,
) -> list[AuditAnswer]:
    """A stretch of the log, for the privacy officer; looking at it stands in it, too."""
    PERMISSIONS.require("read-audit-log", caller, what="audit-entry")
    found = await store.entries(tx.connection, asked, concerning=concerning, actor_id=actor_id, thing_id=thing_id)
    asked_about = concerning or actor_id or thing_id or NOTHING_IN_PARTICULAR
    await record(tx, caller, "read", "audit-log", asked_about, concerning=concerning)
    return found


async def seal(tx: Transaction) -> int:
    """A timer's step: chain up what was appended. The line in the log is where the end of the chain is noted elsewhere."""
    sealed, head = await store.seal(tx.connection, SEALED_AT_ONCE)
    if sealed:
        log.info("audit-log-sealed", audit_position=head.position, audit_hash=head.hash.hex())
    return sealed


async def forget(tx: Transaction) -> int:
    """A timer's step: forget the entries whose time has come."""
    return await store.forget(tx.connection, FORGOTTEN_AT_ONCE)


async def verify(connection: Any, noted: Link | None = None) -> tuple[Verification, Break | None, Link, int]:
    """Walk the whole chain in one snapshot: how it went, its first break, its end, how many entries wait to be sealed."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        base, head = await store.chain(connection)
        verification = Verification(base, head, noted)
        if found := verification.begin():
            return verification, found, head, await store.unsealed(connection)
        position = base.position
        while sealed := await store.sealed_after(connection, position, VERIFIED_AT_ONCE):
            position = sealed[-1].position
            if found := verification.take(sealed):
                return verification, found, head, await store.unsealed(connection)
        return verification, verification.end(), head, await store.unsealed(connection)
