"""A report names each row as the file's owner finds it: by its line in a spreadsheet, and by the external id."""

from shared.postgres.migrate import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql(__file__)
