"""The days of the week on which an offer has shifts end with the last shift on them."""

from shared.postgres.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql(__file__)
