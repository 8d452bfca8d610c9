"""What moved when two volunteers were merged."""

from shared.postgres.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql(__file__)
