"""Members of an association and of the organisations under it: invited by mail, like everybody else.

How somebody signs in is never told by a source system: it is bound when they redeem the invitation.
"""

from collections.abc import Sequence
from uuid import UUID

from services.registry.handlers.audit import record
from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.known_members import Step, look_up
from services.registry.handlers.exchange.writing import Written, organisations_told, written
from services.registry.handlers.invitations import invite_people
from services.registry.handlers.members import change_membership, give_role, withdraw_membership, write_contacts
from services.registry.handlers.together import where_possible
from services.registry.models.exchange import Incoming, Kind, Link, MemberRow, Result
from services.registry.models.invitations import InviteMember
from services.registry.models.members import ChangeMembership, StoredMember
from services.registry.rules.exchange import check_told_role, too_many_invitations
from services.registry.rules.members import check_role
from services.registry.store import external_ids as links_store
from services.registry.store import invitations as invitations_store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.identity import Identity
from shared.contracts.registry import Membership
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal, not_found
from shared.runtime.settings import IssuerKind


async def write(
    tx: Transaction,
    importer: Importer,
    new: Sequence[Incoming[MemberRow]],
    changed: Sequence[tuple[Incoming[MemberRow], Link]],
) -> list[Result]:
    """Invite people, or change how they are reached."""
    rows = [item.row for item in (*new, *(item for item, _ in changed))]
    organisations = await organisations_told(tx, importer, [row.organisation for row in rows])
    caller = importer.among(organisations.values())
    left = importer.settings.imported_invitations_per_day - await links_store.invited_since_yesterday(
        tx.connection, importer.reach, tx.now
    )

    def organisation_of(row: MemberRow) -> UUID:
        if row.organisation not in organisations:
            raise not_found("organisation")
        organisation_id = organisations[row.organisation]
        check_told_role(row.role, in_own_organisation=organisation_id == importer.organisation_id)
        return organisation_id

    def person(row: MemberRow) -> tuple[UUID, InviteMember]:
        told = InviteMember(name=row.name, mail=row.mail, language=row.language, role=row.role, districts=row.districts)
        return organisation_of(row), told

    def count() -> None:
        nonlocal left
        if left <= 0:
            raise too_many_invitations()
        left -= 1

    async def create(part: Transaction, rows: Sequence[MemberRow]) -> list[Written]:
        async def ask(people: list[tuple[UUID, InviteMember]]) -> list[Written]:
            invited = await invite_people(part, caller, importer.settings, people, count)
            return [each if isinstance(each, Refusal) else each.subject_id for each in invited]

        return await where_possible(rows, person, ask)

    async def update(part: Transaction, rows: Sequence[tuple[UUID, MemberRow]]) -> list[Written]:
        known = await look_up(part, [subject_id for subject_id, _ in rows])
        found: dict[UUID, Written] = {}
        anew: list[tuple[UUID, MemberRow]] = []
        reached: list[tuple[UUID, MemberRow]] = []
        for subject_id, row in rows:
            found[subject_id] = subject_id
            try:
                organisation_id = organisation_of(row)
                own = organisation_id == importer.organisation_id
                step = known.step(subject_id, row, organisation_id, own=own)
                if step is Step.CHANGE_DISTRICTS:
                    await change_districts(part, known.members[subject_id], row)
                elif step is Step.CHANGE_ROLE:
                    held = known.changeable(subject_id, organisation_id, own=own)
                    await change_role(part, caller, known.members[subject_id], held, row)
            except Refusal as refusal:
                found[subject_id] = refusal
                continue
            if step is Step.INVITE:
                anew.append((subject_id, row))
            elif known.may_be_reached_by(subject_id, importer.reach):
                reached.append((subject_id, row))
        # Also when nobody can be invited now: whoever got the first mail may not be whom it was meant for.
        await invitations_store.end_waiting(part.connection, [subject_id for subject_id, _ in anew], part.now)
        invited = await create(part, [row for _, row in anew])
        found.update({subject_id: id_ for (subject_id, _), id_ in zip(anew, invited, strict=True)})
        await write_contacts(part, known.contacts_to_write(reached))
        return [found[subject_id] for subject_id, _ in rows]

    async def change_districts(part: Transaction, member: StoredMember, row: MemberRow) -> None:
        async with part.part() as inner:
            told = ChangeMembership(districts=row.districts)
            await change_membership(
                inner, caller, member.subject_id, organisation_of(row), row.role, member.version, told
            )

    return await written(
        tx,
        importer,
        Kind.MEMBERS,
        new,
        changed,
        create,
        update,
        lambda row: {"told_organisation_id": str(organisation_of(row)), "told_role": row.role.value},
    )


async def change_role(tx: Transaction, caller: Caller, member: StoredMember, held: Membership, row: MemberRow) -> None:
    """Another role in the same organisation, without an invitation: who they are and how they sign in is known.

    The new one is given before the old one is taken, so nobody is without a role, and erased, in between. Without
    districts in the row those of the old role stay.
    """
    async with tx.part() as inner:
        organisation = await organisations_store.organisation(inner.connection, held.organisation_id, lock=True)
        if organisation is None:
            raise not_found("organisation")
        districts = check_role(
            row.role,
            row.districts or held.districts,
            organisation_districts=organisation.districts,
            kind=organisation.kind,
            status=organisation.status,
            given_by_state_admin=False,
        )
        given = await give_role(
            inner,
            Identity(member.issuer, member.subject, IssuerKind.STAFF),
            Membership(organisation_id=held.organisation_id, role=row.role, districts=districts),
            member.subject_id,
        )
        await withdraw_membership(inner, caller, member.subject_id, held.organisation_id, held.role, given.version)
        await record(inner, caller, "changed", "membership", member.subject_id, organisation_id=held.organisation_id)
