"""The named queries of this service."""

from pathlib import Path
from typing import Any

from shared.postgres.queries import load_queries

BESIDE = str(Path(__file__).parent)
"""`queries.sql` stands beside this folder."""
queries: Any = load_queries(BESIDE)
