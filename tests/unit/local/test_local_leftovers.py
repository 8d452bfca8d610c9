"""Finding a process again by what it noted: never another one that has its id by now."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import leftovers

WAITS = "import sys, signal; print('here', flush=True); signal.pause()"
WAITS_STUBBORNLY = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"


@pytest.fixture
def waiting(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    program = getattr(request, "param", WAITS)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        yield process
        process.kill()


def test_a_noted_process_is_found_again(tmp_path: Path, waiting: subprocess.Popen[str]) -> None:
    leftovers.note(tmp_path / "noted", psutil.Process(waiting.pid))
    found = leftovers.noted(tmp_path / "noted")
    assert found is not None
    assert found.pid == waiting.pid


def test_another_process_with_the_same_id_is_not_ours(tmp_path: Path, waiting: subprocess.Popen[str]) -> None:
    started = psutil.Process(waiting.pid).create_time() - 3600
    (tmp_path / "noted").write_text(json.dumps({"pid": waiting.pid, "started": started}))
    assert leftovers.noted(tmp_path / "noted") is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"pid": 4194304, "started": 1.0}', '{"pid": "x", "started": 1}'])
def test_what_cannot_be_read_or_is_gone_is_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "noted").write_text(content)
    assert leftovers.noted(tmp_path / "noted") is None
    assert leftovers.noted(tmp_path / "missing") is None


def test_a_process_that_ended_but_was_not_reaped_is_gone(tmp_path: Path, waiting: subprocess.Popen[str]) -> None:
    process = psutil.Process(waiting.pid)
    leftovers.note(tmp_path / "noted", process)
    leftovers.end([process], 5)
    assert leftovers.noted(tmp_path / "noted") is None
    assert waiting.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize("waiting", [WAITS_STUBBORNLY], indirect=True)
def test_one_that_does_not_stop_is_killed(waiting: subprocess.Popen[str]) -> None:
    leftovers.end([psutil.Process(waiting.pid)], 0.2)
    assert waiting.wait(5) == -signal.SIGKILL
