"""Whether everything has come to rest: nothing waits in an outbox or to be sent, every consumer has taken in all."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from shared.contracts.topics import SERVICES
from shared.messaging.consumer import COMMIT_SECONDS, MEASURE_SECONDS
from tests.faults.checker.persons import erasures_open
from tests.faults.leaving import Leaving
from tests.faults.platform import ShakenPlatform
from tests.support.waiting import eventually
from tests.system.ledger.comparison import settled
from tests.system.ledger.ledger import Ledger

MEASURED_WITHIN = MEASURE_SECONDS + 2 * COMMIT_SECONDS
UNSENT = "SELECT count(*) AS number FROM notifications.deliveries WHERE settled_at IS NULL"
IMPORTED = "SELECT count(*) AS number FROM notifications.deliveries WHERE mail = 'volunteer-imported'"


@dataclass
class Rest:
    """What a platform is at rest from."""

    platform: ShakenPlatform
    ledger: Ledger
    leaving: Leaving
    _since: float | None = field(default=None, init=False)

    async def wait(self, seconds: float) -> list[str]:
        """Until everything has come to rest, so many seconds at most; what had not."""
        try:
            await eventually(lambda: asyncio.to_thread(self._is_now), timeout=seconds, every=1)
        except AssertionError:
            left = await asyncio.to_thread(self._left)
            return [
                f"had not come to rest after {seconds:.0f} s: {each}"
                for each in left or ["at no time for long enough, or the ledger says something else"]
            ]
        return []

    def all_told_of_imports(self, people: int) -> bool:
        """Whether everybody in an association's files has their mail."""
        return self._number(IMPORTED) >= people and not self._number(UNSENT)

    def _is_now(self) -> bool:
        if not (settled(self.platform, self.ledger) and not any(self._open())):
            self._since = None
            return False
        if self._since is None:
            self._since = time.monotonic()
        # Workers measure every few seconds how far each of their groups has come: that has to be later than all else.
        return time.monotonic() - self._since > MEASURED_WITHIN and not self._behind()

    def _left(self) -> list[str]:
        """What keeps it from rest; the ledger's own differences are another question's."""
        return [*self._open(), *self._behind()]

    def _open(self) -> list[str]:
        waiting = {service: self._number(f"SELECT count(*) AS number FROM {service}.outbox") for service in SERVICES}
        found = [f"{number} events wait in the outbox of {service}" for service, number in waiting.items() if number]
        if unsent := self._number(UNSENT):
            found.append(f"{unsent} mails are not sent")
        return found + erasures_open(self.platform, self.leaving.erased)

    def _behind(self) -> list[str]:
        """Consumers that have not taken in all that is in their topics, as their workers say."""
        found: list[str] = []
        for worker in self.platform.processes.values():
            if worker.kind != "worker":
                continue
            try:
                metrics = httpx.get(worker.url + "/metrics", timeout=10).text
            except httpx.HTTPError as error:
                found.append(f"{worker.name} does not say how far it is: {type(error).__name__}")
                continue
            lags = [
                (sample.labels, sample.value)
                for family in text_string_to_metric_families(metrics)
                for sample in family.samples
                if sample.name == "tandem_consumer_lag"
            ]
            if not lags:
                found.append(f"{worker.name} does not say how far it is")
            found += [f"{worker.name} is {value:.0f} records behind: {labels}" for labels, value in lags if value]
        return found

    def _number(self, query: str) -> int:
        (row,) = self.platform.rows(query)
        number: int = row["number"]
        return number
