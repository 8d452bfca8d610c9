"""A process of a service that dies or freezes at a numbered step, or has a bug planted: for tests, never shipped.

    python -m tests.faults.process matching worker

`FAULT_STEP` names a step of `steps`, `FAULT_PASSAGE` says at which passage it happens (1 is the first), `FAULT_SIGNAL`
what: `SIGKILL` or `SIGSTOP`.
`FAULT_BUG` names a bug of `bugs`. Without either it is the process that is shipped.
"""

import os
import runpy
import signal
import sys

from tests.faults.steps import stop_at


def main() -> None:
    """Become the service's process."""
    service, *arguments = sys.argv[1:]
    if bug := os.environ.get("FAULT_BUG"):
        # Only then: bugs know the inside of every service.
        from tests.faults.bugs import plant

        plant(bug)
    if step := os.environ.get("FAULT_STEP"):
        number = signal.Signals[os.environ.get("FAULT_SIGNAL", "SIGKILL")]
        stop_at(step, int(os.environ.get("FAULT_PASSAGE", "1")), number)
    sys.argv = [f"services.{service}", *arguments]
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
