"""Migrations: Alembic, one chain per service in its own schema, plain SQL files beside the revisions.

`services/<service>/migrations/versions/0002_offers.py` names its predecessor and calls `run_sql(__file__)`, which executes
`0002_offers.sql`. The first revision of every chain is `run_platform_sql()`: the tables that `shared` needs. Migrations
run as the owner role, one at a time (an advisory lock), each chain in one transaction. Expand first, contract in a later
release: the previous release runs on the new schema.
"""

from pathlib import Path

from alembic import command, op
from alembic.config import Config

PLATFORM = Path(__file__).parent / "platform"


def run_sql(revision_file: str) -> None:
    """Execute the SQL file of the same name beside a revision."""
    _execute(Path(revision_file).with_suffix(".sql"))


def run_platform_sql(*names: str) -> None:
    """Execute files of `shared/postgres/platform`, all of them in order unless some are named."""
    for path in [PLATFORM / name for name in names] or sorted(PLATFORM.glob("*.sql")):
        _execute(path)


def _execute(path: Path) -> None:
    # The driver itself, within the same transaction: SQLAlchemy would take every % for a parameter.
    op.get_bind().connection.cursor().execute(path.read_text(encoding="utf-8"))


def migrate(service: str, folder: Path, owner_dsn: str) -> None:
    """Bring a service's schema to the newest revision; does nothing when it is there already.

    Parameters
    ----------
    service
        Name of the service and of its schema.
    folder
        The service's `migrations` folder.
    owner_dsn
        Connection string of the owner role.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    config.set_main_option("version_locations", str(folder / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["service"] = service
    config.attributes["owner_dsn"] = owner_dsn
    command.upgrade(config, "head")
