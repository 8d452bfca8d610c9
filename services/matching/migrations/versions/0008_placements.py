"""Placements in all their states: invited, begun, suspended, completed; of shifts and of groups."""

from shared.postgres.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Widen placements, and keep for whom replacements are looked for."""
    run_sql(__file__)
