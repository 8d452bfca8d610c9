"""Plans: the best pairing of a district's volunteers and open places as a whole, prepared by a job."""

from shared.postgres.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql(__file__)
