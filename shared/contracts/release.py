"""The committed documents that follow from the contracts: written by `export`, held against the code by `check`.

The committed schema files are the baseline, what has been released. `export` refuses to replace one by a schema that
breaks it, and to drop a type that has no newer major.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from shared.contracts import asyncapi, example_files
from shared.contracts.compatibility import breaks
from shared.contracts.json_schemas import Contracts, file_name, rendered, schema_of, type_and_major

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Places:
    """Where the documents lie."""

    schemas: Path = _HERE / "schemas"
    examples: Path = example_files.FOLDER
    asyncapi: Path = _HERE.parents[1] / "docs" / "api" / "asyncapi.json"


def documents(contracts: Contracts, places: Places) -> dict[Path, str]:
    """Every document as it should be."""
    schemas = {
        places.schemas / file_name(type_, major): rendered(schema_of(cls)) for (type_, major), cls in contracts.items()
    }
    return {**schemas, places.asyncapi: rendered(asyncapi.document(contracts))}


def broken_promises(contracts: Contracts, places: Places) -> list[str]:
    """What breaks a contract that was released, in words."""
    found = []
    for path in sorted(places.schemas.glob("*.json")):
        type_, major = type_and_major(path.name)
        cls = contracts.get((type_, major))
        if cls is not None:
            released = json.loads(path.read_text(encoding="utf-8"))
            found += [f"{path.name}: {problem}" for problem in breaks(released, schema_of(cls))]
        elif not _has_successor(type_, major, contracts):
            found.append(f"{path.name}: the type is gone, and no newer major of it is there")
    return found


def export(contracts: Contracts, places: Places) -> list[str]:
    """Write every document; or, when a promise would be broken, nothing.

    Returns
    -------
    The broken promises.
    """
    broken = broken_promises(contracts, places)
    if broken:
        return broken
    for path in _left_over(contracts, places):
        path.unlink()
    for path, text in documents(contracts, places).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return []


def problems(contracts: Contracts, places: Places) -> list[str]:
    """Everything for which `check` fails, in words."""
    broken = broken_promises(contracts, places)
    outdated = [
        f"{path.name} is out of date: run `make contracts`"
        for path, text in documents(contracts, places).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    left_over = [f"{path.name} is left over: run `make contracts`" for path in _left_over(contracts, places)]
    return broken + outdated + left_over + example_files.problems_of_examples(contracts, places.examples)


def _has_successor(type_: str, major: int, contracts: Contracts) -> bool:
    return any(other == type_ and newer > major for other, newer in contracts)


def _left_over(contracts: Contracts, places: Places) -> list[Path]:
    """Schemas of majors that have a successor and are published no more."""
    return [
        path
        for path in sorted(places.schemas.glob("*.json"))
        if (at := type_and_major(path.name)) not in contracts and _has_successor(*at, contracts)
    ]
