"""Correction (Art. 16 DSGVO): a privacy officer puts right what a person asked to be put right, also what the person cannot
change themselves.

Whoever received the data before hears of it through the same events as of any change (Art. 19 DSGVO). What an organisation
recorded (clearances, attendance, hours) that organisation corrects: it alone knows what it saw.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.registry.handlers import addresses, contacts, members
from services.registry.handlers.audit import record
from services.registry.handlers.requests.telling import answer_of, is_member, step
from services.registry.handlers.requests.working import opened
from services.registry.handlers.volunteers import apply_changes, required
from services.registry.models.requests import CorrectPerson, RequestAnswer, RequestKind, RequestStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.request_refusals import no_correction_asked, not_held_of_staff
from services.registry.settings import RegistrySettings
from services.registry.store import members as members_store
from services.registry.store import requests as store
from services.registry.store import volunteer_contacts
from shared.access.callers import Caller
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found

OF_STAFF = frozenset(("name", "mail", "language", "phone"))


async def correct(
    tx: Transaction, settings: RegistrySettings, caller: Caller, request_id: UUID, version: int, told: CorrectPerson
) -> RequestAnswer:
    """Write what is right; the request stays open until it is answered.

    Raises
    ------
    Refusal
        `no-correction-asked`, `not-held-of-staff`, and those of a change of the same facts.
    """
    PERMISSIONS.require("correct-person", caller, what="person-request")
    request = await opened(tx, caller, request_id, version)
    subject_id = request.subject_id
    if request.kind is not RequestKind.CORRECTION or subject_id is None:
        raise no_correction_asked()
    right = told.model_dump(exclude_none=True)
    by_member = await is_member(tx.connection, subject_id)
    if by_member:
        await _member(tx, subject_id, right)
    else:
        await _volunteer(tx, settings, subject_id, told)
    request = replace(request, status=RequestStatus.IN_PROGRESS, version=request.version + 1)
    await store.save(tx.connection, request)
    await step(tx, request, "corrected", caller, reason=", ".join(sorted(right)))
    kind = "member" if by_member else "volunteer"
    await record(tx, caller, "corrected", kind, subject_id, subject_id, why="person-request")
    return await answer_of(tx.connection, request)


async def _volunteer(tx: Transaction, settings: RegistrySettings, volunteer_id: UUID, told: CorrectPerson) -> None:
    stored = await required(tx.connection, volunteer_id, lock=True)
    contact = await volunteer_contacts.contact(tx.connection, volunteer_id, lock=True)
    if contact is None:
        raise not_found("volunteer")
    await apply_changes(tx, stored, contact, told, corrects=True)
    if told.mail is not None and told.mail != contact.mail:
        await addresses.begin(tx, settings, volunteer_id, told.mail)


async def _member(tx: Transaction, subject_id: UUID, right: dict[str, Any]) -> None:
    if right.keys() - OF_STAFF:
        raise not_held_of_staff()
    known = await members_store.member_contact(tx.connection, subject_id)
    if known is None:
        raise not_found("person")
    wanted = {name: right.get(name, getattr(known, name)) for name in ("name", "mail", "language")}
    await members.write_contact(tx, subject_id, **wanted)
    published: dict[str, Any] = {name: right[name] for name in ("name", "mail", "phone") if name in right}
    if published:
        await contacts.correct_entries(tx, subject_id, published)
