"""With which permission a command was done: asked again before its answer is given again."""

from shared.postgres.migrate import run_platform_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_platform_sql("0004_granted.sql")
