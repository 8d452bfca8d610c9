"""The operator's commands `appoint-state-admin`, `verify-audit`, `map-skills`; those that load places are in `loading`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from services.registry.handlers import audit, free_skills, organisations
from services.registry.models.audit import Link
from services.registry.settings import RegistrySettings
from shared.access.identity import Identity
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import ConfigurationError, IssuerKind, load
from shared.telemetry.logging import configure


def appoint_state_admin(arguments: Sequence[str]) -> int:
    """Make a person state_admin of a state authority, which is founded when there is none of that name.

    Repeating it changes nothing.
    """
    parser = argparse.ArgumentParser(
        prog="python -m services.registry appoint-state-admin", description=appoint_state_admin.__doc__
    )
    parser.add_argument("--issuer", required=True, help="issuer of the person's access tokens")
    parser.add_argument("--subject", required=True, help="subject of the person's access tokens")
    parser.add_argument("--name", required=True)
    parser.add_argument("--mail", required=True)
    parser.add_argument("--language", default="de")
    parser.add_argument(
        "--authority",
        default="Landesverwaltung",
        help="name of the state authority, exactly as it is registered; a name that is new founds another one beside it"
        " (default: %(default)s; on a platform that make up started it is 'Landesverwaltung (Demo)')",
    )
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


def map_skills(arguments: Sequence[str]) -> int:
    """After the vocabulary of skills has grown: what people told in their own words becomes the term that it now is.

    May be repeated, and interrupted.
    """
    argparse.ArgumentParser(prog="python -m services.registry map-skills", description=map_skills.__doc__).parse_args(
        arguments
    )
    settings = load(RegistrySettings)
    configure("registry", "map-skills", settings.log_level)

    async def through_all() -> int:
        database = await Database.connect(settings, Clock(), "registry")
        after, changed = UUID(int=0), 0
        try:
            while True:
                async with database.transaction() as tx:
                    following, more = await free_skills.look_again(tx, after)
                changed += more
                if following is None:
                    return changed
                after = following
        finally:
            await database.close()

    sys.stdout.write(json.dumps({"changed": asyncio.run(through_all())}) + "\n")
    return 0


def _noted(text: str) -> Link:
    position, _, digest = text.partition(":")
    try:
        return Link(int(position), bytes.fromhex(digest))
    except ValueError:
        raise ConfigurationError("--noted: POSITION:HASH, as verify-audit prints it") from None
