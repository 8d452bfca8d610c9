"""A volunteer's own contact: found by rule, kept while it holds, replaced when somebody leaves, told to both."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.handlers.contacts import shown
from services.registry.models.own_contacts import (
    Candidate,
    LookedAfterAnswer,
    OwnContactAnswer,
    Reason,
    Seeker,
)
from services.registry.models.support_requests import RequestStatus
from services.registry.permissions import PERMISSIONS
from services.registry.rules.own_contacts import choose
from services.registry.rules.support_requests import told_of
from services.registry.store import contacts as contacts_store
from services.registry.store import dealings
from services.registry.store import own_contacts as store
from services.registry.store import support_requests as support_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import OwnContactChanged, SupportRequestAsked
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason as Why
from shared.runtime.errors import Refusal, not_found

log = structlog.get_logger()

STEP = 500


async def placements_changed(tx: Transaction, placement_ids: list[UUID]) -> None:
    """Who works with whom has changed."""
    await store.note_of_placements(tx.connection, placement_ids, tx.now)


async def offers_changed(tx: Transaction, offer_ids: list[UUID]) -> None:
    """Somebody else may answer for the offer."""
    await store.note_of_offers(tx.connection, offer_ids, tx.now)


async def find(tx: Transaction) -> int:
    """A timer's step: find the own contact of those who are asked about, and tell both where it is another one."""
    if not await store.search_alone(tx.connection):
        return 0
    asked_about = await store.to_check(tx.connection, STEP)
    if not asked_about:
        return 0
    erased = await lock_subjects(tx, asked_about)
    await _search(tx, asked_about, erased)
    return len(asked_about)


async def find_at_once(tx: Transaction, volunteer_id: UUID) -> None:
    """Somebody has just been confirmed: whoever they turn to is there when they look. The subject is locked.

    While others are searched for it is left to the timer: whoever searches may wait for this subject, so nobody waits for
    them here.
    """
    if await store.search_alone(tx.connection):
        await _search(tx, [volunteer_id])


async def _search(tx: Transaction, asked_about: list[UUID], erased: Collection[UUID] = ()) -> None:
    # Before anything is read: whatever changes from now on is noted anew.
    await store.checked(tx.connection, asked_about)
    known = await store.seekers(tx.connection, [each for each in asked_about if each not in erased])
    chosen = await _chosen_and_held(tx, [seeker for seeker, _ in known])
    changed, moved = [], []
    for (seeker, before), (candidate, reason) in zip(known, chosen, strict=True):
        if (candidate.contact_id if candidate else None) != seeker.current:
            moved.append((seeker, candidate, reason))
        if (
            moved[-1:] == [(seeker, candidate, reason)]
            or store.Searched(reason, seeker.district, seeker.told_by) != before
        ):
            changed.append((seeker, candidate, reason))
    if changed:
        await store.save(tx.connection, changed, tx.now)
    for seeker, candidate, _ in moved:
        _tell(tx, seeker, candidate)
    await _hand_over_requests(tx, moved)


async def _chosen_and_held(tx: Transaction, seekers: list[Seeker]) -> list[tuple[Candidate | None, Reason]]:
    """Whoever is chosen is there until the commit: who withdraws a contact then finds everybody who has it."""
    while True:
        chosen = await _chosen(tx, seekers)
        wanted = {candidate.contact_id for candidate, _ in chosen if candidate is not None}
        if not wanted or wanted <= await store.hold(tx.connection, wanted):
            return chosen


async def _chosen(tx: Transaction, seekers: list[Seeker]) -> list[tuple[Candidate | None, Reason]]:
    found = await store.candidates(
        tx.connection,
        {seeker.district for seeker in seekers},
        {placement.organisation_id for seeker in seekers for placement in seeker.placements},
    )
    known = {each.contact_id: each for each in found}
    places: dict[str | UUID, list[UUID]] = defaultdict(list)
    for each in found:
        places[each.district].append(each.contact_id)
        places[each.organisation_id].append(each.contact_id)
    today = tx.now.astimezone(BERLIN).date()
    chosen: list[tuple[Candidate | None, Reason]] = []
    for seeker in seekers:
        around: set[str | UUID] = {seeker.district, *(placement.organisation_id for placement in seeker.placements)}
        near = {contact_id for place in around for contact_id in places.get(place, ())}
        choice = choose(seeker, [known[contact_id] for contact_id in near], today)
        chosen.append(choice or (None, Reason.NONE))
        if choice is not None and choice[0].contact_id != seeker.current:
            _count(known, choice[0].contact_id, 1)
            _count(known, seeker.current, -1)
    return chosen


