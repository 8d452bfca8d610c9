"""Whatever is killed, what was acknowledged is what every service holds in the end: nothing lost, nothing twice."""

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.support.event_log import event_log
from tests.support.waiting import eventually
from tests.system.ledger.actors import LANGUAGE, Coordinator, Stage, Trainer, Volunteer
from tests.system.ledger.comparison import check_log, check_mails, differences, overbooked, settled
from tests.system.ledger.ledger import Ledger
from tests.system.ledger.persistence import Persistence
from tests.system.ledger.watching import Watch
from tests.system.people import confirmed_volunteers, staffed_organisation
from tests.system.platform import RunningPlatform

PATIENCE = 90.0
VOLUNTEERS = 6
SEED = 4


async def _shake(
    platform: RunningPlatform, until: asyncio.Event, chance: random.Random, kind: str, down: set[str]
) -> int:
    """Kill a process of a kind and start it again, again and again; how many were killed. `down`: those that are."""
    killed = 0
    while not until.is_set():
        process = chance.choice(
            [one for one in platform.processes.values() if one.kind == kind and one.name not in down]
        )
        down.add(process.name)
        await asyncio.to_thread(process.kill)
        killed += 1
        await asyncio.to_thread(process.start)
        down.remove(process.name)
    return killed


async def _restart_broker(platform: RunningPlatform, halfway: Callable[[], bool]) -> None:
    await eventually(halfway, timeout=600, every=0.2)
    await asyncio.to_thread(platform.kafka.restart)


async def _run(platform: RunningPlatform, wanted: int, seconds: float) -> None:
    staff = await asyncio.to_thread(staffed_organisation, platform)
    persons = await asyncio.to_thread(confirmed_volunteers, platform, VOLUNTEERS, LANGUAGE)
    chance, ledger = random.Random(SEED), Ledger()
    calls = Persistence(platform.world, PATIENCE)
    for person in persons:
        ledger.volunteer((await calls.call(person, "registry", "GET", "/volunteers/me")).json)
    stage = Stage(calls, ledger, staff.organisation_id, chance, wanted, seconds)
    acts = [Coordinator(stage, staff.people.coordinator).act, Trainer(stage, staff.people.trainer).act]
    acts += [Volunteer(stage, person).act for person in persons]
    over, watch = asyncio.Event(), Watch()
    watching = asyncio.create_task(watch.look_again_and_again(platform))
    down: set[str] = set()
    shaking = [asyncio.create_task(_shake(platform, over, chance, kind, down)) for kind in ("api", "worker", "worker")]
    restart = asyncio.create_task(_restart_broker(platform, lambda: ledger.acknowledged > wanted / 2))
    try:
        async with asyncio.TaskGroup() as acting:
            for act in acts:
                acting.create_task(stage.act(act, 1 / len(acts)))
        await restart
        over.set()
        killed = sum(await asyncio.gather(*shaking))
        await eventually(lambda: settled(platform, ledger), timeout=PATIENCE, every=0.5)
    finally:
        over.set()
        for task in (watching, restart, *shaking):
            task.cancel()
        await asyncio.gather(watching, restart, *shaking, return_exceptions=True)
        await calls.close()
    assert differences(platform, ledger) == []
    assert overbooked(platform) == []
    assert watch.looks > 5 and watch.went_back == []
    assert killed >= 4
    async with event_log(platform.kafka) as log:
        assert await check_log(log, platform, ledger) >= ledger.acknowledged
        received = await eventually(lambda: check_mails(log, platform, ledger), timeout=PATIENCE, every=1)
        # Between the server's acceptance and the note of it a kill makes a mail go out again, with the same Message-ID.
        assert received.repeated <= killed


@pytest.mark.timeout(400)
async def test_what_was_acknowledged_is_what_every_service_holds_whatever_is_killed(platform: RunningPlatform) -> None:
    await _run(platform, wanted=300, seconds=20)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_two_thousand_events_over_two_minutes_survive_kills_and_a_restart_of_the_broker(
    platform: RunningPlatform,
) -> None:
    await _run(platform, wanted=2000, seconds=120)
