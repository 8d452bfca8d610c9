"""Who wrote what in a support request, when it was not who asked."""

from shared.postgres.migrate import run_sql

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run_sql(__file__)
