"""What matching knows from the other services' events."""

from shared.postgres.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the read models."""
    run_sql(__file__)
