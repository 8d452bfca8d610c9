"""Named SQL: every query stands in a `queries.sql` with its name and a line that says what it is for."""

from pathlib import Path
from typing import Any

import aiosql


def load_queries(module_file: str, name: str = "queries.sql") -> Any:
    """The queries of the file beside a module (`load_queries(__file__)`): one coroutine function per query.

    The first argument is the connection, all others are keywords. What they answer follows from aiosql's suffixes: none a
    list of records, `^` one record or None, `$` one value, `!` the command's status.
    """
    return aiosql.from_path(Path(module_file).with_name(name), "asyncpg", mandatory_parameters=False)
