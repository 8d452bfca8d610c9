"""A real PostgreSQL server for tests, prepared exactly as `make up` prepares its own."""

import secrets
import signal
from pathlib import Path

from deploy.local import postgres
from tests.support.servers.ports import free_port
from tests.support.servers.process import Server


class PostgresServer(Server):
    """A running server."""

    stop_signal = signal.SIGINT

    def __init__(self, prepared: postgres.PostgresCommand, folder: Path, *options: str) -> None:
        super().__init__([*prepared.command, *options], folder, prepared.port)
        self.admin_dsn: str = prepared.admin_dsn
        self.admin_password: str = prepared.admin_password

    def dsn(self, user: str, password: str, database: str = "tandem") -> str:
        """The connection string of a role that has been made on this server."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def _is_ready(self) -> bool:
        return postgres.is_ready(self.admin_dsn)


def start_postgres(folder: Path, port: int | None = None, *, fsync: bool = True) -> PostgresServer:
    """Start a server with its data in `folder`, on a free port unless told otherwise; returns when it answers.

    Without `fsync` what was committed survives the end of any process, but not that of the machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = () if fsync else ("-c", "fsync=off")
    server = PostgresServer(postgres.prepare(folder, port or free_port(), secrets.token_urlsafe(18)), folder, *options)
    server.start()
    return server
