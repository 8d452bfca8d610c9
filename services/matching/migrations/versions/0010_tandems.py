"""Tandems: lasting placements with one person or family, of whom nothing personal is kept."""

from shared.postgres.migrate import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql(__file__)
