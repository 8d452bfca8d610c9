"""Two registrations of one person were merged, or that was undone: their tandems move along, with the placements.

A tandem within a placement that was given up has ended with it; when the merge is undone and the placement is there again,
so is the tandem, as it was, unless its other side has found somebody else or was closed. Nobody is written to.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.matching.handlers.offer_states import calendar_day
from services.matching.handlers.tandems import announce, pair
from services.matching.models.tandems import CounterpartStatus
from services.matching.rules import tandems as rules
from services.matching.store import check_ins, counterparts
from services.matching.store import tandems as store
from shared.contracts.tandems import TandemUpdated
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id


async def hand_over(tx: Transaction, from_id: UUID, to_id: UUID, only: Sequence[UUID] | None = None) -> list[UUID]:
    """Tandems go on under another id of the volunteer: all, or only some; which did. Their offers' rows are locked."""
    found = await store.of_volunteers(tx.connection, from_id)
    chosen = found if only is None else [tandem_id for tandem_id in found if tandem_id in set(only)]
    for tandem_id in chosen:
        view = await store.locked(tx.connection, tandem_id)
        if view is not None:
            moved = replace(view.tandem, version=view.tandem.version + 1, volunteer_id=to_id)
            await store.move(tx.connection, moved)
            announce(tx, moved, TandemUpdated)
    return chosen


async def take_up_again(tx: Transaction, placement_ids: Sequence[UUID]) -> None:
    """Tandems that ended because these placements were over, which they are no longer. Their offers' rows are locked."""
    for tandem_id in await store.ended_with_placements(tx.connection, placement_ids):
        view = await store.locked(tx.connection, tandem_id)
        if view is None or view.placement_status not in rules.PROPOSABLE or view.tandem.counterpart_id is None:
            continue
        other = await counterparts.locked(tx.connection, view.tandem.counterpart_id)
        if other is None or other.status is not CounterpartStatus.OPEN:
            continue
        again = rules.taken_up_again(view.tandem, tx.now)
        await store.move(tx.connection, again)
        await pair(tx, again.counterpart_id, CounterpartStatus.PAIRED)
        if again.status in rules.RUNNING:
            due_on = rules.next_due(again.check_in_days, calendar_day(tx.now))
            await check_ins.add(tx.connection, new_id(), tandem_id, due_on)
        announce(tx, again, TandemUpdated)
