"""Correction (Art. 16 DSGVO): a privacy officer puts right what a person asked to be put right.

Whoever received the data before hears of it through the same events as of any change (Art. 19 DSGVO).
"""

from dataclasses import replace
from uuid import UUID

from services.registry.handlers.audit import record
from services.registry.handlers.requests.telling import answer_of, step
from services.registry.handlers.requests.working import opened
from services.registry.handlers.volunteers import apply_changes, required
from services.registry.models.requests import CorrectPerson, RequestAnswer, RequestKind, RequestStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.request_refusals import no_correction_asked
from services.registry.store import requests as store
from services.registry.store import volunteer_contacts as contacts
from shared.access.callers import Caller
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found


async def correct(
    tx: Transaction, caller: Caller, request_id: UUID, version: int, told: CorrectPerson
) -> RequestAnswer:
    """Write what is right; the request stays open until it is answered."""
    PERMISSIONS.require("correct-person", caller, what="person-request")
    request = await opened(tx, caller, request_id, version)
    volunteer_id = request.subject_id
    if request.kind is not RequestKind.CORRECTION or volunteer_id is None:
        raise no_correction_asked()
    stored = await required(tx.connection, volunteer_id, lock=True)
    contact = await contacts.contact(tx.connection, volunteer_id)
    if contact is None:
        raise not_found("volunteer")
    await apply_changes(tx, stored, contact, told)
    request = replace(request, status=RequestStatus.IN_PROGRESS, version=request.version + 1)
    await store.save(tx.connection, request)
    await step(tx, request, "corrected", caller, reason=", ".join(sorted(told.model_dump(exclude_none=True))))
    await record(tx, caller, "corrected", "volunteer", volunteer_id, volunteer_id, why="person-request")
    return await answer_of(tx.connection, request)
