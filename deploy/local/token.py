"""An access token of the development issuer, for trying the HTTP interfaces as staff (`make token`).

Processes trust this issuer in the local mode and in tests only. What the person may do is not in the token: the
services know it from the registry's members, and the demo data makes the members that these subjects stand for.

    python -m deploy.local.token --role coordinator --district 03351
"""

import argparse
import sys
import time
from pathlib import Path

import jwt

from deploy.local.credentials import Credentials, load_or_make, public_jwk, read_key
from deploy.local.demo_content import DISTRICTS
from deploy.local.environment import AUDIENCE, DEVELOPMENT_ISSUER, secrets_folder
from deploy.local.folders import TANDEM

OF_A_DISTRICT = ("coordinator", "trainer", "organisation_admin", "district_admin", "integration")
OF_THE_STATE = ("state_admin", "privacy_officer")
ROLES = OF_A_DISTRICT + OF_THE_STATE
HOURS = 8


class UnknownRole(Exception):
    """No such role, or a role without the district it needs."""


def subject_of(role: str, district: str | None) -> str:
    """The demo subject with a role: `demo-coordinator-03351`, or `demo-state_admin` for a role of the whole state.

    Raises
    ------
    UnknownRole
        The message names the roles, or what is missing.
    """
    if role not in ROLES:
        raise UnknownRole(f"unknown role {role!r}; the roles are {', '.join(ROLES)}")
    if role in OF_THE_STATE:
        return f"demo-{role}"
    if not district:
        raise UnknownRole(f"the role {role} needs a district, for example DISTRICT=03351")
    if not (district.isascii() and district.isdigit() and len(district) == 5):
        raise UnknownRole(f"a district is the first five digits of the AGS, for example 03351, not {district!r}")
    return f"demo-{role}-{district}"


def issue(credentials: Credentials, subject: str, hours: float = HOURS) -> str:
    """A signed token for `subject`, valid for `hours`."""
    now = int(time.time())
    claims = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + int(hours * 3600),
    }
    key = credentials.issuer_key
    return jwt.encode(claims, read_key(key), algorithm="ES256", headers={"kid": public_jwk(key)["kid"]})


def _demo_districts() -> str:
    return ", ".join(f"{district.ags} ({district.name})" for district in DISTRICTS)


def main() -> None:
    """Print a token, and nothing else, on standard output."""
    parser = argparse.ArgumentParser(prog="make token", description="A token of the development issuer.")
    parser.add_argument("--role", default="", help=f"one of {', '.join(ROLES)}")
    parser.add_argument("--district", default="", help="the first five digits of the AGS, e.g. 03351")
    parser.add_argument("--sub", default="", help="any subject instead of a demo one")
    parser.add_argument("--home", type=Path, default=TANDEM, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.sub and not arguments.role:
        told = (
            "Say which role: make token ROLE=coordinator DISTRICT=03351\n"
            f"  of a district  {', '.join(OF_A_DISTRICT)}\n"
            f"  of the state   {', '.join(OF_THE_STATE)}\n"
            f"  demo districts {_demo_districts()}\n"
        )
        sys.stderr.write(told)
        # Alone it is the question which roles there are; with a district it is a role forgotten.
        sys.exit(1 if arguments.district else 0)
    try:
        subject = arguments.sub or subject_of(arguments.role, arguments.district)
    except UnknownRole as problem:
        sys.exit(str(problem))
    if not arguments.sub and arguments.role in OF_A_DISTRICT and arguments.district not in {d.ags for d in DISTRICTS}:
        sys.exit(
            f"The demo data has nobody in {arguments.district}; its districts are {_demo_districts()}. SUB=… gives a token"
            " for anybody else."
        )
    print(issue(load_or_make(secrets_folder(arguments.home)), subject))


if __name__ == "__main__":
    main()
