"""Whoever is told through a member who left is found by their organisation, not among all who are told through somebody."""

from shared.postgres.migrate import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_sql(__file__)
