"""Lists from the database: one named query, narrowed by what is asked for, sorted, and continued after a key.

The query stands in the `.sql` like every other and is whole as it stands: it is prepared by the check with all of its
filters. Lines that end in `-- when <parameter>` are left out while that parameter is None, so the planner sees only the
conditions that count and takes their index. Order, continuation and limit are added here:

    -- name: organisations_listed
    -- The organisations that a caller may see.
    SELECT o.organisation_id, o.name, o.status
    FROM organisations AS o
    WHERE true
      AND (o.status = 'verified' OR o.organisation_id = ANY (:own::uuid[])) -- when own
      AND o.status = :status::text -- when status

It ends inside its WHERE. What is sorted by is never null and unique together with the key, so every order is stable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

_NAME = re.compile(r"^-- name: *(\w+)\S*$", re.MULTILINE)
_WHEN = re.compile(r"\s*-- when (\w+)\s*$")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True)
class Asked:
    """Which stretch of a list: sorted by what, after which sort key, how many rows at most."""

    sort: str
    rows: int
    descending: bool = False
    after: tuple[Any, ...] | None = None
    skip: int = field(default=0, repr=False)
    """Rows to pass over; only to find out whether a list is longer than so many."""

    def following(self, after: tuple[Any, ...], rows: int) -> "Asked":
        """The same list from there on."""
        return replace(self, after=after, rows=rows, skip=0)


class ListQuery:
    """A list's query with the orders in which it can be read.

    Parameters
    ----------
    file
        The store's module (`__file__`); `sql` is the file beside it, `name` the query in it.
    sorts
        By name of the order: the expression, e.g. `{"name": "o.name"}`. None: by the key alone.
    key
        The expression that tells rows apart; after the order's own expression it decides.
    """

    every: ClassVar[list[Any]] = []
    """All that were made, for the tests that look at their plans."""

    def __init__(self, file: str, sql: str, name: str, *, sorts: Mapping[str, str | None], key: str) -> None:
        self.path, self.name = Path(file).with_name(sql), name
        self.sorts, self.key = dict(sorts), key
        self._lines = _body(self.path, name)
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall("\n".join(self._lines))))
        self.optional = tuple(dict.fromkeys(m[1] for line in self._lines if (m := _WHEN.search(line))))
        ListQuery.every.append(self)

    async def fetch(self, connection: Any, asked: Asked, **parameters: Any) -> list[Any]:
        """The records. Every parameter of the query is given; None leaves the lines of an optional one out."""
        if missing := set(self.parameters) - set(parameters):
            raise TypeError(f"{self.name}: {', '.join(sorted(missing))} not given")
        statement, arguments = self.statement(asked, parameters)
        return list(await connection.fetch(statement, *arguments))

    def statement(self, asked: Asked, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The SQL and its arguments."""
        arguments: list[Any] = []
        places: dict[str, str] = {}

        def place(value: Any) -> str:
            arguments.append(value)
            return f"${len(arguments)}"

        def named(match: "re.Match[str]") -> str:
            name = match[1]
            if name not in places:
                places[name] = place(parameters[name])
            return places[name]

        lines = []
        for line in self._lines:
            condition = _WHEN.search(line)
            if condition is None or parameters.get(condition[1]) is not None:
                lines.append(_PARAMETER.sub(named, _WHEN.sub("", line)))
        order = [by for by in (self.sorts[asked.sort], self.key) if by is not None]
        if asked.after is not None:
            values = ", ".join(place(value) for value in asked.after)
            comparison = "<" if asked.descending else ">"
            lines.append(f"  AND ({', '.join(order)}) {comparison} ({values})")
        direction = " DESC" if asked.descending else ""
        lines.append("ORDER BY " + ", ".join(f"{by}{direction}" for by in order))
        lines.append(f"LIMIT {place(asked.rows)}" + (f" OFFSET {place(asked.skip)}" if asked.skip else ""))
        return "\n".join(lines), arguments

    def shapes(self) -> Iterator[tuple[Asked, frozenset[str]]]:
        """Every order in both directions, without any filter and with each one alone: what a test of plans walks through."""
        for sort in self.sorts:
            for descending in (False, True):
                for given in (frozenset[str](), *(frozenset((name,)) for name in self.optional)):
                    yield Asked(sort, 51, descending), given


def _body(path: Path, name: str) -> list[str]:
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    body = bodies[name].strip().removesuffix(";")
    return [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("--")]


def search_words(text: str) -> str:
    """What somebody types into a search box, for `to_tsquery('simple', …)`: every word, or its beginning, occurs.

    Nothing but letters and digits comes through. Without any word it is empty, and finds nothing.
    """
    return " & ".join(f"'{word}':*" for word in re.findall(r"[^\W_]+", text)[:10])