def _count(known: dict[UUID, Candidate], contact_id: UUID | None, more: int) -> None:
    """Those found in this step count for the next ones."""
    if contact_id in known:
        known[contact_id] = replace(known[contact_id], volunteers=known[contact_id].volunteers + more)


def _tell(tx: Transaction, seeker: Seeker, candidate: Candidate | None) -> None:
    tx.publish(
        OwnContactChanged(
            volunteer_id=seeker.volunteer_id,
            contact_id=candidate.contact_id if candidate else None,
            organisation_id=candidate.organisation_id if candidate else None,
            subject_id=candidate.subject_id if candidate else None,
            previous_contact_id=seeker.current,
        )
    )
    log.info(
        "own-contact-changed",
        volunteer_id=str(seeker.volunteer_id),
        contact_id=str(candidate.contact_id) if candidate else None,
    )


async def _hand_over_requests(tx: Transaction, moved: Iterable[tuple[Seeker, Candidate | None, Reason]]) -> None:
    """What a volunteer has asked goes with them to the next contact of the same organisation, and to no other one."""
    new = {seeker.volunteer_id: each for seeker, each, _ in moved if seeker.current is not None and each is not None}
    if not new:
        return
    handed_over = await support_store.hand_over(
        tx.connection,
        [(volunteer_id, each.organisation_id, each.contact_id) for volunteer_id, each in new.items()],
        tx.now.astimezone(BERLIN).date(),
    )
    for request in handed_over:
        if request.status is RequestStatus.OPEN:
            tx.publish(SupportRequestAsked(**told_of(request), subject_id=new[request.volunteer_id].subject_id))


async def own_contact(connection: Any, caller: Caller, volunteer_id: UUID, now: Any) -> OwnContactAnswer:
    """Whom a volunteer can turn to, and who stands in today."""
    PERMISSIONS.require("read-own-contact", caller, Belongs(person=volunteer_id), what="volunteer")
    found = await store.own_contact(connection, volunteer_id)
    if found is None or found.contact_id is None:
        raise own_contact_missing()
    contacts = await contacts_store.contacts_by_id(connection, [found.contact_id])
    if not contacts:
        raise own_contact_missing()
    ((_, contact),) = await shown(connection, list(contacts.values()), now)
    return OwnContactAnswer(version=found.version, since=found.since, reason=found.reason, contact=contact)


def own_contact_missing() -> Refusal:
    """Nobody could be found yet, or whoever it was has just left."""
    return Refusal(
        Why.NOT_FOUND,
        "own-contact-missing",
        de="Im Moment haben Sie noch keine eigene Ansprechperson. Wir suchen eine; bis dahin hilft das Verzeichnis.",
        en="You have no contact of your own at the moment. We are looking for one; until then the directory helps.",
    )


async def looked_after(tx: Transaction, caller: Caller, asked: Asked, contact_id: UUID) -> list[LookedAfterAnswer]:
    """A stretch of the volunteers whose own contact this is: for the contact and whoever stands in. Recorded by name.

    Mail addresses only of those who dealt with the organisation and agreed to that, or who asked (Art. 5(1)(c) DSGVO).
    """
    contacts = await contacts_store.contacts_by_id(tx.connection, [contact_id])
    contact = contacts.get(contact_id)
    substitute = None
    if contact is not None and contact.substitute_id is not None:
        substitute = (await contacts_store.contacts_by_id(tx.connection, [contact.substitute_id])).get(
            contact.substitute_id
        )
    persons = [each.subject_id for each in (contact, substitute) if each is not None and each.subject_id is not None]
    person = caller.subject_id if caller.subject_id in persons else None
    belongs = Belongs(organisation_id=None if contact is None else contact.organisation_id, person=person)
    PERMISSIONS.require("list-own-volunteers", caller, belongs, what="contact")
    if contact is None:
        raise not_found("contact")
    found = await store.looked_after(tx.connection, asked, contact_id)
    ids = [each.volunteer_id for each in found]
    agreed = [each.volunteer_id for each in found if each.agreed]
    reachable = await dealings.dealt_with_among(tx.connection, [contact.organisation_id], agreed)
    reachable |= await support_store.who_asked(tx.connection, contact.organisation_id, ids)
    await audit.record_each(
        tx, caller, "read", "volunteer-name", [(each, each) for each in ids], "own_contact", contact.organisation_id
    )
    return [
        LookedAfterAnswer(
            volunteer_id=each.volunteer_id,
            name=each.name,
            mail=each.mail if each.volunteer_id in reachable else None,
            language=each.language,
            since=each.since,
            reason=each.reason,
        )
        for each in found
    ]
