"""The whole suite in two pytest processes side by side: `python -m tests.support.side_by_side`.

The tests of the promise and of the running system mostly wait for Kafka, the others mostly compute. Side by side they take
little longer than the slower half alone. The one Kafka of the run belongs to the first half. Its output is shown as it
comes, the other's when both are done; the exit status is 0 only when every test of both passed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

WAITING = ["tests/integration/messaging", "tests/system", "tests/faults"]
"""What needs real processes on a real Kafka."""


def main() -> int:
    """Run both halves with the same further arguments."""
    pytest = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        computing = subprocess.Popen(
            [*pytest, *(f"--ignore={folder}" for folder in WAITING)],
            # Nothing there outlives the machine.
            env={"TEST_FSYNC": "off", **os.environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            waiting = subprocess.run([*pytest, *WAITING], stdin=subprocess.DEVNULL, check=False)
            computing.wait()
        except KeyboardInterrupt:
            computing.terminate()
            computing.wait()
            return 130
        output.seek(0)
        for line in output:
            sys.stdout.write(line)
    return 1 if waiting.returncode or computing.returncode else 0


if __name__ == "__main__":
    missing = [folder for folder in WAITING if not Path(folder).is_dir()]
    sys.exit(f"{', '.join(missing)}: not here; run it at the top of the repository" if missing else main())
