"""Whoever was erased or objected stays away from imports also under another spelling of their external id."""

from shared.postgres.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql(__file__)
