"""An offer says for which kind of activity it asks for a clearance."""

from shared.postgres.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql(__file__)
