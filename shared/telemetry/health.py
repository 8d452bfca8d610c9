"""Health of a process, by its real progress: live (restart it when not) and ready (send it work).

A check returns whether it holds and a reason code, a word of ours: nothing secret, nothing personal.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.telemetry.logging import get_logger
from shared.telemetry.metrics import Metrics

Outcome = tuple[bool, str]
"""Does it hold, and a reason code ("ok", "database-away", …)."""
Check = Callable[[], Outcome | Awaitable[Outcome]]

log = get_logger()


@dataclass
class Health:
    """The named checks of one process. A check that fails or takes longer than `seconds_at_most` does not hold."""

    seconds_at_most: float = 2.0
    _live: dict[str, Check] = field(default_factory=dict)
    _ready: dict[str, Check] = field(default_factory=dict)

    def live(self, name: str, check: Check) -> None:
        """The process is stuck for good when this does not hold."""
        self._live[name] = check

    def ready(self, name: str, check: Check) -> None:
        """The process cannot do its work now when this does not hold."""
        self._ready[name] = check

    async def is_live(self) -> tuple[bool, dict[str, str]]:
        """All live checks: do they hold, and the reason of each."""
        return await self._all(self._live)

    async def is_ready(self) -> tuple[bool, dict[str, str]]:
        """All ready checks: do they hold, and the reason of each."""
        return await self._all(self._ready)

    async def _all(self, checks: dict[str, Check]) -> tuple[bool, dict[str, str]]:
        outcomes = await asyncio.gather(*(self._one(name, check) for name, check in checks.items()))
        reasons = {name: reason for name, (_, reason) in zip(checks, outcomes, strict=True)}
        return all(holds for holds, _ in outcomes), reasons

    async def _one(self, name: str, check: Check) -> Outcome:
        try:
            outcome = check()
            if inspect.isawaitable(outcome):
                return await asyncio.wait_for(outcome, self.seconds_at_most)
            return outcome
        except TimeoutError:
            return False, "no-answer"
        except Exception as error:
            log.warning("health-check-failed", check=name, error=error)
            return False, "failed"


def health_routes(health: Health, metrics: Metrics) -> list[BaseRoute]:
    """`/health/live`, `/health/ready` (200 or 503) and `/metrics`."""

    async def live(_request: Request) -> Response:
        return _answer(*await health.is_live())

    async def ready(_request: Request) -> Response:
        return _answer(*await health.is_ready())

    async def exposition(_request: Request) -> Response:
        return Response(metrics.exposition(), media_type=Metrics.content_type)

    return [
        Route("/health/live", live, include_in_schema=False),
        Route("/health/ready", ready, include_in_schema=False),
        Route("/metrics", exposition, include_in_schema=False),
    ]


def health_app(health: Health, metrics: Metrics) -> Starlette:
    """The small HTTP application of a worker."""
    return Starlette(routes=health_routes(health, metrics))


def _answer(holds: bool, reasons: dict[str, str]) -> Response:
    body = orjson.dumps({"status": "ok" if holds else "unavailable", "checks": reasons})
    headers = {"Cache-Control": "no-store"}
    return Response(body, 200 if holds else 503, headers, "application/json")
