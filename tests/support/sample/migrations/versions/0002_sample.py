"""The tables of the sample."""

from shared.postgres.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create them."""
    run_sql(__file__)
