"""`make down`: stop everything that `make up` started from this folder, and nothing else."""

import sys

from deploy.local import leftovers
from deploy.local.folders import TANDEM
from deploy.local.supervision import Supervision


def stop_everything() -> bool:
    """Stop a start that is under way, then what runs; False when nothing ran."""
    supervision = Supervision(TANDEM)
    starter = supervision.starter
    if starter is not None:
        leftovers.end([starter], 120)
    with supervision.exclusively():
        return supervision.stop() or starter is not None


def main() -> None:
    """Stop, and say whether there was anything to stop."""
    print("Stopped." if stop_everything() else "Nothing was running.")
    sys.exit(0)


if __name__ == "__main__":
    main()
