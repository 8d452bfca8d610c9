"""Whoever is placed with an offer is told when it takes place at other times."""

from shared.postgres.migrate import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run_sql(__file__)
