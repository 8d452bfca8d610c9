"""A role that is withdrawn, an organisation that is suspended: gone in every service, on a real Kafka, measured.

A withdrawn role is gone within a second. The middle of several measurements counts: the machine of a test does other
things besides, and each measurement must come to its end in any case.
"""

import asyncio
import logging
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest

from deploy.local.journey import organisation, volunteering
from deploy.local.journey.people import Person
from deploy.local.journey.walk import Walk
from tests.support.waiting import eventually
from tests.system.people import PATIENCE, new_walk
from tests.system.platform import RunningPlatform

log = logging.getLogger(__name__)

WITHIN_SECONDS = 1.0
ROUNDS = 5

Check = Callable[[], Awaitable[bool]]


class Services:
    """HTTP to every service, as somebody."""

    def __init__(self, platform: RunningPlatform, clients: dict[str, httpx.AsyncClient]) -> None:
        self.platform = platform
        self._clients = clients

    async def ask(self, service: str, path: str, who: Person | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        return await self._clients[service].get(path, headers=headers)

    async def act(self, method: str, path: str, who: Person, version: int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who.token}", "If-Match": f'"{version}"', "Idempotency-Key": str(uuid4())}
        answer = await self._clients["registry"].request(method, path, headers=headers)
        assert answer.is_success, answer.text
        return answer

    def status(self, expected: int, service: str, path: str, who: Person | None = None) -> Check:
        async def holds() -> bool:
            return (await self.ask(service, path, who)).status_code == expected

        return holds


@asynccontextmanager
async def services_of(platform: RunningPlatform) -> AsyncIterator[Services]:
    clients = {
        service: httpx.AsyncClient(base_url=platform.api(service).url, timeout=10)
        for service in ("registry", "matching", "training", "notifications")
    }
    try:
        yield Services(platform, clients)
    finally:
        await asyncio.gather(*(client.aclose() for client in clients.values()))


async def seconds_until(check: Check) -> float:
    begun = time.monotonic()
    await eventually(check, timeout=PATIENCE, every=0.005)
    return time.monotonic() - begun


async def all_of(checks: dict[str, Check]) -> dict[str, float]:
    """How long each took to hold, from now on."""
    found = await asyncio.gather(*(seconds_until(check) for check in checks.values()))
    return dict(zip(checks, found, strict=True))


def set_up(walk: Walk) -> None:
    """A verified organisation with offer and course, and a coordinator whom everybody knows."""
    organisation.organisation_is_registered_and_verified(walk)
    organisation.coordinator_and_trainer_are_invited(walk)
    organisation.offer_is_published(walk)
    organisation.course_is_published(walk)


def staffed(platform: RunningPlatform) -> Walk:
    """An organisation that is set up."""
    with new_walk(platform) as walk:
        set_up(walk)
    return walk


def what_a_coordinator_may(services: Services, walk: Walk, expected: int) -> dict[str, Check]:
    """In each service one thing that only the role allows, with the status that is expected."""
    paths = {
        "matching": f"/offers/{walk.offer['offer_id']}/suggestions",
        "training": f"/enrolments?course_id={walk.course['course_id']}",
        "notifications": "/messages",
    }
    coordinator = walk.people.coordinator
    return {service: services.status(expected, service, path, coordinator) for service, path in paths.items()}


@pytest.mark.timeout(600)
async def test_a_withdrawn_role_is_gone_in_every_service_within_a_second(platform: RunningPlatform) -> None:
    measured: dict[str, list[float]] = {}
    async with services_of(platform) as services:
        for _ in range(ROUNDS):
            walk = await asyncio.to_thread(staffed, platform)
            await all_of(what_a_coordinator_may(services, walk, 200))
            coordinator = walk.people.coordinator
            path = f"/members/{coordinator.subject_id}/memberships/{walk.organisation_id}/coordinator"
            await services.act("DELETE", path, walk.people.organisation_admin, 1)
            assert (await services.ask("registry", "/me", coordinator)).json()["roles"] == []
            gone = await all_of(what_a_coordinator_may(services, walk, 403))
            for service, seconds in gone.items():
                measured.setdefault(service, []).append(seconds)
    for service, times in measured.items():
        log.info("role gone in %s: %s", service, [round(each, 3) for each in times])
    assert all(statistics.median(times) <= WITHIN_SECONDS for times in measured.values()), measured


@pytest.mark.timeout(600)
async def test_a_suspension_takes_effect_in_every_service_and_so_does_its_end(platform: RunningPlatform) -> None:
    async with services_of(platform) as services:
        walk = await asyncio.to_thread(staffed_with_request, platform)
        volunteer = walk.people.volunteers[0]
        coordinator, state = walk.people.coordinator, walk.people.state_admin

        async def is_named() -> bool:
            return volunteer.name in (await services.ask("notifications", "/messages", coordinator)).text

        async def is_not_named() -> bool:
            return not await is_named()

        def everywhere(*, public: int, staff: int) -> dict[str, Check]:
            offer, course = f"/offers/{walk.offer['offer_id']}", f"/courses/{walk.course['course_id']}"
            return {
                "matching: the offer": services.status(public, "matching", offer),
                "matching: suggestions": services.status(staff, "matching", f"{offer}/suggestions", coordinator),
                "matching: placements": services.status(staff, "matching", "/placements", coordinator),
                "training: the course": services.status(public, "training", course),
                "training: enrolments": services.status(
                    staff, "training", f"/enrolments?course_id={walk.course['course_id']}", coordinator
                ),
                "registry: the organisation": services.status(
                    public, "registry", f"/organisations/{walk.organisation_id}"
                ),
                "notifications: names": is_named if public == 200 else is_not_named,
            }

        await all_of(everywhere(public=200, staff=200))
        path = f"/organisations/{walk.organisation_id}"
        await services.act("POST", f"{path}/suspension", state, 2)
        for what, seconds in (await all_of(everywhere(public=404, staff=409))).items():
            log.info("suspended, %s: %.3f s", what, seconds)
        await services.act("POST", f"{path}/verification", state, 3)
        await all_of(everywhere(public=200, staff=200))


def staffed_with_request(platform: RunningPlatform) -> Walk:
    """The same, and a volunteer of whom the coordinator was told by mail and in the inbox."""
    with new_walk(platform) as walk:
        set_up(walk)
        current = walk.calls.get(None, "matching", f"/offers/{walk.offer['offer_id']}", told="")
        walk.calls.call(
            walk.people.coordinator,
            "matching",
            "PATCH",
            f"/offers/{walk.offer['offer_id']}",
            {"qualifications": []},
            expected=200,
            version=current.version,
        )
        volunteer = walk.people.volunteers[0]
        volunteering.registers_and_confirms(walk, volunteer, "uk")
        volunteering.request(walk, volunteer)
        walk.mails.wait_for(walk.people.coordinator, f"Anfrage für: {walk.offer['title']}", "matching")
    return walk
