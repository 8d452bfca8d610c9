"""The database, a schema per service and two roles for each: what must exist before the services migrate.

The promise kept here: neither role of a service sees another service's schema, the runtime role changes rows and never
tables, and PUBLIC may do nothing. Running it again changes only what differs.

    TANDEM_POSTGRES_ADMIN_DSN=… TANDEM_SECRETS_DIR=… python -m deploy.postgres.provision

The passwords are settings too: TANDEM_REGISTRY_OWNER_PASSWORD, TANDEM_REGISTRY_RUNTIME_PASSWORD and so on.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import Connection, sql

from shared.contracts.topics import SERVICES

DATABASE = "tandem"
_ONE_AT_A_TIME = 7_284_951
"""Key of the advisory lock that keeps two provisionings apart."""


@dataclass(frozen=True)
class RolePasswords:
    """The passwords of a service's two roles."""

    owner: str
    runtime: str


def owner_of(service: str) -> str:
    """The role that migrates the service's schema and owns what is in it."""
    return f"{service}_owner"


def runtime_of(service: str) -> str:
    """The role with which the service reads and writes rows."""
    return f"{service}_runtime"


def dsn_of(server_dsn: str, role: str, password: str, database: str = DATABASE) -> str:
    """The connection string of `role`, on the server (and with the TLS settings) of `server_dsn`."""
    parts = urlsplit(server_dsn)
    host = parts.netloc.rpartition("@")[2]
    who = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return urlunsplit((parts.scheme, f"{who}@{host}", f"/{database}", parts.query, ""))


def provision(admin_dsn: str, passwords: Mapping[str, RolePasswords], database: str = DATABASE) -> None:
    """Make database, roles, schemas and rights as they should be.

    Parameters
    ----------
    admin_dsn
        A role that may create databases and roles; it need not be a superuser.
    passwords
        By service; the services named here are the ones that get a schema.

    Raises
    ------
    psycopg.Error
        The server is away, or the administrator may not do what is needed.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
        _make_database(connection, database)
        for service, of_service in passwords.items():
            _make_role(connection, owner_of(service), of_service.owner)
            _make_role(connection, runtime_of(service), of_service.runtime)
        with psycopg.connect(_with_database(admin_dsn, database)) as inside:
            _close_to_public(inside, database)
            for service in passwords:
                _make_schema(inside, database, service)


def _with_database(admin_dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{database}"))


def _make_database(connection: Connection, database: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(database))
        )


def _make_role(connection: Connection, role: str, password: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    # Only the verifier travels: a statement's text can end up in the server's log.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))
    is_superuser = connection.info.parameter_status("is_superuser") == "on"
    if not is_superuser and role.endswith("_owner"):
        # Whoever makes a schema for a role has to be a member of it.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _close_to_public(connection: Connection, database: str) -> None:
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")


_SCHEMA = (
    "GRANT CONNECT ON DATABASE {database} TO {owner}, {runtime}",
    "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}",
    "ALTER SCHEMA {schema} OWNER TO {owner}",
    "REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
    "GRANT USAGE ON SCHEMA {schema} TO {runtime}",
    "ALTER ROLE {owner} IN DATABASE {database} SET search_path = {schema}",
    "ALTER ROLE {runtime} IN DATABASE {database} SET search_path = {schema}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {runtime}",
    "GRANT EXECUTE ON ALL ROUTINES IN SCHEMA {schema} TO {runtime}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runtime}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {runtime}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT EXECUTE ON ROUTINES TO {runtime}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
)


_WITHOUT_RIGHTS = """
SELECT relname FROM pg_class
WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
  AND NOT EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee = %(runtime)s::regrole)
"""
"""Tables that are older than the default rights. The others are left alone: a migration may have narrowed its rights."""


def _make_schema(connection: Connection, database: str, service: str) -> None:
    names = {
        "database": sql.Identifier(database),
        "schema": sql.Identifier(service),
        "owner": sql.Identifier(owner_of(service)),
        "runtime": sql.Identifier(runtime_of(service)),
    }
    for statement in _SCHEMA:
        connection.execute(sql.SQL(statement).format(**names))
    for (table,) in connection.execute(_WITHOUT_RIGHTS, {"schema": service, "runtime": runtime_of(service)}).fetchall():
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.{table} TO {runtime}").format(
                table=sql.Identifier(table), **names
            )
        )


def _setting(name: str) -> str:
    folder = os.environ.get("TANDEM_SECRETS_DIR")
    if name in os.environ:
        return os.environ[name]
    if folder and (Path(folder) / name.lower()).exists():
        return (Path(folder) / name.lower()).read_text().strip()
    raise SystemExit(f"{name} is not set, neither in the environment nor as a file in TANDEM_SECRETS_DIR")


def _passwords(services: Iterable[str]) -> dict[str, RolePasswords]:
    return {
        service: RolePasswords(
            owner=_setting(f"TANDEM_{service.upper()}_OWNER_PASSWORD"),
            runtime=_setting(f"TANDEM_{service.upper()}_RUNTIME_PASSWORD"),
        )
        for service in services
    }


def main() -> None:
    """Provision from the environment."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.postgres.provision",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", default=DATABASE)
    arguments = parser.parse_args()
    try:
        provision(_setting("TANDEM_POSTGRES_ADMIN_DSN"), _passwords(SERVICES), arguments.database)
    except psycopg.Error as error:
        sys.exit(f"PostgreSQL could not be provisioned: {error}")


if __name__ == "__main__":
    main()
