"""A row of a file that names another one is taken over together with it, wherever that stands."""

from shared.postgres.migrate import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql(__file__)
