"""Volunteers of an association, with proof that they consented.

The association has asked the person, so there is no second opt-in before the registration; but the person is told at once
(Art. 14 DSGVO) by whom, and one link in that mail undoes it for good (Art. 17, 21 DSGVO). Until they answer the
association may correct what it told; from then on it is their own and no import writes into it. The address is what the
association says it is, and nobody's until it is proved: it keeps nobody from registering with it.

Whether somebody was here before is not told to the association: the row is accepted alike, the person is asked, and
nothing is exchanged about them before they agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.registry.handlers.exchange.importer import Importer
from services.registry.models.addresses import mail_hash
from services.registry.models.ages import Ages
from services.registry.models.exchange import Incoming, Kind, Link, Outcome, Result, RowFault, VolunteerRow
from services.registry.models.places import NamedDistrict
from services.registry.rules.ages import ages_of
from services.registry.rules.places import chosen_district
from services.registry.store import external_ids as links_store
from services.registry.store import imported_volunteers as store
from shared.contracts.registry import (
    ConsentGiven,
    HeldConsent,
    Volunteer,
    VolunteerContactUpdated,
    VolunteerImported,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id

LINK_LIFETIME = timedelta(days=60)
"""So long the link in the mail counts; the right to object does not end with it: whoever signs in can do so at any time."""
CLOCKS_APART = timedelta(minutes=5)
KEPT_BY_THE_PERSON = RowFault("#", "kept-by-the-person")
PROCESSING = "processing"


@dataclass(frozen=True)
class _Prepared:
    """A row of which everything is known."""

    item: Incoming[VolunteerRow]
    volunteer_id: UUID
    link_id: UUID
    district: str
    ages: Ages
    mail_hash: bytes
    plain: Mapping[str, Any]
    """The row, JSON-ready: made once, because many are told at a time."""


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
        prepared = _prepared(tx, item, link, districts)
        if isinstance(prepared, Result):
            results.append(prepared)
        elif link is None:
            to_add.append(prepared)
        else:
            to_change.append((prepared, link))
    results += await _add(tx, importer, to_add) if to_add else []
    results += await _change(tx, importer, to_change) if to_change else []
    return results


def _prepared(
    tx: Transaction,
    item: Incoming[VolunteerRow],
    link: Link | None,
    districts: Mapping[str, list[NamedDistrict]],
) -> _Prepared | Result:
    row = item.row
    if row.consent.given_at > tx.now + CLOCKS_APART:
        return _refused(item, "#/consent/given_at", "consent-in-the-future")
    if row.postal_code not in districts:
        return _refused(item, "#/postal_code", "postal-code-unknown")
    pointer = "#/district"
    try:
        district = chosen_district(districts[row.postal_code], row.district)
        pointer = "#/birth_date"
        ages = ages_of(row.birth_date, tx.now.astimezone(BERLIN).date())
    except Refusal as refusal:
        return _refused(item, pointer, refusal.code)
    return _Prepared(
        item,
        link.id if link else new_id(),
        link.link_id if link else new_id(),
        district,
        ages,
        mail_hash(row.mail),
        row.model_dump(mode="json"),
    )


async def _add(tx: Transaction, importer: Importer, rows: list[_Prepared]) -> list[Result]:
    asked = await _ask(tx, importer, rows)
    added = [each for each in rows if each.link_id not in asked]
    if added:
        await store.add_contacts(tx.connection, [_contact(each) for each in added])
        await store.add(
            tx.connection,
            [_row(each) for each in added],
            recorded_by=importer.requested_by,
            organisation_id=importer.organisation_id,
            now=tx.now,
        )
        links = [_link(each, each.volunteer_id, by_import=True) for each in added]
        await links_store.add_links(tx.connection, importer.source, Kind.VOLUNTEERS, links, tx.now)
        for each in added:
            _announce(tx, importer, each)
    await _save_proofs(tx, importer, rows)
    return [Result(each.item.number, Outcome.CREATED) for each in rows]


async def _ask(tx: Transaction, importer: Importer, rows: list[_Prepared]) -> set[UUID]:
    """Of those whose address is a volunteer's already: ask that volunteer whether the association may know. Which links."""
    owners = await _owners(tx, [each.mail_hash for each in rows])
    known = [(each, owners[each.mail_hash]) for each in rows if each.mail_hash in owners]
    if not known:
        return set()
    links = [_link(each, owner, by_import=False) for each, owner in known]
    linked = await links_store.add_links(tx.connection, importer.source, Kind.VOLUNTEERS, links, tx.now)
    for each, owner in known:
        if each.link_id in linked:
            _tell(tx, importer, owner, each.link_id, was_known=True)
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


def _announce(tx: Transaction, importer: Importer, each: _Prepared) -> None:
    row = each.item.row
    tx.publish(VolunteerRegistered.model_validate({**_told(each), "version": 1, "registered_at": tx.now}))
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
    _tell(tx, importer, each.volunteer_id, each.link_id, was_known=False)


