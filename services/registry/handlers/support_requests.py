"""Support requests: a volunteer asks a contact, gets an answer, may ask further; overdue ones go on to the next."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.handlers.own_contacts import own_contact_missing
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.handlers.topics import check_topic
from services.registry.handlers.undertakings import may_see_others
from services.registry.models.contacts import ListedContact, StoredContact
from services.registry.models.support_requests import (
    AskForSupport,
    Escalation,
    MessageAnswer,
    NeedAnswer,
    RequestStatus,
    SupportRequest,
    SupportThreadAnswer,
    WriteMessage,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules import directory
from services.registry.rules import support_requests as rules
from services.registry.settings import RegistrySettings
from services.registry.store import contacts as contacts_store
from services.registry.store import organisations, own_contacts
from services.registry.store import support_requests as store
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    SupportRequestAnswered,
    SupportRequestAsked,
    SupportRequestEscalated,
    SupportRequestFollowedUp,
)
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject, lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal, not_found
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100
ADMINS_TOLD_AT_MOST = 20
NEEDS_COUNTED_EVERY = timedelta(minutes=10)


async def ask(tx: Transaction, caller: Caller, settings: RegistrySettings, told: AskForSupport) -> SupportThreadAnswer:
    """A volunteer asks their own contact, or one of the directory; whoever stands in today is asked when they are absent.

    Whoever may read nothing of it (neither coordinator nor admin of the organisation, or restricted by Art. 18 DSGVO) is
    not asked: when nobody is left, the organisation's admins are at once.
    """
    PERMISSIONS.require("ask-for-support", caller, Belongs(person=caller.subject_id), what="volunteer")
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    await refuse_if_restricted(tx.connection, volunteer_id)
    if await store.asker(tx.connection, volunteer_id) is None:
        raise not_found("volunteer")
    if told.group_id is not None and not await store.is_speaker(tx.connection, told.group_id, volunteer_id):
        raise not_found("group")
    await check_topic(tx.connection, told.topic)
    today = tx.now.astimezone(BERLIN).date()
    due_on = rules.due_on(told.due_on, today, settings.support_days)
    rules.check_open(await store.count_open(tx.connection, volunteer_id))
    contact = await _asked_contact(tx, volunteer_id, told.contact_id)
    handler = await _handler(tx, contact, today)
    request = rules.waiting(
        SupportRequest(
            request_id=new_id(),
            version=1,
            volunteer_id=volunteer_id,
            group_id=told.group_id,
            contact_id=contact.contact_id,
            handler_id=(handler or contact).contact_id,
            organisation_id=contact.organisation_id,
            district=contact.district,
            topic=told.topic,
            due_on=due_on,
            status=RequestStatus.OPEN,
            escalation=Escalation.NONE,
            escalates_on=None,
            messages=1,
            asked_at=tx.now,
            changed_at=tx.now,
        )
    )
    admins = [] if handler is not None else await _admins(tx, request)
    if handler is None:
        if not admins:
            raise _not_reached_here()
        request = replace(rules.escalated(request, None, today, 0), version=1)
    await store.add(tx.connection, request)
    await store.add_message(tx.connection, request.request_id, 1, from_volunteer=True, text=told.text, now=tx.now)
    if handler is not None and handler.subject_id is not None:
        tx.publish(SupportRequestAsked(**rules.told_of(request), subject_id=handler.subject_id))
    for subject_id in admins:
        tx.publish(SupportRequestEscalated(**rules.told_of(request), subject_id=subject_id))
    log.info("support-request-asked", request_id=str(request.request_id))
    return _thread(request, [MessageAnswer(from_volunteer=True, text=told.text, written_at=tx.now)])


async def _handler(tx: Transaction, contact: ListedContact, today: date) -> StoredContact | None:
    """The contact, or whoever stands in: somebody who may read what is asked, and stays until that is written.

    None when nobody of them may: then it is for the organisation's admins at once.
    """
    substitutes = await contacts_store.standing_in(tx.connection, [contact.contact_id], directory.SUBSTITUTES_AT_MOST)
    known = {contact.contact_id: contact, **substitutes}
    able = await own_contacts.who_can_answer(tx.connection, known)
    unable = frozenset(
        each.subject_id for each in known.values() if each.subject_id is not None and each.contact_id not in able
    )
    there = directory.stands_in(contact, substitutes, today, unable)
    handler = there if there is not None and there.contact_id in able else contact
    if handler.contact_id not in able:
        return None
    if not await own_contacts.hold(tx.connection, [handler.contact_id]):
        raise not_found("contact")
    return handler


async def _asked_contact(tx: Transaction, volunteer_id: UUID, contact_id: UUID | None) -> ListedContact:
    if contact_id is None:
        own = await own_contacts.own_contact(tx.connection, volunteer_id)
        if own is None or own.contact_id is None:
            raise own_contact_missing()
        contact_id = own.contact_id
    contact = (await contacts_store.contacts_by_id(tx.connection, [contact_id])).get(contact_id)
    if contact is None:
        raise not_found("contact")
    if contact.subject_id is None:
        raise _not_reached_here()
    return contact


def _not_reached_here() -> Refusal:
    return Refusal(
        Reason.CONFLICT,
        "contact-not-reached-here",
        de="Diese Stelle beantwortet hier keine Anfragen. Bitte schreiben Sie ihr oder rufen Sie an.",
        en="This contact does not answer requests here. Please write to them or call.",
    )


async def write(
    tx: Transaction,
    caller: Caller,
    settings: RegistrySettings,
    request_id: UUID,
    told: WriteMessage,
) -> SupportThreadAnswer:
    """The contact answers, or the volunteer asks further."""
    request = await _locked(tx, caller, request_id)
    by_volunteer = caller.kind is CallerKind.VOLUNTEER
    if by_volunteer and not await organisations.verified_among(tx.connection, [request.organisation_id]):
        raise _organisation_suspended()
    today = tx.now.astimezone(BERLIN).date()
    request = rules.written(request, by_volunteer, told.due_on, today, settings.support_days)
    is_another = by_volunteer and not caller.is_person(request.volunteer_id)
    await store.add_message(
        tx.connection,
        request_id,
        request.messages,
        from_volunteer=by_volunteer,
        text=told.text,
        now=tx.now,
        author_id=caller.subject_id if is_another else None,
    )
    if by_volunteer:
        request = await _tell_followed_up(tx, request)
    else:
        tx.publish(SupportRequestAnswered(**rules.told_of(request)))
        await audit.record(
            tx, caller, "answered", "support-request", request_id, request.volunteer_id,
            organisation_id=request.organisation_id,
        )  # fmt: skip
    await store.save(tx.connection, request, tx.now)
    log.info("support-request-written", request_id=str(request_id), by_volunteer_status=by_volunteer)
    return await _shown(tx.connection, caller, request)


def _organisation_suspended() -> Refusal:
    """Nobody of it reads anything for the time being; what was written stays."""
    return Refusal(
        Reason.CONFLICT,
        "organisation-suspended",
        de="Diese Organisation kann zurzeit nicht antworten. Bitte fragen Sie jemand anderen aus dem Verzeichnis.",
        en="This organisation cannot answer at the moment. Please ask another contact of the directory.",
    )


async def _tell_followed_up(tx: Transaction, request: SupportRequest) -> SupportRequest:
    handler = (await contacts_store.contacts_by_id(tx.connection, [request.handler_id])).get(request.handler_id)
    if handler is not None and handler.subject_id is not None and request.escalation is not Escalation.ORGANISATION:
        tx.publish(SupportRequestFollowedUp(**rules.told_of(request), subject_id=handler.subject_id))
        return request
    if request.escalation is not Escalation.ORGANISATION:
        request = rules.escalated(request, None, tx.now.astimezone(BERLIN).date(), 0)
    for subject_id in await _admins(tx, request):
        tx.publish(SupportRequestFollowedUp(**rules.told_of(request), subject_id=subject_id))
    return request


async def close(tx: Transaction, caller: Caller, request_id: UUID) -> SupportThreadAnswer:
    """Nothing more is needed; either side may say so, and again."""
    before = await _locked(tx, caller, request_id)
    request = rules.closed(before)
    if request != before:
        await store.save(tx.connection, request, tx.now)
        if caller.kind is not CallerKind.VOLUNTEER:
            await audit.record(
                tx, caller, "closed", "support-request", request_id, request.volunteer_id,
                organisation_id=request.organisation_id,
            )  # fmt: skip
        log.info("support-request-closed", request_id=str(request_id))
    return await _shown(tx.connection, caller, request)


async def support_request(tx: Transaction, caller: Caller, request_id: UUID) -> SupportThreadAnswer:
    """One request with what was written. When a member reads it, that is recorded."""
    request = await store.request(tx.connection, request_id)
    if request is not None:
        await lock_subject(tx, request.volunteer_id)
    await _require(tx.connection, caller, request, "read-support-request")
    if request is None:
        raise not_found("support-request")
    if caller.kind is not CallerKind.VOLUNTEER:
        await refuse_if_restricted(tx.connection, request.volunteer_id)
        await audit.record(
            tx, caller, "read", "support-request", request_id, request.volunteer_id,
            organisation_id=request.organisation_id,
        )  # fmt: skip
    return await _shown(tx.connection, caller, request)


async def support_requests(
    connection: Any, caller: Caller, asked: Asked, *, status: RequestStatus | None, topic: str | None
) -> list[SupportRequest]:
    """A stretch of what a volunteer asked, or of what a member is to answer; nothing that somebody wrote."""
    PERMISSIONS.require("list-support-requests", caller, Belongs(person=caller.subject_id), what="support-request")
    await check_topic(connection, topic)
    person = caller.require_person()
    if caller.kind is CallerKind.VOLUNTEER:
        groups = await store.groups_spoken_for(connection, person)
        return await store.asked(connection, asked, person, groups, status)
    organisations = caller.organisations(Role.COORDINATOR, Role.ORGANISATION_ADMIN)
    contacts = await store.contacts_of_member(connection, person, organisations)
    admin_of = caller.organisations(Role.ORGANISATION_ADMIN)
    return await store.to_handle(connection, asked, contacts, admin_of, status, topic)


async def needs(
    connection: Any, caller: Caller, asked: Asked, *, district: str | None, topic: str | None
) -> list[NeedAnswer]:
    """A stretch of the counts of the last months: a district_admin's of their districts, a state_admin's of all."""
    own = sorted(caller.districts(Role.DISTRICT_ADMIN))
    asked_about = district or next(iter(own), None)
    PERMISSIONS.require("count-needs", caller, Belongs(district=asked_about), what="district")
    districts: list[str] | None = [district] if district else own
    if district is None and caller.has_role(Role.STATE_ADMIN):
        districts = None
    await check_topic(connection, topic)
    return await store.needs(connection, asked, districts=districts, topic=topic)


async def count_needs(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: count the needs anew. Read at once they would cost the more, the more was asked."""
    counted = await store.count_needs(
        tx.connection,
        counted_before=tx.now - NEEDS_COUNTED_EVERY,
        now=tx.now,
        since=tx.now - timedelta(days=settings.needs_days),
        today=tx.now.astimezone(BERLIN).date(),
        persons=rules.PERSONS_AT_LEAST,
    )
    return int(counted)


