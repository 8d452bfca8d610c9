"""Points at which a process of the sample kills or freezes itself: hooks around the real code, here in the tests only.

`SAMPLE_DIES_AT` (SIGKILL) or `SAMPLE_FREEZES_AT` (SIGSTOP) names the point: `named` (the batch is named in Postgres,
nothing is sent), `sent` (all is sent, the Kafka transaction is open), `committing` (the commit is under way),
`committed` (Kafka has it, Postgres does not know), `taken` (a consumer's transaction has committed, its offsets have
not), `taking` (in the middle of a batch).
"""

import asyncio
import os
import signal
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from shared.messaging import intake, relay
from shared.messaging.publication import Packed, Publication
from shared.messaging.subscription import Subscription

POINT = os.environ.get("SAMPLE_DIES_AT") or os.environ.get("SAMPLE_FREEZES_AT") or ""
SIGNAL = signal.SIGKILL if "SAMPLE_DIES_AT" in os.environ else signal.SIGSTOP


def _strike() -> None:
    os.kill(os.getpid(), SIGNAL)


class StruckPublication(Publication):
    """Publishes up to a point."""

    async def publish(self, batches: Iterable[Packed], batch: UUID | None = None) -> None:
        """As the original, but struck at the point told when it publishes events (not ticks)."""
        point = POINT if batch is not None else ""
        if point == "named":
            _strike()
        if point in ("sent", "committing"):
            self._producer.commit_transaction = self._struck_commit(point)
        await super().publish(batches, batch)
        if POINT == "committed":
            _strike()

    def _struck_commit(self, point: str) -> Any:
        original = self._producer.commit_transaction

        async def commit() -> None:
            committing = asyncio.ensure_future(original()) if point == "committing" else None
            if committing is not None:
                await asyncio.wait([committing], timeout=0.002)
            _strike()
            await (committing or original())

        return commit


def obey() -> None:
    """Put the hooks into place that the environment asks for."""
    if POINT in ("named", "sent", "committing", "committed"):
        setattr(relay, "Publication", StruckPublication)  # noqa: B010
    if POINT == "taken":
        original = Subscription.take

        async def take(self: Any, records: Any) -> None:
            await original(self, records)
            _strike()

        Subscription.take = take  # type: ignore[method-assign]
    if POINT == "taking":
        alone = intake.Intake.apply

        async def apply(self: Any, tx: Any, items: Any) -> None:
            await alone(self, tx, items)
            _strike()

        intake.Intake.apply = apply  # type: ignore[method-assign]
