"""The operator's commands besides those of every service: `load-places`, `appoint-state-admin`, `verify-audit`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from services.registry.handlers import audit, organisations, places
from services.registry.models.audit import Link
from services.registry.models.places import District, Loaded, PlaceFacts
from services.registry.place_sources import GeoNames, bundled_places, shipped_districts
from services.registry.settings import RegistrySettings
from shared.access.tokens import Identity
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import ConfigurationError, IssuerKind, load
from shared.telemetry.logging import configure

STEP = 500
BAD_LINES_SHOWN = 20


def load_places(arguments: Sequence[str]) -> int:
    """Load districts and places; repeating it changes nothing. Bad lines of a file are skipped and told by number."""
    parser = argparse.ArgumentParser(prog="python -m services.registry load-places", description=load_places.__doc__)
    parser.add_argument("--file", type=Path, help="GeoNames' postal-code file DE.txt: exact districts (CC BY 4.0)")
    parsed = parser.parse_args(arguments)
    settings = load(RegistrySettings)
    configure("registry", "load-places", settings.log_level)
    loaded = asyncio.run(_load(settings, parsed.file))
    sys.stdout.write(
        json.dumps(
            {
                "places": loaded.places,
                "registered": loaded.registered,
                "updated": loaded.updated,
                "unchanged": loaded.unchanged,
                "bad_lines": len(loaded.bad_lines),
            }
        )
        + "\n"
    )
    for number in loaded.bad_lines[:BAD_LINES_SHOWN]:
        sys.stderr.write(f"line {number}: skipped\n")
    return 0


async def _load(settings: RegistrySettings, file: Path | None) -> Loaded:
    database = await Database.connect(settings, Clock(), "registry")
    try:
        if file is None:
            return await load_bundled(database)
        return await load_file(database, file)
    finally:
        await database.close()


async def load_bundled(database: Database) -> Loaded:
    """The shipped districts and the bundled postal codes."""
    await _load_districts(database, shipped_districts(), replace=True)
    return await _load_in_steps(database, bundled_places())


async def load_file(database: Database, file: Path) -> Loaded:
    """Districts and places of GeoNames' file.

    Raises
    ------
    ConfigurationError
        The file cannot be read.
    """
    source = GeoNames()
    try:
        with file.open("rb") as lines:
            source.read(lines)
    except OSError:
        raise ConfigurationError("--file: cannot be read") from None
    await _load_districts(database, shipped_districts(), replace=True)
    await _load_districts(database, source.districts(), replace=False)
    loaded = await _load_in_steps(database, source.places())
    return Loaded(loaded.places, loaded.registered, loaded.updated, loaded.unchanged, tuple(source.bad_lines))


async def _load_districts(database: Database, districts: Sequence[District], *, replace: bool) -> None:
    async with database.transaction() as tx:
        await places.load_districts(tx, districts, replace=replace)


async def _load_in_steps(database: Database, facts: Iterable[PlaceFacts]) -> Loaded:
    total = registered = updated = 0
    for step in _steps(facts):
        async with database.transaction() as tx:
            new, changed = await places.load_places(tx, step)
        total += len(step)
        registered += new
        updated += changed
    return Loaded(total, registered, updated, total - registered - updated)


def _steps(facts: Iterable[PlaceFacts]) -> Iterator[list[PlaceFacts]]:
    remaining = iter(facts)
    while step := list(islice(remaining, STEP)):
        yield step


def appoint_state_admin(arguments: Sequence[str]) -> int:
    """Make a person state_admin of the state authority; repeating it changes nothing."""
    parser = argparse.ArgumentParser(
        prog="python -m services.registry appoint-state-admin", description=appoint_state_admin.__doc__
    )
    parser.add_argument("--issuer", required=True, help="issuer of the person's access tokens")
    parser.add_argument("--subject", required=True, help="subject of the person's access tokens")
    parser.add_argument("--name", required=True)
    parser.add_argument("--mail", required=True)
    parser.add_argument("--language", default="de")
    parser.add_argument("--authority", default="Landesverwaltung", help="name of the state authority")
    parsed = parser.parse_args(arguments)
    try:
        mail = validate_email(parsed.mail, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ConfigurationError("--mail: no mail address") from None
    settings = load(RegistrySettings)
    kinds = {issuer.issuer: issuer.kind for issuer in settings.issuers}
    if kinds.get(parsed.issuer) not in (IssuerKind.STAFF, IssuerKind.DEVELOPMENT):
        raise ConfigurationError("--issuer: none of the issuers of staff in TANDEM_ISSUERS")
    configure("registry", "appoint-state-admin", settings.log_level)
    identity = Identity(parsed.issuer, parsed.subject, kinds[parsed.issuer])

    async def appoint() -> str:
        database = await Database.connect(settings, Clock(), "registry")
        try:
            async with database.transaction() as tx:
                subject_id = await organisations.appoint_state_admin(
                    tx,
                    identity,
                    authority=parsed.authority,
                    name=parsed.name,
                    mail=mail,
                    language=parsed.language,
                )
        finally:
            await database.close()
        return str(subject_id)

    sys.stdout.write(json.dumps({"subject_id": asyncio.run(appoint())}) + "\n")
    return 0


def verify_audit(arguments: Sequence[str]) -> int:
    """Check the chain of the audit log; status 1 when it is broken, and where. It changes nothing."""
    parser = argparse.ArgumentParser(prog="python -m services.registry verify-audit", description=verify_audit.__doc__)
    parser.add_argument(
        "--noted", help="POSITION:HASH of an end of the chain that was noted before (lines audit-log-sealed of the log)"
    )
    parsed = parser.parse_args(arguments)
    noted = None if parsed.noted is None else _noted(parsed.noted)
    settings = load(RegistrySettings)
    configure("registry", "verify-audit", settings.log_level)

    async def check() -> int:
        database = await Database.connect(settings, Clock(), "registry")
        try:
            async with database.reading() as connection:
                verification, broken, head, unsealed = await audit.verify(connection, noted)
        finally:
            await database.close()
        found = {
            "entries": verification.entries,
            "head": f"{head.position}:{head.hash.hex()}",
            "unsealed": unsealed,
            "broken": None if broken is None else {"position": broken.position, "what": broken.what},
        }
        sys.stdout.write(json.dumps(found) + "\n")
        return 0 if broken is None else 1

    return asyncio.run(check())


def _noted(text: str) -> Link:
    position, _, digest = text.partition(":")
    try:
        return Link(int(position), bytes.fromhex(digest))
    except ValueError:
        raise ConfigurationError("--noted: POSITION:HASH, as verify-audit prints it") from None
