"""What others have to heed of what persons asked about their data."""

from shared.postgres.migrate import run_platform_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_platform_sql("0003_rights.sql")