async def _change(tx: Transaction, importer: Importer, rows: list[tuple[_Prepared, Link]]) -> list[Result]:
    own = [each for each, link in rows if link.by_import and not link.is_confirmed]
    if own:
        # First, because it locks the subjects: an erasure locks those, too, before it takes the links.
        await _correct(tx, importer, own)
    await links_store.mark_links(
        tx.connection,
        [{"link_id": str(link.link_id), "fingerprint": each.item.fingerprint.hex()} for each, link in rows],
        tx.now,
    )
    await _save_proofs(tx, importer, [each for each, _ in rows])
    return [
        Result(each.item.number, Outcome.UNCHANGED, (KEPT_BY_THE_PERSON,))
        if link.is_confirmed
        else Result(each.item.number, Outcome.UPDATED)
        for each, link in rows
    ]


async def _correct(tx: Transaction, importer: Importer, rows: list[_Prepared]) -> None:
    """Write what the association says now of persons who have not answered yet."""
    erased = await lock_subjects(tx, [each.volunteer_id for each in rows])
    ids = sorted(each.volunteer_id for each in rows if each.volunteer_id not in erased)
    stored = await store.locked(tx.connection, ids)
    # Whose data may only be stored (Art. 18 DSGVO) is left as they are.
    present = [each for each in rows if each.volunteer_id in stored and not stored[each.volunteer_id].restricted]
    saved = []
    for each in present:
        before = stored[each.volunteer_id]
        state = Volunteer.model_validate({**dict(before.published), **_told(each)})
        if state != before.published or before.ages != each.ages:
            version = before.published.version + 1
            tx.publish(VolunteerUpdated(**dict(state.model_copy(update={"version": version}))))
            saved.append({**_row(each), "version": version})
    if saved:
        await store.save(tx.connection, saved)
    await _correct_contacts(tx, importer, present)


async def _correct_contacts(tx: Transaction, importer: Importer, rows: list[_Prepared]) -> None:
    contacts = await store.contacts(tx.connection, sorted(each.volunteer_id for each in rows))
    saved = []
    for each in rows:
        row, before = each.item.row, contacts[each.volunteer_id]
        if (row.name, row.mail, row.language) == (before["name"], before["mail"], before["language"]):
            continue
        told = {"version": before["version"] + 1, "name": row.name, "mail": row.mail, "language": row.language}
        tx.publish(VolunteerContactUpdated(volunteer_id=each.volunteer_id, **told))
        saved.append({"volunteer_id": str(each.volunteer_id), **told, "mail_hash": each.mail_hash.hex()})
        if row.mail != before["mail"]:
            _tell(tx, importer, each.volunteer_id, each.link_id, was_known=False)
    if saved:
        await store.save_contacts(tx.connection, saved)


async def _save_proofs(tx: Transaction, importer: Importer, rows: Sequence[_Prepared]) -> None:
    proofs = [{**each.plain["consent"], "link_id": str(each.link_id)} for each in rows]
    await store.save_consent_proofs(tx.connection, proofs, organisation_id=importer.organisation_id, now=tx.now)


def _tell(tx: Transaction, importer: Importer, volunteer_id: UUID, link_id: UUID, *, was_known: bool) -> None:
    tx.publish(
        VolunteerImported(
            volunteer_id=volunteer_id,
            link_id=link_id,
            organisation_id=importer.organisation_id,
            was_known=was_known,
            expires_at=tx.now + LINK_LIFETIME,
        )
    )


def _told(each: _Prepared) -> dict[str, Any]:
    """What is published of a row; each list of terms in its order, each term once."""
    plain = each.plain
    return {
        "volunteer_id": each.volunteer_id,
        "languages": plain["languages"],
        "availability": plain["availability"],
        "reach_km": plain["reach_km"],
        "postal_code": plain["postal_code"],
        "skills": sorted(set(plain["skills"])),
        "wishes": sorted(set(plain["wishes"])),
        "travel": sorted(set(plain["travel"])),
        "district": each.district,
        "age_reached": each.ages.reached,
    }


def _row(each: _Prepared) -> dict[str, Any]:
    """A row of `volunteers`, JSON-ready."""
    consent = each.plain["consent"]
    return {
        **_told(each),
        "volunteer_id": str(each.volunteer_id),
        "language": each.plain["language"],
        "reaches_16_on": each.ages.reaches_16_on,
        "reaches_18_on": each.ages.reaches_18_on,
        "text_version": consent["text_version"],
        "given_at": consent["given_at"],
    }


def _contact(each: _Prepared) -> dict[str, Any]:
    row = each.item.row
    return {
        "volunteer_id": str(each.volunteer_id),
        "name": row.name,
        "mail": row.mail,
        "mail_hash": each.mail_hash.hex(),
        "language": row.language,
    }


def _link(each: _Prepared, volunteer_id: UUID, *, by_import: bool) -> dict[str, Any]:
    return {
        "link_id": str(each.link_id),
        "external_id": each.item.external_id,
        "id": str(volunteer_id),
        "digest": each.item.digest.hex(),
        "fingerprint": each.item.fingerprint.hex(),
        "by_import": by_import,
    }


def _refused(item: Incoming[VolunteerRow], pointer: str, code: str) -> Result:
    return Result(item.number, Outcome.REFUSED, (RowFault(pointer, code),))
