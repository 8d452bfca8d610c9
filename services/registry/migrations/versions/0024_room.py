"""A contact who has room again is found by whoever waits, however the room came about."""

from shared.postgres.migrate import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql(__file__)
