"""`python -m shared.http export-openapi | check-openapi`: the services' OpenAPI 3.1 documents in `docs/api`.

`export-openapi` writes them, `check-openapi` fails when a committed document differs from the code or is not valid.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.contracts.topics import SERVICES
from shared.http.documents import outdated, rendered, validate

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "api"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m shared.http", description=__doc__)
    parser.add_argument("command", choices=("export-openapi", "check-openapi"))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parsed = parser.parse_args(arguments)
    documents = {f"{name}.openapi.json": rendered(_service(name)) for name in SERVICES}
    for text in documents.values():
        validate(text)
    if parsed.command == "export-openapi":
        parsed.folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents.items():
            (parsed.folder / name).write_text(text, encoding="utf-8")
        return 0
    differing = outdated(parsed.folder, documents)
    for name in differing:
        print(f"{name} differs from the code: run `python -m shared.http export-openapi`")
    return 1 if differing else 0


def _service(name: str) -> Any:
    # By name at run time: nothing in `shared` imports a service.
    return importlib.import_module(f"services.{name}.app").SERVICE


if __name__ == "__main__":
    sys.exit(main())
