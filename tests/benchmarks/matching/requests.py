"""What a request costs in a Land of a million volunteers, compared with a small one; each is undone when it is over."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx
import numpy as np

from services.matching.app import build_api
from services.matching.settings import MatchingSettings
from shared.access.keys import SigningKey, new_signing_key
from shared.runtime.clock import SettableClock
from tests.benchmarks.matching.land import Land
from tests.benchmarks.matching.population import NOW, TOPICS
from tests.benchmarks.registry.application import TriedOut
from tests.benchmarks.report import Result, compared
from tests.support.served import STAFF_ISSUER, VOLUNTEER_ISSUER, issued_by, trusting

TARGETS = 30
COORDINATORS = 50
"""So many coordinators of the generated ones reach every district."""
SECONDS_EACH = 0.1


@dataclass(frozen=True)
class Target:
    """An open offer with its coordinator, and a volunteer who fits it."""

    offer_id: str
    organisation_id: str
    coordinator: str
    volunteer_id: str
    district: str
    postal_code: str
    topic: str


Request = tuple[str, str, Mapping[str, str], Any]
"""Method, path, headers, body."""


@dataclass(frozen=True)
class Application:
    """Matching over a Land, and who signs in there."""

    client: httpx.AsyncClient
    key: SigningKey
    targets: Sequence[Target]

    def coordinator(self, target: Target) -> dict[str, str]:
        return {"Authorization": f"Bearer {issued_by(self.key, STAFF_ISSUER, target.coordinator, NOW)}"}

    def volunteer(self, target: Target) -> dict[str, str]:
        return {"Authorization": f"Bearer {issued_by(self.key, VOLUNTEER_ISSUER, target.volunteer_id, NOW)}"}


ENDPOINTS: Mapping[str, Callable[[Application, Target], Request]] = {
    "GET /offers": lambda app, target: ("GET", "/offers", {}, None),
    "GET /offers?district&topic": lambda app, target: (
        "GET", f"/offers?district={target.district}&topic={target.topic}", {}, None,
    ),
    "GET /offers/{id}": lambda app, target: ("GET", f"/offers/{target.offer_id}", {}, None),
    "GET /offers/{id}/suggestions": lambda app, target: (
        "GET", f"/offers/{target.offer_id}/suggestions", app.coordinator(target), None,
    ),
    "GET /offers/{id}/suggestions/{volunteer_id}": lambda app, target: (
        "GET", f"/offers/{target.offer_id}/suggestions/{target.volunteer_id}", app.coordinator(target), None,
    ),
    "GET /volunteers/{id}/suggestions": lambda app, target: (
        "GET", f"/volunteers/{target.volunteer_id}/suggestions", app.volunteer(target), None,
    ),
    "GET /organisations/{id}/offers": lambda app, target: (
        "GET", f"/organisations/{target.organisation_id}/offers", app.coordinator(target), None,
    ),
    "GET /placements, own": lambda app, target: ("GET", "/placements", app.volunteer(target), None),
    "GET /placements, of an offer": lambda app, target: (
        "GET", f"/placements?offer_id={target.offer_id}", app.coordinator(target), None,
    ),
    "POST /placements": lambda app, target: (
        "POST", "/placements", app.volunteer(target), {"offer_id": target.offer_id},
    ),
    "POST /offers/{id}/invitations": lambda app, target: (
        "POST", f"/offers/{target.offer_id}/invitations", app.coordinator(target),
        {"volunteer_ids": [target.volunteer_id]},
    ),
    "POST /offers": lambda app, target: ("POST", "/offers", app.coordinator(target), _offer(target)),
    "PATCH /offers/{id}": lambda app, target: (
        "PATCH", f"/offers/{target.offer_id}", app.coordinator(target) | {"If-Match": '"1"'}, {"places": 7},
    ),
    "POST /offers/{id}/closure": lambda app, target: (
        "POST", f"/offers/{target.offer_id}/closure", app.coordinator(target) | {"If-Match": '"1"'}, None,
    ),
    "GET /me/export": lambda app, target: ("GET", "/me/export", app.volunteer(target), None),
}  # fmt: skip


def _offer(target: Target) -> dict[str, Any]:
    return {
        "organisation_id": target.organisation_id,
        "title": "Demo-Angebot",
        "topic": target.topic,
        "district": target.district,
        "postal_code": target.postal_code,
        "places": 3,
        "weekly": [{"day": "tuesday", "start": "15:00", "end": "17:00"}],
    }


async def measure(large: Land, small: Land, rounds: int) -> list[Result]:
    """Every endpoint: the cost of a request in the large Land, compared with the small one, in turns."""
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(application(land)) for land in (large, small)]
        results = []
        for name, request in ENDPOINTS.items():
            for opened in both:
                for target in opened.targets:
                    await _seconds(opened, request, [target], name)
            times: tuple[list[float], list[float]] = ([], [])
            for number in range(rounds):
                for which in (0, 1) if number % 2 else (1, 0):
                    opened = both[which]
                    times[which].append(1000 * await _seconds(opened, request, opened.targets, name))
            results.append(compared(f"request matching {name}", "ms", *times))
        return results


async def _seconds(
    opened: Application, request: Callable[[Application, Target], Request], targets: Sequence[Target], name: str
) -> float:
    """The median of single requests: others may be at work on the machine."""
    spent = []
    for target in targets:
        method, path, headers, body = request(opened, target)
        if method == "POST":
            headers = {**headers, "Idempotency-Key": str(uuid4())}
        prepared = opened.client.build_request(method, path, headers=headers, json=body)
        begun = time.perf_counter()
        answer = await opened.client.send(prepared)
        spent.append(time.perf_counter() - begun)
        assert answer.is_success, f"{name}: {answer.status_code} {answer.text[:300]}"
    return statistics.median(spent)


@asynccontextmanager
async def application(land: Land) -> AsyncIterator[Application]:
    """Matching's HTTP application over a Land; every transaction is undone."""
    key, clock = new_signing_key(), SettableClock(NOW)
    with tempfile.TemporaryDirectory() as folder:
        settings = trusting(land.database, "matching", MatchingSettings, key, Path(folder))
        opened = await TriedOut.connect(settings, clock, "matching")
        try:
            with patch.dict(os.environ, {"TANDEM_RATE_LIMITS": json.dumps({})}):
                transport = httpx.ASGITransport(build_api(settings, clock, opened))
            async with httpx.AsyncClient(transport=transport, base_url="http://matching.test", timeout=60) as client:
                unaimed = Application(client, key, ())
                yield Application(client, key, [target async for target in _targets(land, unaimed)])
        finally:
            await opened.close()


async def _targets(land: Land, opened: Application) -> AsyncIterator[Target]:
    """Offers from everywhere for which somebody is suggested."""
    population, o = land.population, land.population.o
    reached = np.flatnonzero(o["open"] & (o["organisation"] < COORDINATORS)).tolist()
    found = 0
    for number in Random(land.population.seed).sample(reached, len(reached)):
        organisation = int(o["organisation"][number])
        code = population.codes[o["place"][number]]
        target = Target(
            population.offer_id(number),
            population.organisation_id(organisation),
            f"member-{organisation}",
            "",
            f"{code[:3]}00",
            code,
            TOPICS[o["topic"][number]],
        )
        path = f"/offers/{target.offer_id}/suggestions"
        answer = await opened.client.get(path, headers=opened.coordinator(target))
        assert answer.is_success, answer.text
        suggested = answer.json()["suggestions"]
        if suggested:
            yield Target(**{**vars(target), "volunteer_id": suggested[0]["volunteer_id"]})
            found += 1
        if found == TARGETS:
            return
