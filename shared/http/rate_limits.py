"""How often something may be done: fixed windows of time in Postgres, shared by all processes of a service.

What is limited (an address, a client) is kept only as a hash under a key that changes daily and is forgotten.
"""

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.http.settings import HttpSettings
from shared.postgres.database import Database
from shared.postgres.queries import load_queries
from shared.runtime.errors import Reason, Refusal
from shared.telemetry.metrics import Metrics

SALT_BYTES = 32

queries: Any = load_queries(__file__)


@dataclass(frozen=True)
class Limit:
    """At most `count` in each window of `seconds` (a day at most). The operator may set others by the limit's name."""

    name: str
    count: int
    seconds: int


@dataclass
class RateLimits:
    """The limits of one process."""

    database: Database
    settings: HttpSettings
    metrics: Metrics
    _salts: dict[date, bytes] = field(default_factory=dict)

    async def take(self, limit: Limit, subject: str) -> None:
        """Count one use, in a short transaction of its own: an attempt counts even when it is refused later.

        Raises
        ------
        Refusal
            `too-many-requests`, with the seconds until the window ends.
        """
        override = self.settings.rate_limits.get(limit.name)
        count, seconds = (override.count, override.seconds) if override else (limit.count, limit.seconds)
        now = self.database.clock.now()
        start = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
        end = start + timedelta(seconds=seconds)
        async with self.database.reading() as connection:
            salt = await self._salt(connection, start.date())
            used = await queries.take_from_limit(
                connection,
                name=limit.name,
                subject=hmac.digest(salt, f"{limit.name}\x00{subject.casefold()}".encode(), hashlib.sha256),
                window_start=start,
                window_end=end,
            )
        if used > count:
            self.metrics.rate_limited_total.labels(limit.name).inc()
            wait = max(1.0, (end - now).total_seconds())
            minutes = math.ceil(wait / 60)
            raise Refusal(
                Reason.TOO_MANY,
                "too-many-requests",
                de=f"Das war sehr oft. Bitte versuchen Sie es in {minutes} min wieder.",
                en=f"That was very often. Please try again in {minutes} min.",
                retry_after_seconds=wait,
            )

    async def _salt(self, connection: Any, day: date) -> bytes:
        if day not in self._salts:
            await queries.add_salt(connection, day=day, salt=secrets.token_bytes(SALT_BYTES))
            self._salts = {day: await queries.salt_of_day(connection, day=day)}
        return self._salts[day]
