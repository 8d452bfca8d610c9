"""Which role a source system's id of somebody stands for."""

from shared.postgres.migrate import run_sql

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run_sql(__file__)
