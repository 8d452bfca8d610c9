"""One spelling may keep several persons out of imports: a merge that is undone takes back only what it added."""

from shared.postgres.migrate import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql(__file__)
