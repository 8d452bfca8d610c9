"""What is known of people of whom a source system tells again: invited, members, how they are reached."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from services.registry.handlers.restrictions import processing_restricted
from services.registry.models.exchange import MemberRow
from services.registry.models.members import MemberContact, StoredMember
from services.registry.rules.exchange import may_be_told, role_changes_by_people
from services.registry.store import external_ids as links_store
from services.registry.store import members as store
from services.registry.store import restrictions
from shared.contracts.registry import Membership
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction


class Step(Enum):
    """What a row comes to, besides how somebody is reached."""

    NOTHING = auto()
    INVITE = auto()
    CHANGE_DISTRICTS = auto()
    CHANGE_ROLE = auto()


@dataclass(frozen=True)
class KnownMembers:
    """By subject id; whoever is missing is not known (any more)."""

    members: Mapping[UUID, StoredMember]
    invited: Mapping[UUID, Membership]
    contacts: Mapping[UUID, MemberContact]
    restricted: frozenset[UUID]
    """Whose data may only be stored (Art. 18 DSGVO)."""

    def step(self, subject_id: UUID, row: MemberRow, organisation_id: UUID, *, own: bool) -> Step:
        """What is to be done for a row.

        Raises
        ------
        Refusal
            `processing-restricted`.
            `role-held-already`: a role that people gave, one of several, or elsewhere, and an invitation to other
            districts are changed by people.
        """
        if subject_id in self.restricted:
            raise processing_restricted()
        member, invited = self.members.get(subject_id), self.invited.get(subject_id)
        if member is not None and member.memberships:
            held = next(
                (m for m in member.memberships if (m.organisation_id, m.role) == (organisation_id, row.role)), None
            )
            if held is None:
                self.changeable(subject_id, organisation_id, own=own)
                return Step.CHANGE_ROLE
            return Step.CHANGE_DISTRICTS if _others(row, held) else Step.NOTHING
        if invited is None:
            # It was not redeemed in time, was revoked, or the last role has gone: whoever is told again is invited again.
            return Step.INVITE
        if (invited.organisation_id, invited.role) != (organisation_id, row.role) or _others(row, invited):
            raise role_changes_by_people()
        contact = self.contacts.get(subject_id)
        # The mail went elsewhere: what it offers ends with the new invitation.
        return Step.NOTHING if contact is None or contact.mail == row.mail else Step.INVITE

    def changeable(self, subject_id: UUID, organisation_id: UUID, *, own: bool) -> Membership:
        """The one role in an organisation for which a source system may tell another one.

        Raises
        ------
        Refusal
            `role-held-already`: there is none, it is not the only one, or it is no role that a source system takes.
        """
        held = [m for m in self.members[subject_id].memberships if m.organisation_id == organisation_id]
        if len(held) != 1 or not may_be_told(held[0].role, own=own):
            raise role_changes_by_people()
        return held[0]

    def may_be_reached_by(self, subject_id: UUID, reach: Collection[UUID]) -> bool:
        """Whether the source system says how somebody is reached: not when they are elsewhere, too."""
        member = self.members.get(subject_id)
        return member is None or all(m.organisation_id in reach for m in member.memberships)

    def contacts_to_write(self, rows: Sequence[tuple[UUID, MemberRow]]) -> list[MemberContact]:
        """How people are reached from now on, of those for whom that is something else."""
        found = []
        for subject_id, row in rows:
            before = self.contacts.get(subject_id)
            if before is None or (before.name, before.mail, before.language) != (row.name, row.mail, row.language):
                version = 1 if before is None else before.version + 1
                found.append(MemberContact(subject_id, version, row.name, row.mail, row.language))
        return found


async def look_up(tx: Transaction, subject_ids: Sequence[UUID]) -> KnownMembers:
    """What is known of them, their erasures held off until the commit."""
    await lock_subjects(tx, subject_ids)
    members = await store.members(tx.connection, subject_ids)
    return KnownMembers(
        {each.subject_id: each for each in members},
        await links_store.invited_roles(tx.connection, subject_ids, tx.now),
        await store.contacts_locked(tx.connection, subject_ids),
        await restrictions.restricted_among(tx.connection, subject_ids),
    )


def _others(row: MemberRow, held: Membership) -> bool:
    return bool(row.districts) and set(row.districts) != set(held.districts)
