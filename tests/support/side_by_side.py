"""The whole suite in four pytest processes side by side: `python -m tests.support.side_by_side`.

The tests of the promise and of the running system mostly wait for Kafka, the others mostly compute. Side by side they take
little longer than the slowest part alone. Whoever breaks a Kafka has one of their own; the computing parts need none. The
first part's output is shown as it comes, the others' when all are done; the exit status is 0 only when every test of all
passed.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

WAITING = (["tests/integration/messaging"], ["tests/system", "tests/faults"])
"""What needs real processes on a real Kafka; each list has servers of its own."""

COMPUTING = ["tests/integration/registry", "tests/integration/rights"]
"""About half of what computes; the other half is all that no list names, so that no new folder is forgotten."""


def main() -> int:
    """Run all parts with the same further arguments."""
    pytest = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    rest = [f"--ignore={folder}" for part in (*WAITING, COMPUTING) for folder in part]
    # Nothing of the computing parts is to outlive the machine: their Postgres waits for no disk.
    no_disk = {"TEST_FSYNC": "off"}
    parts: list[tuple[list[str], dict[str, str]]] = [([*pytest, *part], {}) for part in WAITING]
    parts += [([*pytest, *COMPUTING], no_disk), ([*pytest, *rest], no_disk)]
    with ExitStack() as stack:
        outputs: list[IO[str] | None] = [None]
        outputs += [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in parts[1:]]
        running = [
            subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={**environment, **os.environ}
            )
            for (command, environment), output in zip(parts, outputs, strict=True)
        ]
        try:
            statuses = [process.wait() for process in running]
        except KeyboardInterrupt:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()
            return 130
        for output in filter(None, outputs):
            output.seek(0)
            sys.stdout.writelines(output)
    return 1 if any(statuses) else 0


if __name__ == "__main__":
    missing = [folder for part in (*WAITING, COMPUTING) for folder in part if not Path(folder).is_dir()]
    sys.exit(f"{', '.join(missing)}: not here; run it at the top of the repository" if missing else main())
