"""An association hears when an organisation leaves it."""

from shared.postgres.migrate import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run_sql(__file__)
