"""Programs that come as Maven artefacts: fetched once into a folder, one process at a time, again when the pom changes."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from deploy.local.problems import MissingTool, StartProblem

COPY, UNPACK = "dependency:copy-dependencies", "dependency:unpack-dependencies"


def fetch(pom: Path, folder: Path, goal: str, name: str, arrived: str) -> Path:
    """Fill `folder` with what `pom` names, unless that is there already.

    Parameters
    ----------
    goal
        `COPY` for archives as they are, `UNPACK` for what is in them.
    name
        What is fetched, as a person says it.
    arrived
        A pattern of a file that is in the folder when all went well.

    Raises
    ------
    MissingTool
        Maven is not installed.
    StartProblem
        Maven could not fetch it.
    """
    stamp = folder.parent / f"{folder.name}.stamp"
    wanted = hashlib.sha256(pom.read_bytes()).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted and folder.is_dir():
            return folder
        if shutil.which("mvn") is None:
            raise MissingTool(f"{name} is fetched with Maven, which is missing: apt-get install -y maven")
        shutil.rmtree(folder, ignore_errors=True)
        log = folder.parent / "fetch.log"
        with log.open("w") as output:
            fetched = subprocess.run(
                [
                    *("mvn", "-B", "-f", str(pom), goal, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"),
                    # What it notes of archives that it unpacked lies with them, not in the repository.
                    f"-DmarkersDirectory={folder / '.unpacked'}",
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        if fetched.returncode != 0 or not any(folder.glob(arrived)):
            raise StartProblem(f"Maven could not fetch {name}; why is in {log}. Is the network there?")
        stamp.write_text(wanted)
    return folder
