"""Named SQL: every query stands in a `queries.sql` with its name and a line that says what it is for."""

import re
from collections.abc import Callable, Coroutine
from functools import cache
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

    asked.sql, asked.names = sql, names  # type: ignore[attr-defined]
    asked.__name__, asked.__doc__ = function.__name__, function.__doc__
    return asked


@cache
def both(first: Any, second: Any) -> Function:
    """Two queries of one row or none each in one round trip; one row with the columns of both, null where there is none.

    Their columns have different names, and parameters of the same name the same value. Neither sees what the other writes.
    """
    columns = "first.*, second.* FROM (VALUES (1)) AS one (one) LEFT JOIN first ON true LEFT JOIN second ON true"
    sql = f"WITH first AS ({_body(first)}), second AS ({_body(second, len(first.names))}) SELECT {columns}"
    return _together("fetchrow", sql, first, second)


@cache
def along_with(first: Any, second: Any) -> Function:
    """A statement that writes and says nothing, done along with another, whose answer is given.

    Parameters of the same name have the same value. Neither sees what the other writes; foreign keys are checked after both.
    """
    return _together("execute", f"WITH first AS ({_body(first)}) {_body(second, len(first.names))}", first, second)


def _together(method: str, sql: str, first: Any, second: Any) -> Function:
    names = (*first.names, *second.names)

    async def asked(connection: Any, **named: Any) -> Any:
        return await getattr(connection, method)(sql, *[named[name] for name in names])

    return asked


def _body(query: Any, shifted: int = 0) -> str:
    body: str = query.sql.strip().removesuffix(";")
    return re.sub(r"\$(\d+)", lambda place: f"${int(place[1]) + shifted}", body)
