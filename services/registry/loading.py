"""The operator's commands `load-districts` and `load-places`: in steps, each may be repeated and changes nothing then.

Interrupted, they are simply started again. Progress goes to stderr as it happens, the outcome to stdout as JSON.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from services.registry.geonames import GeoNames
from services.registry.handlers import places
from services.registry.models.places import BadLine, District, Loaded, PlaceFacts
from services.registry.place_sources import bundled_places, read_districts, shipped_districts
from services.registry.settings import RegistrySettings
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import ConfigurationError, load
from shared.telemetry.logging import configure

STEP = 500
BAD_LINES_SHOWN = 1_000

Progress = Callable[[str], None]


def _silent(_line: str) -> None: ...


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def load_places(arguments: Sequence[str]) -> int:
    """Load districts and places; repeating it changes nothing. Bad lines of a file are skipped and told by number."""
    parser = argparse.ArgumentParser(prog="python -m services.registry load-places", description=load_places.__doc__)
    parser.add_argument("--file", type=Path, help="GeoNames' postal-code file DE.txt: exact districts (CC BY 4.0)")
    file: Path | None = parser.parse_args(arguments).file
    if file is None:
        return _run("load-places", lambda database: load_bundled(database, _say))
    return _run("load-places", lambda database: load_file(database, file, _say))


def load_districts(arguments: Sequence[str]) -> int:
    """Load the districts of any Land from a list of the operator; repeating it changes nothing.

    Places whose districts were not imported are estimated anew with them.
    """
    parser = argparse.ArgumentParser(
        prog="python -m services.registry load-districts", description=load_districts.__doc__
    )
    parser.add_argument("--file", type=Path, required=True, help="CSV: ags,name,seat,latitude,longitude")
    parser.add_argument("--attribution", default="", help="whom the licence of the list wants named")
    parsed = parser.parse_args(arguments)
    return _run("load-districts", lambda database: load_district_list(database, parsed.file, parsed.attribution, _say))


def _run(command: str, work: Callable[[Database], Awaitable[Loaded]]) -> int:
    settings = load(RegistrySettings)
    configure("registry", command, settings.log_level)

    async def run() -> Loaded:
        database = await Database.connect(settings, Clock(), "registry")
        try:
            return await work(database)
        finally:
            await database.close()

    loaded = asyncio.run(run())
    sys.stdout.write(
        json.dumps(
            {
                "districts": loaded.districts,
                "places": loaded.places,
                "registered": loaded.registered,
                "updated": loaded.updated,
                "unchanged": loaded.unchanged,
                "bad_lines": loaded.bad_line_count,
            }
        )
        + "\n"
    )
    for bad in loaded.bad_lines[:BAD_LINES_SHOWN]:
        _say(f"line {bad.number}: skipped ({bad.fault})")
    if loaded.bad_line_count > BAD_LINES_SHOWN:
        _say(f"and {loaded.bad_line_count - BAD_LINES_SHOWN} more lines: skipped")
    return 0


async def load_bundled(database: Database, progress: Progress = _silent) -> Loaded:
    """The shipped districts, and the bundled postal codes with the nearest of all districts that are there."""
    changed = await _load_districts(database, shipped_districts())
    return await _estimate(database, changed, (), progress)


async def load_district_list(
    database: Database, file: Path, attribution: str = "", progress: Progress = _silent
) -> Loaded:
    """Districts of an operator's list.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or has another heading.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            districts, bad = read_districts(lines, attribution)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("--file: cannot be read") from None
    except ValueError as error:
        raise ConfigurationError(f"--file: {error}") from None
    changed = await _load_districts(database, districts)
    return await _estimate(database, changed, bad, progress)


async def _estimate(database: Database, changed: int, bad: Sequence[BadLine], progress: Progress) -> Loaded:
    async with database.reading() as connection:
        districts = await places.every_district(connection)
    loaded = await _load_in_steps(database, bundled_places(districts), progress)
    return Loaded(
        districts=changed,
        places=loaded.places,
        registered=loaded.registered,
        updated=loaded.updated,
        unchanged=loaded.unchanged,
        bad_lines=tuple(bad),
        bad_line_count=len(bad),
    )


async def load_file(database: Database, file: Path, progress: Progress = _silent) -> Loaded:
    """Districts and places of GeoNames' file.

    Raises
    ------
    ConfigurationError
        The file cannot be read.
    """
    source = GeoNames()
    try:
        with file.open("rb") as lines:
            await asyncio.to_thread(source.read, lines, lambda count: progress(f"{count} lines read"))
    except OSError:
        raise ConfigurationError("--file: cannot be read") from None
    changed = await _load_districts(database, shipped_districts())
    changed += await _load_districts(database, source.districts(), only_missing=True)
    loaded = await _load_in_steps(database, source.places(), progress)
    return Loaded(
        districts=changed,
        places=loaded.places,
        registered=loaded.registered,
        updated=loaded.updated,
        unchanged=loaded.unchanged,
        bad_lines=tuple(source.bad_lines),
        bad_line_count=source.bad_line_count,
    )


async def _load_districts(database: Database, districts: Sequence[District], *, only_missing: bool = False) -> int:
    async with database.transaction() as tx:
        return await places.load_districts(tx, districts, only_missing=only_missing)


async def _load_in_steps(database: Database, facts: Iterable[PlaceFacts], progress: Progress) -> Loaded:
    total = registered = updated = 0
    for number, step in enumerate(_steps(facts), start=1):
        async with database.transaction() as tx:
            new, changed = await places.load_places(tx, step)
        total += len(step)
        registered += new
        updated += changed
        if number % 10 == 0:
            progress(f"{total} postal codes, {registered} new, {updated} changed")
    return Loaded(0, total, registered, updated, total - registered - updated)


def _steps(facts: Iterable[PlaceFacts]) -> Iterator[list[PlaceFacts]]:
    remaining = iter(facts)
    while step := list(islice(remaining, STEP)):
        yield step
