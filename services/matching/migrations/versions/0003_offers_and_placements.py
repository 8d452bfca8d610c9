"""What matching owns."""

from shared.postgres.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create offers, placements and the telling of suggestions."""
    run_sql(__file__)
