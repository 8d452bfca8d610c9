"""`make reset`: stop everything and delete its data. What was downloaded stays."""

import argparse
import shutil
import sys

from deploy.local.down import stop_everything
from deploy.local.folders import TANDEM

DATA = ("postgres", "kafka/data", "kafka/cluster-id", "kafka/server.properties", "mailbox", "logs", "run", "secrets")


def main() -> None:
    """Ask, unless told not to; then stop and delete."""
    parser = argparse.ArgumentParser(prog="make reset", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    arguments = parser.parse_args()
    if not arguments.yes and not _is_meant():
        sys.exit("Nothing was deleted.")
    stop_everything()
    for name in DATA:
        path = TANDEM / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    print(f"Deleted: databases, topics, mails, logs and credentials in {TANDEM}")


def _is_meant() -> bool:
    if not sys.stdin.isatty():
        return False
    print(f"This stops the platform and deletes its databases, topics, mails, logs and credentials in {TANDEM}.")
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes", "j", "ja")


if __name__ == "__main__":
    main()
