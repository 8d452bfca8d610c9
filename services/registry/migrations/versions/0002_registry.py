"""Districts, places, organisations, volunteers, sign-in, contacts, consents, erasures."""

from shared.postgres.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql(__file__)
