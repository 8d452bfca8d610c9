"""What is told in bulk is sent after what somebody waits for."""

from shared.postgres.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql(__file__)
