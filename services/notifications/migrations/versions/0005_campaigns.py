"""Read model of campaigns; what moved when two volunteers were merged."""

from shared.postgres.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql(__file__)
