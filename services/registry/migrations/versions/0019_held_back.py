"""What associations tell of somebody whose data may only be stored waits for the end of the restriction."""

from shared.postgres.migrate import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql(__file__)
