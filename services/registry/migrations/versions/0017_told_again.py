"""Whoever was told at an address that was corrected since answers nothing."""

from shared.postgres.migrate import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run_sql(__file__)
