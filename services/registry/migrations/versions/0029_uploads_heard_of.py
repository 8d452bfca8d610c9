"""When something of an upload arrived last: whose sender or receiver has died is under way no longer."""

from shared.postgres.migrate import run_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run_sql(__file__)
