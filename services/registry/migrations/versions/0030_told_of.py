"""Whom only an association told of waits for its contacts alone, and keeps nobody else waiting."""

from shared.postgres.migrate import run_sql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run_sql(__file__)
