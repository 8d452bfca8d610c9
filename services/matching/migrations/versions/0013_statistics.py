"""Statistics by month, district and topic, computed once a day."""

from shared.postgres.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql(__file__)
