"""What a merge kept is restored into tables that have gained columns since."""

from shared.postgres.migrate import run_sql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run_sql(__file__)
