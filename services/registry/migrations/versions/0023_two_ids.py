"""A person of the staff may be told under several ids of one source: one for each role."""

from shared.postgres.migrate import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run_sql(__file__)
