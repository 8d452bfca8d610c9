"""What a coordinator sent of a plan goes out as invitations, one offer or shift at a time, in the coordinator's name."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from services.matching.handlers.invitations import invite
from services.matching.models.plans import PairingStatus, ToInvite
from services.matching.settings import MatchingSettings
from services.matching.store import plans as store
from shared.access.callers import caller_of_member
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal

log = structlog.get_logger()

AT_ONCE = 50

Outcome = tuple[PairingStatus, str | None, UUID | None]
"""What became of it, why it could not be sent, the placement."""


async def invite_next(tx: Transaction, settings: MatchingSettings) -> int:
    """A timer's step: the invitations of one offer or shift. What has changed since is refused, pairing by pairing."""
    found = await store.next_to_invite(tx.connection, AT_ONCE)
    # Persons are locked before rows that an erasure deletes, as everywhere.
    await lock_subjects(tx, {each.volunteer_id for each in found})
    sent = await store.lock_to_invite(tx.connection, [each.pairing_id for each in found])
    if not sent:
        return len(found)
    first = sent[0]
    outcomes = await _invited(tx, sent, settings)
    for each in sent:
        status, refusal, placement_id = outcomes[each.volunteer_id]
        await store.move_pairing(tx.connection, each.pairing_id, status, refusal=refusal, placement_id=placement_id)
    log.info("plan-invitations-sent", plan_id=str(first.plan_id), count=len(sent))
    return len(sent)


async def _invited(tx: Transaction, sent: Sequence[ToInvite], settings: MatchingSettings) -> dict[UUID, Outcome]:
    """By volunteer, what became of the invitation; all of `sent` are for one offer or shift and of one coordinator."""
    first = sent[0]
    people = [each.volunteer_id for each in sent]
    caller = await caller_of_member(tx.connection, first.invited_for)
    try:
        async with tx.part() as part:
            made = await invite(part, caller, first.offer_id, people, settings, shift_id=first.shift_id)
    except Refusal as refusal:
        return dict.fromkeys(people, (PairingStatus.REFUSED, refusal.code, None))
    outcomes: dict[UUID, Outcome] = {
        left.volunteer_id: (PairingStatus.REFUSED, left.because.value, None) for left in made.left_out
    }
    for view in made.invited:
        outcomes[view.placement.volunteer_id] = (PairingStatus.INVITED, None, view.placement.placement_id)
    return outcomes
