"""Courses, enrolments, attendance, qualifications, and the read models beside them."""

from shared.postgres.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    run_sql(__file__)
