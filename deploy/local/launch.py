"""What the supervisor starts in place of each program: it notes its process id, then becomes the program.

    python launch.py SPECIFICATION.json

The specification has the command, the whole environment and the folder to run in, so no secret stands in a command
line or in the supervisor's own configuration. The noted id and start time let a later `make down` or `make up` find
the process even when the supervisor was killed; on Linux the program ends with its supervisor anyway.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program."""
    file = Path(sys.argv[1])
    specification = json.loads(file.read_text())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(getattr(signal, specification["stop_signal"])))
    # One that died before this line gave no signal, but is not the parent any more either.
    if os.getppid() != json.loads(Path(specification["supervisor_noted_in"]).read_text())["pid"]:
        sys.exit("the supervisor ended while this was starting")
    itself = psutil.Process()
    noted = Path(specification["noted_in"])
    unfinished = noted.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"pid": itself.pid, "started": itself.create_time()}))
    unfinished.replace(noted)
    os.chdir(specification["folder"])
    command = specification["command"]
    os.execve(command[0], command, specification["environment"])


if __name__ == "__main__":
    main()
