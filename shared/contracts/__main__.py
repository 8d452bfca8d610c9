"""`python -m shared.contracts export | check`: the JSON Schemas and the AsyncAPI 3.0 document of the contracts.

`export` writes them and refuses what an old consumer could not read; `check` fails when a document is out of date, a
change is incompatible, or the examples do not fit.
"""

import argparse
import sys
from collections.abc import Sequence

from shared.contracts.catalogue import CONTRACTS
from shared.contracts.release import Places, export, problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts", description=__doc__)
    parser.add_argument("command", choices=("export", "check"))
    command = parser.parse_args(arguments).command
    found = (export if command == "export" else problems)(CONTRACTS, Places())
    for problem in found:
        print(problem)
    if found and command == "export":
        print("Nothing was written: what is incompatible needs a new major (see shared/contracts/compatibility.py).")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
