"""Offers in full: more states, translations, requirements, urgency that decays, confirmation, templates, search."""

from shared.postgres.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql(__file__)
