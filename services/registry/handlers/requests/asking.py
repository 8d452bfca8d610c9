"""Persons ask about their data: by themselves with their token, or recorded for them; and they read how it stands.

What needs no weighing happens at once: an erasure of a volunteer, a restriction.
"""

from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import rights
from services.registry.handlers.audit import record, record_each
from services.registry.handlers.requests.telling import announce, answer_of, is_member, shown, step
from services.registry.handlers.requests.working import carried_out, lock
from services.registry.handlers.volunteers import required
from services.registry.models.requests import (
    IdentityEstablished,
    PersonRequest,
    RecordRequest,
    RegisterRequest,
    RequestAnswer,
    RequestKind,
    RequestRow,
    RequestStatus,
    StepAnswer,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules import requests as rules
from services.registry.rules.request_refusals import (
    addressed_to_needed,
    own_request,
    received_in_the_future,
    too_many_open_requests,
)
from services.registry.store import dealings, members, organisations, volunteers
from services.registry.store import requests as store
from services.registry.store import volunteer_contacts as contacts
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.contracts.vocabulary import LegalProfile, Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found
from shared.runtime.ids import new_id

log = structlog.get_logger()


OPEN_AT_MOST = 20
OWN_AT_MOST = 200


async def register(tx: Transaction, caller: Caller, told: RegisterRequest) -> RequestAnswer:
    """Register one's own request: the token says who asks (Art. 12(6) DSGVO).

    Raises
    ------
    Refusal
        `person-not-found`, `volunteer-not-found` when they go on under another id, `too-many-open-requests`.
    """
    subject_id = caller.require_person()
    PERMISSIONS.require("ask-about-own-data", caller, Belongs(person=subject_id), what="person")
    await lock(tx, subject_id, told.kind)
    is_volunteer = caller.kind is CallerKind.VOLUNTEER
    # A token outlives a merge by minutes: under that id nothing would be heeded. An erasure reaches whoever goes on.
    if is_volunteer and told.kind is not RequestKind.ERASURE:
        await required(tx.connection, subject_id)
    if await store.open_count(tx.connection, subject_id) >= OPEN_AT_MOST:
        raise too_many_open_requests()
    request = await _new(tx, told, subject_id, IdentityEstablished.TOKEN, caller)
    if rules.is_carried_out_at_once(request.kind, is_member=not is_volunteer):
        return await carried_out(tx, caller, request, by_member=not is_volunteer)
    await announce(tx, request, by_member=not is_volunteer)
    return await answer_of(tx.connection, request)


async def record_request(tx: Transaction, caller: Caller, told: RecordRequest) -> RequestAnswer:
    """Record what somebody asked by letter, phone or in person, and how it was made sure who they are."""
    _require_recorder(caller, told)
    if told.received_on > tx.now.astimezone(BERLIN).date():
        raise received_in_the_future()
    by_member = None
    if told.subject_id is not None:
        await lock_subject(tx, told.subject_id)
        by_member = await is_member(tx.connection, told.subject_id)
        await _require_dealing(tx.connection, caller, told)
    request = await _new(tx, told, told.subject_id, told.identity_established, caller)
    await record(tx, caller, "recorded", "person-request", request.request_id, told.subject_id)
    await announce(tx, request, by_member=by_member)
    return await answer_of(tx.connection, request)


async def require_recording(tx: Transaction, caller: Caller, told: RecordRequest) -> None:
    """May the caller record this today? Asked before a repeated command is answered with what it was answered before."""
    _require_recorder(caller, told)
    if told.subject_id is not None:
        await _require_dealing(tx.connection, caller, told)


def _require_recorder(caller: Caller, told: RecordRequest) -> None:
    thing = Belongs(organisation_id=told.addressed_to)
    is_of_house = caller.has_role(Role.COORDINATOR, Role.ORGANISATION_ADMIN)
    if told.addressed_to is None and is_of_house and not caller.has_role(Role.PRIVACY_OFFICER):
        raise addressed_to_needed()
    PERMISSIONS.require("record-person-request", caller, thing, what="organisation")
    if caller.is_person(told.subject_id):
        # Who they are is shown by their token, not by their own word.
        raise own_request()


async def _require_dealing(connection: Any, caller: Caller, told: RecordRequest) -> None:
    """Whoever is no privacy officer records for persons only with whom their organisation deals."""
    if caller.has_role(Role.PRIVACY_OFFICER):
        return
    organisation_id, subject_id = told.addressed_to, told.subject_id
    if organisation_id is None or subject_id is None:
        raise not_found("person")
    member = await members.member(connection, subject_id)
    is_own_member = member is not None and any(m.organisation_id == organisation_id for m in member.memberships)
    if is_own_member or await dealings.deals_with(connection, organisation_id, subject_id):
        return
    if not await _is_reached_through(connection, organisation_id, subject_id):
        raise not_found("person")


async def _is_reached_through(connection: Any, organisation_id: UUID, subject_id: UUID) -> bool:
    """Whom an organisation registered, and who has no mail, asks there."""
    stored = await volunteers.volunteer(connection, subject_id)
    reached = await contacts.contact(connection, subject_id)
    is_without_mail = reached is not None and reached.mail is None
    return is_without_mail and stored is not None and stored.registered_by == organisation_id


async def _new(
    tx: Transaction,
    told: RegisterRequest | RecordRequest,
    subject_id: UUID | None,
    identity: IdentityEstablished,
    caller: Caller,
) -> PersonRequest:
    profile = LegalProfile.GDPR
    if told.addressed_to is not None:
        organisation = await organisations.organisation(tx.connection, told.addressed_to)
        if organisation is None:
            raise not_found("organisation")
        profile = organisation.legal_profile
    by_person = identity is IdentityEstablished.TOKEN
    received_on = tx.now.astimezone(BERLIN).date() if isinstance(told, RegisterRequest) else told.received_on
    request = PersonRequest(
        request_id=new_id(),
        version=1,
        subject_id=subject_id,
        kind=told.kind,
        addressed_to=told.addressed_to,
        legal_profile=profile,
        received_on=received_on,
        due_on=rules.due_on(received_on, profile),
        identity_established=identity,
        recorded_by=None if by_person else caller.subject_id,
        status=RequestStatus.RECEIVED,
        registered_at=tx.now,
        ground=told.ground,
        told=told.told,
        reference=told.reference if isinstance(told, RecordRequest) else None,
    )
    await store.add(tx.connection, request)
    await step(tx, request, "received", caller, by_person=by_person)
    if subject_id is not None:
        await rights.renew(tx, subject_id)
    log.info("person-request-received", request_id=str(request.request_id), request_kind=request.kind)
    return request


async def request(tx: Transaction, caller: Caller, request_id: UUID) -> RequestAnswer:
    """One request with its history: one's own, or any for a privacy officer, which is recorded."""
    found = await store.request(tx.connection, request_id)
    person = None if found is None else found.subject_id
    PERMISSIONS.require("read-person-request", caller, Belongs(person=person), what="person-request")
    if found is None:
        raise not_found("person-request")
    if not caller.is_person(person):
        await record(tx, caller, "read", "person-request", request_id, person)
    return await answer_of(tx.connection, found)


async def own_requests(connection: Any, caller: Caller) -> list[RequestAnswer]:
    """What I asked, latest first, with the history of each."""
    subject_id = caller.require_person()
    PERMISSIONS.require("read-person-request", caller, Belongs(person=subject_id), what="person")
    return await answers_of(connection, subject_id, OWN_AT_MOST)


async def answers_of(connection: Any, subject_id: UUID, at_most: int | None = None) -> list[RequestAnswer]:
    """What a person asked, with the history of each: two queries, however many."""
    found = (await store.of_person(connection, subject_id))[:at_most]
    histories: dict[UUID, list[StepAnswer]] = {}
    for taken in await store.steps_of_person(connection, subject_id):
        histories.setdefault(taken.pop("request_id"), []).append(StepAnswer(**taken))
    return [shown(each, histories.get(each.request_id, [])) for each in found]


async def requests(tx: Transaction, caller: Caller, asked: Asked, **narrowed: Any) -> list[RequestRow]:
    """A stretch of all requests, for the privacy officer; each person whose request was shown is recorded."""
    PERMISSIONS.require("list-person-requests", caller, what="person-request")
    rows = await store.listed(tx.connection, asked, **narrowed)
    await record_each(tx, caller, "listed", "person-request", [(row.request_id, row.subject_id) for row in rows])
    return rows
