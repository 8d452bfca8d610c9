"""Volunteers of an association, with proof that they consented.

The association has asked the person, so there is no second opt-in before the registration; but the person is told at once
(Art. 14 DSGVO) by whom, and one link in that mail undoes it for good (Art. 17, 21 DSGVO). Until they answer the
association may correct what it told; from then on it is their own and no import writes into it. The address is what the
association says it is, and nobody's until it is proved: it keeps nobody from registering with it.

Whether somebody was here before is not told to the association: the row is accepted alike, the person is asked, and
nothing is exchanged about them before they agree. Nor is it told whose data may only be stored (Art. 18 DSGVO): every answer
is the same, the row is remembered and nothing else is done. They are asked when the restriction has ended; a correction
counts when it is told again after that, and is answered as the repetition that it is.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.prepared import Prepared, contact_row, link_row, prepared, volunteer_row
from services.registry.handlers.exchange_notices import LINK_LIFETIME, tell
from services.registry.models.exchange import Incoming, Kind, Link, Outcome, Result, RowFault, VolunteerRow
from services.registry.store import external_ids as links_store
from services.registry.store import imported_volunteers as store
from services.registry.store import imports as imports_store
from services.registry.store import restrictions
from shared.contracts.registry import (
    ConsentGiven,
    HeldConsent,
    Volunteer,
    VolunteerContactUpdated,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction

KEPT_BY_THE_PERSON = RowFault("#", "kept-by-the-person")
TOO_MANY = RowFault("#", "too-many-volunteers")
"""Each of them gets a mail."""
PROCESSING = "processing"
BREATH = 10
"""Events of so many rows are made between two looks at the database."""


async def write(
    tx: Transaction,
    importer: Importer,
    new: Sequence[Incoming[VolunteerRow]],
    changed: Sequence[tuple[Incoming[VolunteerRow], Link]],
) -> list[Result]:
    """Take over rows that are new, or say something else than the last time."""
    postal_codes = {item.row.postal_code for item in (*new, *(item for item, _ in changed))}
    districts = await store.districts_of(tx.connection, sorted(postal_codes))
    results: list[Result] = []
    to_add, to_change = [], []
    for item, link in (*((item, None) for item in new), *changed):
        found = prepared(tx, item, link, districts)
        if isinstance(found, Result):
            results.append(_unchanged(item, link) or found)
        elif link is None:
            to_add.append(found)
        else:
            to_change.append((found, link))
    if to_add:
        left = await _left_today(tx, importer)
        results += [Result(each.item.number, Outcome.REFUSED, (TOO_MANY,)) for each in to_add[left:]]
        to_add = to_add[:left]
    results += await _add(tx, importer, to_add) if to_add else []
    results += await _change(tx, importer, to_change) if to_change else []
    return results


async def _left_today(tx: Transaction, importer: Importer) -> int:
    """How many more the association's files may bring: those of this one's earlier steps count already."""
    since = tx.now - timedelta(hours=24)
    brought = await imports_store.imported_since(tx.connection, importer.organisation_id, since, importer.rehearsal)
    return max(0, importer.settings.imported_volunteers_per_day - brought)


async def _add(tx: Transaction, importer: Importer, rows: list[Prepared]) -> list[Result]:
    asked = await _ask(tx, importer, rows)
    added = [each for each in rows if each.link_id not in asked]
    if added:
        # While the database writes them their events are made.
        announcing = asyncio.create_task(_announce(tx, importer, added))
        try:
            await _store(tx, importer, added)
            await announcing
        finally:
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)
    await _save_proofs(tx, importer, rows)
    return [Result(each.item.number, Outcome.CREATED) for each in rows]


async def _store(tx: Transaction, importer: Importer, rows: Sequence[Prepared]) -> None:
    await store.add_contacts(tx.connection, [contact_row(each) for each in rows])
    await store.add(
        tx.connection,
        [volunteer_row(each) for each in rows],
        recorded_by=importer.requested_by,
        organisation_id=importer.organisation_id,
        now=tx.now,
    )
    links = [link_row(each, each.volunteer_id, by_import=True) for each in rows]
    await links_store.add_links(tx.connection, importer.source, Kind.VOLUNTEERS, links, tx.now)


async def _ask(tx: Transaction, importer: Importer, rows: list[Prepared]) -> set[UUID]:
    """Of those whose address is a volunteer's already: ask that volunteer whether the association may know.

    Returns the links of all about whom nothing more is to be done, also of whoever may not be asked yet.
    """
    owners = await _owners(tx, [each.mail_hash for each in rows])
    found = [(each, owners[each.mail_hash]) for each in rows if each.mail_hash in owners]
    if not found:
        return set()
    locked = await restrictions.restricted_among(tx.connection, {owner for _, owner in found})
    links = [link_row(each, owner, by_import=False, held_back=owner in locked) for each, owner in found]
    linked = await links_store.add_links(tx.connection, importer.source, Kind.VOLUNTEERS, links, tx.now)
    for each, owner in found:
        if each.link_id in linked and owner not in locked:
            tell(tx, importer.organisation_id, owner, each.link_id, was_known=True)
    # Two of its people may have one address: whoever cannot be linked is registered like anybody else.
    return linked


async def _owners(tx: Transaction, mail_hashes: Sequence[bytes]) -> dict[bytes, UUID]:
    """Whose addresses these are, their erasures held off until the commit; whoever was erased before owns none."""
    held: set[UUID] = set()
    erased: set[UUID] = set()
    while True:
        owners = await store.owners_of_mails(tx.connection, mail_hashes)
        # Read again behind the locks: meanwhile somebody may have been erased, or have proved an address.
        if held.issuperset(owners.values()):
            return {each: owner for each, owner in owners.items() if owner not in erased}
        held.update(owners.values())
        erased = await lock_subjects(tx, held)


async def _announce(tx: Transaction, importer: Importer, rows: Sequence[Prepared]) -> None:
    for place, each in enumerate(rows):
        if place % BREATH == 0:
            await asyncio.sleep(0)
        row = each.item.row
        tx.publish(VolunteerRegistered.model_validate({**each.told, "version": 1, "registered_at": tx.now}))
        tx.publish(
            VolunteerContactUpdated(
                volunteer_id=each.volunteer_id, version=1, name=row.name, mail=row.mail, language=row.language
            )
        )
        held = HeldConsent(purpose=PROCESSING, text_version=row.consent.text_version, given_at=row.consent.given_at)
        tx.publish(
            ConsentGiven(
                volunteer_id=each.volunteer_id,
                version=1,
                purpose=PROCESSING,
                text_version=row.consent.text_version,
                held=(held,),
            )
        )
        tell(tx, importer.organisation_id, each.volunteer_id, each.link_id, was_known=False)


async def _change(tx: Transaction, importer: Importer, told: list[tuple[Prepared, Link]]) -> list[Result]:
    # First of all, because an erasure locks the subjects, too, before it takes the links.
    erased = await lock_subjects(tx, {link.id for _, link in told})
    locked = await restrictions.restricted_among(tx.connection, {link.id for _, link in told})
    by_them = [(each, link) for each, link in told if link.by_import and not link.is_confirmed]
    own = [each for each, link in by_them if link.id not in erased and link.id not in locked]
    if own:
        await _correct(tx, importer, own)
    marks = [
        {
            "link_id": str(link.link_id),
            "fingerprint": each.item.fingerprint.hex(),
            "held_back": link.id in locked,
        }
        for each, link in told
    ]
    await links_store.mark_links(tx.connection, marks, tx.now)
    await _save_proofs(tx, importer, [each for each, _ in told])
    return [_unchanged(each.item, link) or _changed(each.item, link) for each, link in told]


def _unchanged(item: Incoming[VolunteerRow], link: Link | None) -> Result | None:
    """What is answered to a row that was told before, though it has an effect only now."""
    return Result(item.number, Outcome.UNCHANGED) if link and link.fingerprint == item.fingerprint else None


def _changed(item: Incoming[VolunteerRow], link: Link) -> Result:
    if link.is_confirmed:
        return Result(item.number, Outcome.UNCHANGED, (KEPT_BY_THE_PERSON,))
    return Result(item.number, Outcome.UPDATED)


async def _correct(tx: Transaction, importer: Importer, rows: list[Prepared]) -> None:
    """Write what the association says now of persons who have not answered yet; their subjects are locked."""
    ids = sorted(each.volunteer_id for each in rows)
    stored = await store.locked(tx.connection, ids)
    own = await store.own_profiles(tx.connection, ids)
    present = [each for each in rows if each.volunteer_id in stored and each.volunteer_id not in own]
    saved = []
    for each in present:
        before = stored[each.volunteer_id]
        state = Volunteer.model_validate({**dict(before.published), **each.told})
        if state != before.published or before.ages != each.ages:
            version = before.published.version + 1
            tx.publish(VolunteerUpdated(**dict(state.model_copy(update={"version": version}))))
            saved.append({**volunteer_row(each), "version": version})
    if saved:
        await store.save(tx.connection, saved, tx.now)
    await _correct_contacts(tx, importer, present)


async def _correct_contacts(tx: Transaction, importer: Importer, rows: list[Prepared]) -> None:
    contacts = await store.contacts(tx.connection, sorted(each.volunteer_id for each in rows))
    saved, told_anew = [], []
    for each in rows:
        row, before = each.item.row, contacts[each.volunteer_id]
        if (row.name, row.mail, row.language) == (before["name"], before["mail"], before["language"]):
            continue
        told = {"version": before["version"] + 1, "name": row.name, "mail": row.mail, "language": row.language}
        tx.publish(VolunteerContactUpdated(volunteer_id=each.volunteer_id, **told))
        saved.append({"volunteer_id": str(each.volunteer_id), **told, "mail_hash": each.mail_hash.hex()})
        if row.mail != before["mail"]:
            told_anew.append(each.link_id)
            tell(tx, importer.organisation_id, each.volunteer_id, each.link_id, was_known=False)
    if saved:
        await store.save_contacts(tx.connection, saved, tx.now)
    if told_anew:
        await links_store.answer_from(tx.connection, told_anew, tx.now + LINK_LIFETIME)


async def _save_proofs(tx: Transaction, importer: Importer, rows: Sequence[Prepared]) -> None:
    proofs = [{**each.plain["consent"], "link_id": str(each.link_id)} for each in rows]
    await store.save_consent_proofs(tx.connection, proofs, organisation_id=importer.organisation_id, now=tx.now)
