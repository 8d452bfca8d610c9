"""What the registry keeps: typed functions over the named SQL of `queries.sql`. It decides nothing."""

from pathlib import Path
from typing import Any

from shared.postgres.queries import load_queries

queries: Any = load_queries(str(Path(__file__).parent))
