"""How long the platform takes to be well again: a write in one service until it is seen in the next, over and over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from deploy.local.journey.organisation import DISTRICT, POSTAL_CODE
from deploy.local.journey.walk import Walk
from tests.faults.platform import ShakenPlatform
from tests.support.waiting import eventually
from tests.system.ledger.persistence import Persistence

WELL_SECONDS = 1.0
PATIENCE = 300.0


@dataclass
class Probe:
    """An offer, a course and a volunteer of the probe's own, each changed and looked for in another service."""

    platform: ShakenPlatform
    calls: Persistence
    staff: Walk
    volunteer: Any
    patience: float = PATIENCE
    """Seconds after which it counts as never well."""
    lately: dict[str, float] = field(default_factory=dict)
    """Of the last look: seconds until each change was seen."""
    _offer: dict[str, Any] | None = None
    _course: dict[str, Any] | None = None
    _turn: int = 0

    async def until_well(self) -> float:
        """Seconds until a change in each of three services is seen in the next within `WELL_SECONDS`."""
        begun = time.monotonic()
        while await self.look() > WELL_SECONDS:
            if time.monotonic() - begun > self.patience:
                raise AssertionError(f"not well {self.patience:.0f} s after it was healed")
        return time.monotonic() - begun

    async def look(self) -> float:
        """Change something in each of three services; seconds until the next has seen the slowest of them."""
        begun = time.monotonic()
        ways = {
            "matching": self._through_matching,
            "training": self._through_training,
            "registry": self._through_registry,
        }

        async def timed(name: str, way: Callable[[], Awaitable[None]]) -> None:
            await way()
            self.lately[name] = round(time.monotonic() - begun, 2)

        try:
            async with asyncio.timeout(self.patience):
                await asyncio.gather(*(timed(name, way) for name, way in ways.items()))
        except TimeoutError:
            raise AssertionError(f"not well: nothing was seen in {self.patience:.0f} s, lately {self.lately}") from None
        return time.monotonic() - begun

    async def _through_matching(self) -> None:
        organisation, coordinator = self.staff.organisation_id, self.staff.people.coordinator
        self._turn += 1
        if self._offer is None:
            body = {
                "organisation_id": organisation,
                "title": "Probe (Demo)",
                "topic": "homework",
                "district": DISTRICT,
                "postal_code": POSTAL_CODE,
                "places": 1,
                "languages_required": ["yi"],
            }
            self._offer = (await self.calls.call(coordinator, "matching", "POST", "/offers", body)).json
        else:
            path = f"/offers/{self._offer['offer_id']}"
            body = {"title": f"Probe {self._turn} (Demo)"}
            self._offer = await self.calls.change(coordinator, "matching", path, body, self._offer["version"])
        assert self._offer is not None
        await self._seen("notifications.offers", "offer_id", self._offer["offer_id"], self._offer["version"])

    async def _through_training(self) -> None:
        trainer = self.staff.people.trainer
        if self._course is None:
            body = {
                "organisation_id": self.staff.organisation_id,
                "title": "Probe (Demo)",
                "district": DISTRICT,
                "postal_code": POSTAL_CODE,
                "places": 1,
                "sessions": [{"starts_at": "2030-01-01T10:00:00Z", "ends_at": "2030-01-01T12:00:00Z"}],
            }
            self._course = (await self.calls.call(trainer, "training", "POST", "/courses", body)).json
        else:
            path = f"/courses/{self._course['course_id']}"
            body = {"title": f"Probe {self._turn} (Demo)"}
            self._course = await self.calls.change(trainer, "training", path, body, self._course["version"])
        assert self._course is not None
        await self._seen("matching.courses", "course_id", self._course["course_id"], self._course["version"])

    async def _through_registry(self) -> None:
        path = f"/volunteers/{self.volunteer.subject_id}"
        me = (await self.calls.call(self.volunteer, "registry", "GET", path)).json
        body = {"reach_km": 10 + me["version"] % 80}
        changed = await self.calls.change(self.volunteer, "registry", path, body, me["version"])
        assert changed is not None
        await self._seen("matching.volunteers", "volunteer_id", changed["volunteer_id"], changed["version"])

    async def _seen(self, table: str, key: str, identifier: str, version: int) -> None:
        query = f"SELECT 1 FROM {table} WHERE {key} = %s AND version >= %s"
        seen = lambda: asyncio.to_thread(self.platform.rows, query, identifier, version)  # noqa: E731
        await eventually(seen, timeout=self.patience, every=0.04)
