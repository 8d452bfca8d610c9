"""Processes under supervision: started again when they end, stopped together, never left behind."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import leftovers
from deploy.local.listening import check_free
from deploy.local.problems import PortInUse, StartProblem
from deploy.local.processes import SERVERS_GROUP, SERVICES_GROUP, Process
from deploy.local.supervision import Supervision
from tests.support.servers import free_port
from tests.support.waiting import eventually

WAITS = "import os, signal; print(os.environ['SAYS'], flush=True); signal.pause()"


def process(name: str, group: str, program: str = WAITS) -> Process:
    return Process(name, group, [sys.executable, "-c", program], {"SAYS": "50 % = {x}"}, free_port())


@pytest.fixture
def processes() -> list[Process]:
    return [
        process("store", SERVERS_GROUP),
        process("some-api", SERVICES_GROUP),
        process("some-worker", SERVICES_GROUP),
    ]


@pytest.fixture
def supervision(tmp_path: Path, processes: list[Process]) -> Iterator[Supervision]:
    # A folder so deep that a socket in it would have too long a name.
    supervision = Supervision(tmp_path / ("deep" * 30))
    supervision.start(processes)
    yield supervision
    supervision.stop()


def pids(supervision: Supervision) -> dict[str, int]:
    return {name: info["pid"] for name, info in supervision.states().items() if info["statename"] == "RUNNING"}


async def all_running(supervision: Supervision, processes: list[Process]) -> dict[str, int]:
    for each in processes:
        supervision.start_process(each)
    await eventually(lambda: len(pids(supervision)) == len(processes))
    return pids(supervision)


async def test_a_process_gets_its_environment_and_a_log(supervision: Supervision, processes: list[Process]) -> None:
    await all_running(supervision, processes)
    for each in processes:
        log = supervision.log_of(each.name)
        await eventually(log.exists)
        await eventually(log.read_text)
        assert log.read_text() == "50 % = {x}\n"


async def test_a_start_that_did_not_come_to_its_end_is_told_from_a_process_that_ended(
    supervision: Supervision, processes: list[Process]
) -> None:
    assert supervision.is_half_started
    supervision.start_process(processes[0])
    assert supervision.is_half_started
    running = await all_running(supervision, processes)
    assert not supervision.is_half_started
    os.kill(running["some-worker"], signal.SIGKILL)
    assert not supervision.is_half_started


async def test_a_process_that_ends_is_started_again(supervision: Supervision, processes: list[Process]) -> None:
    before = await all_running(supervision, processes)
    os.kill(before["some-worker"], signal.SIGKILL)
    await eventually(lambda: pids(supervision).get("some-worker", before["some-worker"]) != before["some-worker"])
    assert {name for name, pid in pids(supervision).items() if pid == before[name]} == {"store", "some-api"}


async def test_stopping_leaves_nothing_and_says_whether_there_was_anything(
    supervision: Supervision, processes: list[Process]
) -> None:
    started = await all_running(supervision, processes)
    assert supervision.stop()
    assert not any(psutil.pid_exists(pid) for pid in started.values())
    assert not supervision.stop()
    assert supervision.clean_up() is None


async def test_nothing_survives_a_killed_supervisor(supervision: Supervision, processes: list[Process]) -> None:
    started = await all_running(supervision, processes)
    daemon = supervision.supervisor
    assert daemon is not None
    daemon.kill()
    await eventually(lambda: supervision.supervisor is None)
    cleaned = supervision.clean_up()
    assert cleaned is not None
    assert "earlier run" in cleaned
    # One that was still becoming its program had noted nothing of itself: it finds its supervisor gone and ends.
    await eventually(
        lambda: not any(leftovers.is_alive(psutil.Process(pid)) for pid in started.values() if psutil.pid_exists(pid))
    )
    assert supervision.clean_up() is None


async def test_one_that_cannot_stay_up_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    failing = process("failing", SERVICES_GROUP, "raise SystemExit('no such setting')")
    supervision = Supervision(tmp_path)
    supervision.start([failing])
    try:
        supervision.start_process(failing)
        with pytest.raises(StartProblem, match="no such setting"):
            supervision.wait_until(failing, lambda: False, 60)
    finally:
        supervision.stop()


def test_a_port_in_use_is_named_with_who_has_it() -> None:
    taken = process("some-api", SERVICES_GROUP)
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken.port))
        other.listen()
        with pytest.raises(PortInUse, match=rf"{taken.port}.*some-api.*process {os.getpid()}.*TANDEM_PORT_OFFSET"):
            check_free([taken])
    check_free([taken])
