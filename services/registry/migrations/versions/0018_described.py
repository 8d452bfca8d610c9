"""Since when a volunteer is described, and reached, as today."""

from shared.postgres.migrate import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql(__file__)
