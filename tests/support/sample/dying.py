"""Points at which a process of the sample kills itself with SIGKILL: hooks around the real code, here in the tests only.

`SAMPLE_DIES_AT` names the point: `named` (the batch is named in Postgres, nothing is sent), `sent` (all is sent, the Kafka
transaction is open), `committing` (the commit is under way), `committed` (Kafka has it, Postgres does not know),
`taken` (a consumer's transaction has committed, its offsets have not), `taking` (in the middle of a batch).
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from shared.messaging import consumer, intake, relay
from shared.messaging.publication import Publication


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingPublication(Publication):
    """Publishes up to a point."""

    async def publish(self, records: Mapping[Any, Sequence[Any]], batch: UUID | None = None) -> None:
        """As the original, but it ends at the point told when it publishes events (not ticks)."""
        point = os.environ["SAMPLE_DIES_AT"] if batch is not None else ""
        if point == "named":
            _die()
        if point in ("sent", "committing"):
            self._producer.commit_transaction = self._dying_commit(point)
        await super().publish(records, batch)
        if point == "committed":
            _die()

    def _dying_commit(self, point: str) -> Any:
        original = self._producer.commit_transaction

        async def commit() -> None:
            if point == "committing":
                committing = asyncio.ensure_future(original())
                for _ in range(3):
                    await asyncio.sleep(0)
                await asyncio.wait([committing], timeout=0.002)
            _die()

        return commit


def obey() -> None:
    """Put the hooks into place that the environment asks for."""
    point = os.environ.get("SAMPLE_DIES_AT", "")
    if point in ("named", "sent", "committing", "committed"):
        setattr(relay, "Publication", DyingPublication)  # noqa: B010
    if point == "taken":
        original = consumer.Subscription.take

        async def take(self: Any, records: Any) -> None:
            await original(self, records)
            _die()

        consumer.Subscription.take = take  # type: ignore[method-assign]
    if point == "taking":
        alone = intake.Intake.apply

        async def apply(self: Any, tx: Any, items: Any) -> None:
            await alone(self, tx, items)
            _die()

        intake.Intake.apply = apply  # type: ignore[method-assign]
