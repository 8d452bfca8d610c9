"""Named SQL: every query stands in a `queries.sql` with its name and a line that says what it is for."""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiosql


def load_queries(module_file: str, name: str = "queries.sql") -> Any:
    """The queries of the file beside a module (`load_queries(__file__)`): one coroutine function per query.

    The first argument is the connection, all others are keywords. What they answer follows from aiosql's suffixes: none a
    list of records, `^` one record or None, `$` one value, `!` the command's status.
    """
    queries = aiosql.from_path(Path(module_file).with_name(name), "asyncpg", mandatory_parameters=False)
    for query in queries.available_queries:
        function = getattr(queries, query)
        if inspect.isasyncgenfunction(function):
            setattr(queries, query, _as_list(function))
    return queries


def _as_list(function: Callable[..., AsyncIterator[Any]]) -> Callable[..., Coroutine[Any, Any, list[Any]]]:
    """aiosql gives records one by one, although asyncpg has fetched them all."""

    async def listed(connection: Any, *arguments: Any, **named: Any) -> list[Any]:
        return [record async for record in function(connection, *arguments, **named)]

    listed.sql = function.sql  # type: ignore[attr-defined]
    listed.__name__, listed.__doc__ = function.__name__, function.__doc__
    return listed
