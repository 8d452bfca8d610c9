"""Nobody waits longer than 90 days for an activity to be taken up."""

from shared.postgres.migrate import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run_sql(__file__)
