"""With which permission a command was done: asked again before its answer is given again."""

from shared.postgres.migrate import run_platform_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_platform_sql("0004_granted.sql")
