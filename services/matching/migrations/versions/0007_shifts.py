"""Shifts: dated or recurring parts of an offer with places of their own."""

from shared.postgres.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql(__file__)
