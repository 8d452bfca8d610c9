"""Members of an association and of the organisations under it: invited by mail, like everybody else.

How somebody signs in is never told by a source system: it is bound when they redeem the invitation.
"""

from collections.abc import Sequence
from uuid import UUID

from services.registry.handlers.exchange.importer import Importer
from services.registry.handlers.exchange.writing import Written, each_alone, organisations_told, written
from services.registry.handlers.invitations import invite_people
from services.registry.handlers.members import change_membership, write_contact
from services.registry.handlers.together import only, where_possible
from services.registry.models.exchange import Incoming, Kind, Link, MemberRow, Result
from services.registry.models.invitations import InviteMember
from services.registry.models.members import ChangeMembership
from services.registry.rules.exchange import check_told_role, role_changes_by_people, too_many_invitations
from services.registry.store import external_ids as links_store
from services.registry.store import members as store
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal, not_found


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

    async def update(part: Transaction, subject_id: UUID, row: MemberRow) -> UUID:
        organisation_id = organisation_of(row)
        member = await store.member(part.connection, subject_id)
        if member is None or not member.memberships:
            return await invited_before(part, subject_id, organisation_id, row)
        held = next((m for m in member.memberships if (m.organisation_id, m.role) == (organisation_id, row.role)), None)
        if held is None:
            raise role_changes_by_people()
        await lock_subject(part, subject_id)
        if row.districts and set(row.districts) != set(held.districts):
            await change_membership(
                part,
                caller,
                subject_id,
                organisation_id,
                row.role,
                member.version,
                ChangeMembership(districts=row.districts),
            )
        if {m.organisation_id for m in member.memberships} <= importer.reach:
            await reach_by(part, subject_id, row)
        return subject_id

    async def invited_before(part: Transaction, subject_id: UUID, organisation_id: UUID, row: MemberRow) -> UUID:
        invited = await links_store.invited_role(part.connection, subject_id, part.now)
        if invited is None:
            # It was not redeemed in time, was revoked, or the last role has gone: whoever is told again is invited again.
            return only(await create(part, [row]))
        await lock_subject(part, subject_id)
        contact = await links_store.member_contact(part.connection, subject_id)
        if (invited.organisation_id, invited.role) != (organisation_id, row.role) or (
            row.districts and set(row.districts) != set(invited.districts)
        ):
            raise role_changes_by_people()
        if contact is not None and contact[1] != row.mail:
            return only(await create(part, [row]))  # the mail went elsewhere; what it offers expires by itself
        await reach_by(part, subject_id, row)
        return subject_id

    return await written(tx, importer, Kind.MEMBERS, new, changed, create, each_alone(update))


async def reach_by(tx: Transaction, subject_id: UUID, row: MemberRow) -> None:
    """Write how somebody is reached, when that has changed."""
    contact = await links_store.member_contact(tx.connection, subject_id)
    if contact != (row.name, row.mail, row.language):
        await write_contact(tx, subject_id, row.name, row.mail, row.language)