async def escalate(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: what is overdue goes to the substitute, then to the organisation's admins; each is told once."""
    today = tx.now.astimezone(BERLIN).date()
    overdue = await store.overdue(tx.connection, today, STEP)
    if not overdue:
        return 0
    erased = await lock_subjects(tx, {volunteer_id for _, volunteer_id in overdue})
    wanted = [request_id for request_id, volunteer_id in overdue if volunteer_id not in erased]
    requests = await store.overdue_locked(tx.connection, wanted, today)
    substitutes = await contacts_store.standing_in(
        tx.connection, {request.handler_id for request in requests}, directory.SUBSTITUTES_AT_MOST
    )
    handlers = await contacts_store.contacts_by_id(tx.connection, {request.handler_id for request in requests})
    able = await own_contacts.who_can_answer(tx.connection, substitutes)
    for request in requests:
        substitute = _substitute(handlers.get(request.handler_id), substitutes, able)
        await _escalate(tx, request, substitute, settings.support_escalation_days)
    return len(requests)


def _substitute(
    handler: StoredContact | None, known: dict[UUID, StoredContact], able: Collection[UUID]
) -> StoredContact | None:
    """The handler's substitute, if somebody is behind it who may answer."""
    found = known.get(handler.substitute_id) if handler is not None and handler.substitute_id is not None else None
    return found if found is not None and found.contact_id in able else None


async def _escalate(tx: Transaction, request: SupportRequest, substitute: StoredContact | None, days: int) -> None:
    today = tx.now.astimezone(BERLIN).date()
    after = rules.escalated(request, substitute.contact_id if substitute else None, today, days)
    await store.save(tx.connection, after, tx.now)
    told: Iterable[UUID]
    if after.escalation is Escalation.SUBSTITUTE and substitute is not None and substitute.subject_id is not None:
        told = [substitute.subject_id]
    else:
        told = await _admins(tx, after)
    for subject_id in told:
        tx.publish(SupportRequestEscalated(**rules.told_of(after), subject_id=subject_id))
    log.info("support-request-escalated", request_id=str(after.request_id), escalation_status=after.escalation.value)


async def tidy(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: what was answered and not taken up is closed, what was closed long ago is forgotten."""
    unheard = tx.now - timedelta(days=settings.support_unheard_days)
    kept = tx.now - timedelta(days=settings.support_kept_days)
    closed = await store.close_unheard(tx.connection, unheard, tx.now, STEP)
    return closed + await store.forget_closed(tx.connection, kept, STEP)


async def _locked(tx: Transaction, caller: Caller, request_id: UUID) -> SupportRequest:
    """The request, locked, after its volunteer: so that no answer is written behind an erasure's back."""
    seen = await store.request(tx.connection, request_id)
    if seen is not None:
        own = {caller.subject_id} if caller.kind is CallerKind.VOLUNTEER and caller.subject_id else set()
        for subject_id in sorted({seen.volunteer_id, *own}):
            await lock_subject(tx, subject_id)
    request = await store.request(tx.connection, request_id, lock=True)
    await _require(tx.connection, caller, request, "write-support-request")
    if request is None:
        raise not_found("support-request")
    await refuse_if_restricted(tx.connection, request.volunteer_id)
    return request


async def _require(connection: Any, caller: Caller, request: SupportRequest | None, operation: str) -> None:
    """Own: of the volunteer who asked (or speaks for the initiative), and of the contacts who were asked.

    What came to the organisation is covered by its admins. While it is suspended nobody of it sees anything.
    """
    belongs = Belongs()
    if request is not None:
        belongs = Belongs(person=await _person(connection, caller, request))
        if caller.kind is CallerKind.MEMBER and request.escalation is Escalation.ORGANISATION:
            escalated = Belongs(organisation_id=request.organisation_id)
            if PERMISSIONS.allows("handle-escalated-request", caller, escalated):
                return
    PERMISSIONS.require(operation, caller, belongs, what="support-request")


async def _person(connection: Any, caller: Caller, request: SupportRequest) -> UUID | None:
    """The caller, if the request is theirs."""
    if caller.kind is CallerKind.VOLUNTEER:
        if caller.is_person(request.volunteer_id):
            return request.volunteer_id
        if request.group_id is not None and caller.subject_id is not None:
            speaks = await store.is_speaker(connection, request.group_id, caller.subject_id)
            # What the speaker before them wrote is another person's.
            return caller.subject_id if speaks and await may_see_others(connection, caller) else None
        return None
    if request.organisation_id not in caller.organisations(Role.COORDINATOR, Role.ORGANISATION_ADMIN):
        return None
    contacts = await contacts_store.contacts_by_id(connection, [request.contact_id, request.handler_id])
    persons = {contact.subject_id for contact in contacts.values()}
    return caller.subject_id if caller.subject_id in persons else None


async def _shown(connection: Any, caller: Caller, request: SupportRequest) -> SupportThreadAnswer:
    thread = (await store.threads(connection, [request.request_id])).get(request.request_id, [])
    answer = _thread(request, thread)
    if caller.kind is CallerKind.VOLUNTEER:
        return answer
    # Whoever asks somebody for support wants to be reached by them.
    asker = await store.asker(connection, request.volunteer_id)
    return answer if asker is None else answer.model_copy(update=dict(zip(("name", "mail"), asker, strict=True)))


def _thread(request: SupportRequest, thread: list[MessageAnswer]) -> SupportThreadAnswer:
    return SupportThreadAnswer.model_validate({**vars(request), "thread": thread})


async def _admins(tx: Transaction, request: SupportRequest) -> list[UUID]:
    return await contacts_store.members_with_role(
        tx.connection, request.organisation_id, Role.ORGANISATION_ADMIN, ADMINS_TOLD_AT_MOST
    )
