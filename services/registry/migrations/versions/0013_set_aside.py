"""Of two clearances for one purpose the older is set aside until a merge can no longer be undone."""

from shared.postgres.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql(__file__)
