"""A source system tells that it knows something no longer: by its own id, one thing or many.

What was only its own goes: a contact is withdrawn, a role is taken, whoever was registered by it and has not taken the
profile over is erased (Art. 17(1) DSGVO), and stays away from its imports. What is a person's own stays, only the link ends.
Of volunteers whose data may only be stored (Art. 18 DSGVO) the link ends and they stay, and no answer tells that; of staff
the link stays, too.
An organisation ends by people.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog

from services.registry.handlers import contacts, erasures, invitations
from services.registry.handlers.audit import record, record_each
from services.registry.handlers.exchange.importer import Importer, importer_of
from services.registry.handlers.members import withdraw_membership
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.models.exchange import Deleted, Kind, Link
from services.registry.rules.exchange import ends_by_people, may_be_told, role_changes_by_people, role_not_by_import
from services.registry.rules.row_faults import text_of
from services.registry.settings import RegistrySettings
from services.registry.store import contacts as contacts_store
from services.registry.store import external_ids as store
from services.registry.store import imported_volunteers, restrictions
from services.registry.store import invitations as invitations_store
from services.registry.store import members as members_store
from services.registry.store import merges as merges_store
from shared.access.callers import Caller, CallerKind
from shared.postgres.subjects import lock_subjects_for_erasure
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal

log = structlog.get_logger()

End = Callable[[Transaction, Importer, Link], Awaitable[None]]


async def delete(
    tx: Transaction, caller: Caller, settings: RegistrySettings, source: str, kind: Kind, external_id: str
) -> None:
    """One thing. Unknown, or ended before: nothing is to be done.

    Raises
    ------
    Refusal
        `source-not-found`, `organisation-ends-by-people`, `role-not-by-import`, `role-held-already`, `last-admin-stays`,
        `processing-restricted`.
    """
    importer = await importer_of(tx.connection, settings, caller, source)
    await store.lock_source(tx.connection, source)
    link = (await store.links(tx.connection, source, kind, [external_id])).get(external_id)
    if link is None:
        return
    if kind is Kind.VOLUNTEERS:
        await _end_volunteers(tx, caller, [link])
    else:
        await _end(tx, importer, caller, kind, link)


async def delete_all(
    tx: Transaction, caller: Caller, settings: RegistrySettings, source: str, kind: Kind, external_ids: Sequence[str]
) -> list[Deleted]:
    """Many: volunteers together, of all others each on its own, so that what cannot go does not stop the others."""
    importer = await importer_of(tx.connection, settings, caller, source)
    await store.lock_source(tx.connection, source)
    links = await store.links(tx.connection, source, kind, sorted(set(external_ids)))
    done: dict[str, Deleted] = {}
    if kind is Kind.VOLUNTEERS:
        await _end_volunteers(tx, caller, list(links.values()))
        done = {each: Deleted(external_id=each, outcome="deleted") for each in links}
        links = {}
    # By the ids of the persons: whoever locks several does so in this order.
    for external_id, link in sorted(links.items(), key=lambda each: each[1].id):
        try:
            async with tx.part() as part:
                await _end(part, importer, caller, kind, link)
            done[external_id] = Deleted(external_id=external_id, outcome="deleted")
        except Refusal as refusal:
            de, en = text_of(refusal.code)
            done[external_id] = Deleted(
                external_id=external_id, outcome="refused", code=refusal.code, detail_de=de, detail_en=en
            )
    return [done.get(each) or Deleted(external_id=each, outcome="unknown") for each in dict.fromkeys(external_ids)]


async def _end(tx: Transaction, importer: Importer, caller: Caller, kind: Kind, link: Link) -> None:
    concerning = link.id if kind is Kind.MEMBERS else None
    await record(tx, caller, "deleted", "external-id", link.link_id, concerning, why=kind.value)
    await _ENDS[kind](tx, importer, link)
    await store.remove_link(tx.connection, link.link_id)
    log.info("external-id-deleted", link_id=str(link.link_id), link_kind=kind.value)


async def _organisation(_tx: Transaction, _importer: Importer, _link: Link) -> None:
    raise ends_by_people()


async def _member(tx: Transaction, importer: Importer, link: Link) -> None:
    member = await members_store.member(tx.connection, link.id)
    if member is None:
        await _invitations(tx, importer, link.id)
        return
    within = [each for each in member.memberships if each.organisation_id in importer.reach]
    theirs = [each for each in within if may_be_told(each.role, own=each.organisation_id == importer.organisation_id)]
    if within and not theirs:
        raise role_not_by_import()
    if link.told_role is not None:
        # Somebody with two roles has two ids: the other role stays.
        theirs = [
            each for each in theirs if (each.organisation_id, each.role) == (link.told_organisation_id, link.told_role)
        ]
    elif len(theirs) > 1:
        raise role_changes_by_people()
    if theirs:
        # With the last role they would even be erased.
        await refuse_if_restricted(tx.connection, link.id)
    version = member.version
    for each in theirs:
        acting = importer.among([each.organisation_id])
        left = await withdraw_membership(tx, acting, link.id, each.organisation_id, each.role, version)
        version = left.version


async def _invitations(tx: Transaction, importer: Importer, subject_id: UUID) -> None:
    for invitation in await invitations_store.waiting_for(tx.connection, subject_id):
        if invitation.organisation_id in importer.reach:
            acting = importer.among([invitation.organisation_id])
            await invitations.revoke(tx, acting, invitation.invitation_id, invitation.version)


async def _contact(tx: Transaction, importer: Importer, link: Link) -> None:
    contact = await contacts_store.contact(tx.connection, link.id)
    if contact is not None:
        if contact.subject_id is not None:
            await refuse_if_restricted(tx.connection, contact.subject_id)
        acting = importer.among([contact.organisation_id])
        await contacts.withdraw_contact(tx, acting, contact.contact_id, contact.version)


async def _end_volunteers(tx: Transaction, caller: Caller, links: Sequence[Link]) -> None:
    """End links of volunteers, none of which can be refused; erasures are each their own, all else is set-based."""
    if not links:
        return
    concerned = [(link.link_id, link.id) for link in links]
    await record_each(tx, caller, "deleted", "external-id", concerned, why=Kind.VOLUNTEERS.value)
    ids = await merges_store.ids_of(tx.connection, *(link.id for link in links))
    await lock_subjects_for_erasure(tx, ids)
    # Read again behind the locks: meanwhile they may have come to somebody else by a merge, or have been answered.
    found = await store.links_locked(tx.connection, [link.link_id for link in links])
    theirs = [link.id for link in found if link.by_import and not link.is_confirmed]
    kept = await imported_volunteers.own_profiles(tx.connection, theirs)
    kept |= await restrictions.restricted_among(tx.connection, theirs)
    for volunteer_id in sorted(set(theirs) - kept):
        await erasures.request_erasure(tx, Caller(CallerKind.VOLUNTEER, None, volunteer_id), volunteer_id)
    # Whether they were here before or not: told again, nobody learns which it was.
    await store.suppress_links(tx.connection, [link.link_id for link in found], tx.now)
    log.info("external-ids-deleted", links_count=len(links), link_kind=Kind.VOLUNTEERS.value)


_ENDS: dict[Kind, End] = {
    Kind.ORGANISATIONS: _organisation,
    Kind.MEMBERS: _member,
    Kind.CONTACTS: _contact,
}
