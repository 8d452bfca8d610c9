"""The tables that `shared` needs."""

from shared.postgres.migrate import run_platform_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_platform_sql("0001_messaging.sql", "0002_access.sql")
