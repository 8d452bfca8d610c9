"""Read models of what the registry tells of clearances, groups, boundaries, contacts and consents."""

from shared.postgres.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql(__file__)
