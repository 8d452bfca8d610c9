"""Named SQL: every query stands in a `queries.sql` with its name and a line that says what it is for."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiosql
from aiosql.types import SQLOperationType

Function = Callable[..., Coroutine[Any, Any, Any]]

_METHODS = {
    SQLOperationType.SELECT: "fetch",
    SQLOperationType.SELECT_ONE: "fetchrow",
    SQLOperationType.SELECT_VALUE: "fetchval",
    SQLOperationType.INSERT_UPDATE_DELETE: "execute",
}


def load_queries(module_file: str, name: str = "queries.sql") -> Any:
    """The queries of the file beside a module (`load_queries(__file__)`): one coroutine function per query.

    The first argument is the connection, all others are keywords. What they answer follows from aiosql's suffixes: none a
    list of records, `^` one record or None, `$` one value, `!` the command's status.
    """
    queries = aiosql.from_path(Path(module_file).with_name(name), "asyncpg", mandatory_parameters=False)
    for query in queries.available_queries:
        function = getattr(queries, query)
        if function.operation in _METHODS and not query.endswith("_cursor"):
            names = tuple(queries.driver_adapter.var_sorted[query])
            setattr(queries, query, _asked(_METHODS[function.operation], function, names))
    return queries


def _asked(method: str, function: Any, names: tuple[str, ...]) -> Function:
    """The query without aiosql between: that asks each connection what it can do, which costs as much as the query."""
    sql: str = function.sql

    async def asked(connection: Any, **named: Any) -> Any:
        return await getattr(connection, method)(sql, *[named[name] for name in names])

    asked.sql = sql  # type: ignore[attr-defined]
    asked.__name__, asked.__doc__ = function.__name__, function.__doc__
    return asked
