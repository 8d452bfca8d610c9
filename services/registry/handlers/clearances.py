"""Clearances: an organisation records that it inspected a certificate of conduct, and keeps it no longer than it may.

§ 72a(5) SGB VIII, § 44(3) AsylG, § 30a BZRG. Promises: three facts and no more; only members of the inspecting
organisation (coordinators in their districts) and the person see them; a relevant conviction looks to all others like no
clearance, in events too; nobody inspects their own; what is deleted or corrected is kept nowhere, and that it was deleted
stands in the audit log.
"""

from dataclasses import asdict, replace
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.handlers.clearance_reach import districts_of, reaches
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.models.clearances import (
    ClearanceAnswer,
    CorrectClearance,
    DeletionReason,
    Facts,
    OwnClearanceAnswer,
    RecordClearance,
    SetTerms,
    StoredClearance,
    TermsAnswer,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules import clearances as rules
from services.registry.store import clearances as store
from services.registry.store import dealings
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import ClearanceEnded, ClearanceRecorded
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

TOPIC = "registry.clearances"
KIND = "clearance"


def today_of(tx: Transaction) -> date:
    """The calendar date in Germany."""
    return tx.now.astimezone(BERLIN).date()


async def record(tx: Transaction, caller: Caller, organisation_id: UUID, told: RecordClearance) -> ClearanceAnswer:
    """Record an inspection; an earlier one for the same purpose is replaced."""
    PERMISSIONS.require("record-clearance", caller, Belongs(organisation_id), what="organisation")
    await lock_subject(tx, told.volunteer_id)
    await _check_inspector(tx, caller, organisation_id, told.volunteer_id)
    if not await store.has_kind(tx.connection, organisation_id, told.kind_of_activity):
        raise rules.no_such_kind(await store.kinds_of(tx.connection, organisation_id))
    await store.hold(tx.connection, told.volunteer_id)
    known = await store.of_purpose(tx.connection, told.volunteer_id, organisation_id, told)
    if known is not None and known.inspected_on > told.inspected_on:
        raise rules.newer_is_known(known.inspected_on)
    clearance = StoredClearance(
        clearance_id=known.clearance_id if known else new_id(),
        version=known.version + 1 if known else 1,
        volunteer_id=told.volunteer_id,
        organisation_id=organisation_id,
        legal_basis=told.legal_basis,
        stated_basis=told.stated_basis,
        kind_of_activity=told.kind_of_activity,
        inspected_on=told.inspected_on,
        certificate_date=told.certificate_date,
        relevant_conviction=told.relevant_conviction,
        recorded_at=tx.now,
        valid_until=told.inspected_on,
        notices_due=(),
        delete_on=None,
        delete_reason=None,
        published_id=known.published_id if known else None,
        published_version=known.published_version if known else None,
    )
    clearance = await _write(tx, clearance, told, known)
    await _note(tx, caller, "recorded", clearance)
    log.info("clearance-recorded", clearance_id=str(clearance.clearance_id))
    return _answer(clearance)


async def _check_inspector(tx: Transaction, caller: Caller, organisation_id: UUID, volunteer_id: UUID) -> None:
    """Whoever inspects belongs to a body that the volunteer dealt with, or that registered them, and is not the volunteer.

    A certificate is asked for before an activity is taken up (§ 72a(4) SGB VIII), so by whoever registered somebody, too.
    """
    if not await dealings.has_to_do_with(tx.connection, organisation_id, volunteer_id):
        raise rules.nothing_to_do_with_them()
    if not await reaches(tx.connection, caller, organisation_id, volunteer_id):
        raise rules.nothing_to_do_with_them()
    await refuse_if_restricted(tx.connection, volunteer_id)
    await _not_their_own(tx, caller, volunteer_id)


async def _not_their_own(tx: Transaction, caller: Caller, volunteer_id: UUID) -> None:
    inspector = caller.require_person()
    if inspector == volunteer_id or await store.have_same_address(tx.connection, inspector, volunteer_id):
        raise rules.nobody_inspects_their_own()


async def _write(
    tx: Transaction, clearance: StoredClearance, facts: Facts, known: StoredClearance | None
) -> StoredClearance:
    """Check the facts, work out what follows from them, announce what others may know, and write it over what was."""
    terms = await store.terms(tx.connection, clearance.organisation_id)
    rules.check_facts(facts, today_of(tx), terms)
    clearance = replace(
        clearance,
        **facts.model_dump(include=set(Facts.model_fields)),
        valid_until=rules.valid_until(facts.inspected_on, terms),
        notices_due=rules.notices_due(facts, terms),
    )
    placements = await store.placements(tx.connection, clearance.volunteer_id, clearance.organisation_id)
    fate = rules.fate(clearance, placements.practices(clearance.kind_of_activity), terms)
    clearance = replace(clearance, delete_on=fate.delete_on, delete_reason=fate.reason)
    clearance = _announce(tx, clearance, known)
    if known is None:
        await store.add(tx.connection, clearance)
    else:
        await store.save(tx.connection, clearance)
    return clearance


def _announce(tx: Transaction, clearance: StoredClearance, known: StoredClearance | None) -> StoredClearance:
    """Tell matching that there is a clearance, or that there is none any more; of a conviction nothing is told.

    What begins anew gets a new id and counts from 1: a version that begins at 2 would tell that there was something.
    """
    if clearance.relevant_conviction:
        _announce_end(tx, clearance)
        return replace(clearance, published_id=None, published_version=None)
    published = clearance.published_id is not None
    if published and known is not None and known.valid_until == clearance.valid_until:
        return clearance
    clearance = replace(
        clearance,
        published_id=clearance.published_id or new_id(),
        published_version=(clearance.published_version or 0) + 1,
    )
    assert clearance.published_id is not None
    assert clearance.published_version is not None
    tx.publish(
        ClearanceRecorded(
            clearance_id=clearance.published_id,
            version=clearance.published_version,
            volunteer_id=clearance.volunteer_id,
            organisation_id=clearance.organisation_id,
            legal_basis=clearance.legal_basis,
            kind_of_activity=clearance.kind_of_activity,
            valid_until=clearance.valid_until,
        )
    )
    return clearance


def _announce_end(tx: Transaction, clearance: StoredClearance) -> None:
    if clearance.published_id is None or clearance.published_version is None:
        return
    tx.publish(
        ClearanceEnded(
            clearance_id=clearance.published_id,
            version=clearance.published_version + 1,
            volunteer_id=clearance.volunteer_id,
        )
    )
    tx.bury(TOPIC, clearance.published_id, person=clearance.volunteer_id)


async def again(tx: Transaction, caller: Caller, organisation_id: UUID, told: RecordClearance) -> ClearanceAnswer:
    """A repeated command is answered with what is recorded now: its first answer is kept nowhere."""
    PERMISSIONS.require("record-clearance", caller, Belongs(organisation_id), what="organisation")
    found = await store.of_purpose(tx.connection, told.volunteer_id, organisation_id, told)
    if found is None or not await reaches(tx.connection, caller, organisation_id, found.volunteer_id):
        raise not_found(KIND)
    await refuse_if_restricted(tx.connection, told.volunteer_id)
    await _note(tx, caller, "read", found)
    return _answer(found)


async def correct(
    tx: Transaction,
    caller: Caller,
    organisation_id: UUID,
    clearance_id: UUID,
    version: int,
    told: CorrectClearance,
) -> ClearanceAnswer:
    """Put right what was recorded wrongly; what stood there is kept nowhere."""
    known = await _for_update(tx, caller, "record-clearance", organisation_id, clearance_id, version)
    await _check_inspector(tx, caller, organisation_id, known.volunteer_id)
    clearance = await _write(tx, replace(known, version=version + 1), told, known)
    await _note(tx, caller, "corrected", clearance)
    log.info("clearance-corrected", clearance_id=str(clearance_id))
    return _answer(clearance)


async def delete(tx: Transaction, caller: Caller, organisation_id: UUID, clearance_id: UUID, version: int) -> None:
    """The organisation deletes a record: it was a mistake, or is needed no more."""
    known = await _for_update(tx, caller, "record-clearance", organisation_id, clearance_id, version)
    await refuse_if_restricted(tx.connection, known.volunteer_id)
    await _not_their_own(tx, caller, known.volunteer_id)
    await remove(tx, caller, known, DeletionReason.BY_ORGANISATION)


async def _for_update(
    tx: Transaction, caller: Caller, operation: str, organisation_id: UUID, clearance_id: UUID, version: int
) -> StoredClearance:
    PERMISSIONS.require(operation, caller, Belongs(organisation_id), what=KIND)
    found = await store.clearance(tx.connection, organisation_id, clearance_id)
    if found is None or not await reaches(tx.connection, caller, organisation_id, found.volunteer_id):
        raise not_found(KIND)
    # In the order of everybody else: person, clearances of the person, row.
    await lock_subject(tx, found.volunteer_id)
    await store.hold(tx.connection, found.volunteer_id)
    locked = await store.clearance(tx.connection, organisation_id, clearance_id, lock=True)
    if locked is None:
        raise not_found(KIND)
    if locked.version != version:
        raise version_mismatch(locked.version)
    return locked


async def remove(tx: Transaction, caller: Caller | None, clearance: StoredClearance, reason: DeletionReason) -> None:
    """Delete a record; that it was deleted is logged, without content."""
    _announce_end(tx, clearance)
    await store.remove(tx.connection, clearance.clearance_id)
    if reason is not DeletionReason.REPLACED:
        await store.forget_set_aside(tx.connection, clearance)
    await _note(tx, caller, "deleted", clearance, why=reason.value)
    log.info("clearance-deleted", clearance_id=str(clearance.clearance_id), why=reason.value)


async def bring_back(tx: Transaction, clearance: StoredClearance) -> None:
    """What a merge set aside counts again, unless there is another inspection for the purpose by now."""
    if await store.of_purpose(tx.connection, clearance.volunteer_id, clearance.organisation_id, clearance) is not None:
        return
    again = replace(clearance, version=clearance.version + 1, published_id=None, published_version=None)
    await store.add(tx.connection, _announce(tx, again, None))
    await _note(tx, None, "restored", clearance, why="merge-undone")


async def clearance(tx: Transaction, caller: Caller, organisation_id: UUID, clearance_id: UUID) -> ClearanceAnswer:
    """One clearance, for members of the inspecting organisation; the read is recorded."""
    PERMISSIONS.require("read-clearance", caller, Belongs(organisation_id), what=KIND)
    found = await store.clearance(tx.connection, organisation_id, clearance_id)
    if found is None or not await reaches(tx.connection, caller, organisation_id, found.volunteer_id):
        raise not_found(KIND)
    await refuse_if_restricted(tx.connection, found.volunteer_id)
    await _note(tx, caller, "read", found)
    return _answer(found)


async def clearances(
    tx: Transaction,
    caller: Caller,
    asked: Asked,
    organisation_id: UUID,
    *,
    volunteer_id: UUID | None = None,
    kind_of_activity: str | None = None,
    valid_until_before: date | None = None,
) -> list[ClearanceAnswer]:
    """What an organisation recorded, for its members, coordinators in their districts; each read is recorded."""
    PERMISSIONS.require("read-clearance", caller, Belongs(organisation_id), what="organisation")
    found = await store.listed(
        tx.connection,
        asked,
        organisation_id=organisation_id,
        districts=districts_of(caller, organisation_id),
        volunteer_id=volunteer_id,
        kind_of_activity=kind_of_activity,
        valid_until_before=valid_until_before,
    )
    things = [(each.clearance_id, each.volunteer_id) for each in found]
    await audit.record_each(tx, caller, "read", KIND, things, organisation_id=organisation_id)
    return [_answer(each) for each in found]


async def own_clearances(connection: Any, caller: Caller, volunteer_id: UUID) -> list[OwnClearanceAnswer]:
    """What organisations recorded of a volunteer, for themselves (Art. 15 DSGVO)."""
    PERMISSIONS.require("read-own-clearances", caller, Belongs(person=volunteer_id), what="volunteer")
    return await store.of_volunteer(connection, volunteer_id)


async def terms(connection: Any, caller: Caller, organisation_id: UUID) -> TermsAnswer:
    """How an organisation inspects."""
    PERMISSIONS.require("read-clearance", caller, Belongs(organisation_id), what="organisation")
    return TermsAnswer(organisation_id=organisation_id, **asdict(await store.terms(connection, organisation_id)))


async def set_terms(
    tx: Transaction, caller: Caller, organisation_id: UUID, version: int, wanted: SetTerms
) -> TermsAnswer:
    """Set how an organisation inspects from now on."""
    PERMISSIONS.require("set-clearance-terms", caller, Belongs(organisation_id), what="organisation")
    current = await store.terms(tx.connection, organisation_id)
    if current.version != version or not await store.set_terms(tx.connection, organisation_id, version, wanted):
        raise version_mismatch((await store.terms(tx.connection, organisation_id)).version)
    log.info("clearance-terms-set", organisation_id=str(organisation_id))
    return await terms(tx.connection, caller, organisation_id)


async def _note(
    tx: Transaction, caller: Caller | None, action: str, clearance: StoredClearance, why: str | None = None
) -> None:
    await audit.record(
        tx,
        caller,
        action,
        KIND,
        clearance.clearance_id,
        concerning=clearance.volunteer_id,
        why=why,
        organisation_id=clearance.organisation_id,
    )


def _answer(clearance: StoredClearance) -> ClearanceAnswer:
    return ClearanceAnswer.model_validate(clearance, from_attributes=True)
