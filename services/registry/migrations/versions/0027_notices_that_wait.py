"""A notice about a clearance that is to be deleted waits until it is no longer."""

from shared.postgres.migrate import run_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run_sql(__file__)
