"""The tables that every service has."""

from shared.postgres.migrate import run_platform_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    run_platform_sql()
