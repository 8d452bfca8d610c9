"""What every list offers: declared filters and orders, pages that follow each other without a gap, a bound, and CSV.

    LISTING = Listing("organisations", OrganisationAnswer, sorts={"name": str, "registered_at": datetime}, key="id")

    @router.get("", response_model=Page[OrganisationAnswer], responses=CSV)
    async def organisations(query: OptionalQuery, listed: Annotated[Listed, Depends(LISTING.asked)], status: …):
        return await listed.answer(query, lambda connection, caller, asked: handlers.organisations(…, asked, status))

The client says `?sort=name` or `?sort=-name`, `limit`, `cursor`, and `format=csv` (or `Accept: text/csv`) for the whole
filtered list as a file: what the caller may see, read in stretches, each with the permission of its moment. Filters are
ordinary parameters of the endpoint.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import gt, lt
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from shared.http.commands import QueryRunner
from shared.http.csv_lines import heading, lines
from shared.http.paging import CURSOR_AT_MOST, LIMIT_AT_MOST, LIMIT_DEFAULT, Page, decode, encode
from shared.http.problems import Problem, ProblemError
from shared.postgres.lists import Asked

__all__ = ["CSV", "Asked", "Listed", "Listing", "Page"]

CSV_ROWS_AT_MOST = 50_000
CSV_STRETCH = 1_000
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string", "description": "with `format=csv`: the whole list"}}}}
}
"""For a route's `responses`."""

Read = Callable[[Any, Any, Asked], Awaitable[Sequence[Any]]]
"""(connection, caller, asked) → at most `asked.rows` rows of the list, in its order."""
ReadWhole = Callable[[Any, Any], Awaitable[Sequence[Any]]]
"""(connection, caller) → all rows of a list that is bounded where it is read."""


@dataclass(frozen=True)
class Listing:
    """A list as its endpoint declares it.

    Parameters
    ----------
    name
        Of the file when it is exported; no personal data in it.
    item
        What is shown of a row: a model, read from the row's attributes, or a function that makes one.
    sorts
        By name: the kind of value (str, int, datetime, date, UUID), or None when the key alone decides. The first is the
        default. The value is the row's attribute of that name.
    key, key_kind
        The row's attribute that tells rows apart.
    descending
        The default order goes downwards (latest first).
    columns
        Of the CSV file: the item's fields unless given.
    """

    name: str
    item: type[BaseModel] | Callable[[Any], Any]
    sorts: Mapping[str, type | None]
    key: str
    key_kind: type = UUID
    descending: bool = False
    columns: Sequence[str] | None = None
    value: Callable[[Any, str], Any] = field(default=getattr)
    """How a row gives the value of an order or of its key."""
    both_ways: bool = True
    """False: nobody asks for it downwards (what is farthest away)."""

    @property
    def asked(self) -> Callable[..., Awaitable["Listed"]]:
        """Dependency: `listed: Annotated[Listed, Depends(LISTING.asked)]`."""
        signs = ("", "-") if self.both_ways else ("",)
        orders: Any = Literal[tuple(sign + name for name in self.sorts for sign in signs)]

        async def asked(
            request: Request,
            limit: Annotated[int, Parameter(ge=1, le=LIMIT_AT_MOST, description="Items per page")] = LIMIT_DEFAULT,
            cursor: Annotated[
                str | None, Parameter(max_length=CURSOR_AT_MOST, description="`next` of the page before")
            ] = None,
            sort: Annotated[orders, Parameter(description="`-`: downwards")] = self.default,
            format: Annotated[
                Literal["json", "csv"] | None, Parameter(description="csv: the whole list as a file")
            ] = None,
        ) -> Listed:
            return self._listed(request, limit, cursor, sort, format or _preferred(request))

        return asked

    @property
    def default(self) -> str:
        """The order when none is asked for."""
        return ("-" if self.descending else "") + next(iter(self.sorts))

    def _listed(self, request: Request, limit: int, cursor: str | None, sort: str, format: str) -> "Listed":
        name = sort.removeprefix("-")
        kinds = [kind for kind in (self.sorts[name], self.key_kind) if kind is not None]
        after = None if cursor is None else decode(cursor, (str, *kinds))
        if after is not None and after[0] != sort:
            raise ProblemError(_OTHER_ORDER)
        stretch = Asked(name, limit + 1, sort.startswith("-"), after[1:] if after else None)
        return Listed(self, request, stretch, limit, format)

    def position(self, row: Any, sort: str) -> tuple[Any, ...]:
        """The sort key of a row."""
        names = (self.key,) if self.sorts[sort] is None else (sort, self.key)
        return tuple(self.value(row, name) for name in names)

    def stretch(self, rows: Sequence[Any], asked: Asked) -> Sequence[Any]:
        """What is asked for of rows that were read whole."""
        ordered = sorted(rows, key=lambda row: self.position(row, asked.sort), reverse=asked.descending)
        if asked.after is not None:
            # Sorted and continued the same way: what comes after is an end of it.
            beyond = lt if asked.descending else gt
            ordered = [row for row in ordered if beyond(self.position(row, asked.sort), asked.after)]
        return ordered[asked.skip : asked.skip + asked.rows]

    def shown(self, row: Any) -> Any:
        """What is shown of a row."""
        if not isinstance(self.item, type):
            return self.item(row)
        model: type[BaseModel] = self.item
        return row if isinstance(row, model) else model.model_validate(row, from_attributes=True)


@dataclass(frozen=True)
class Listed:
    """One request for a list."""

    listing: Listing
    request: Request
    asked: Asked
    limit: int
    format: str

    async def answer(self, query: QueryRunner, read: Read) -> Response:
        """The page, or the file.

        Raises
        ------
        ProblemError
            422 `too-many-rows` when the file would be longer than any may be.
        """
        if self.format == "csv":
            return await self._file(query, read)
        return await query.run(lambda connection, caller: self._page(connection, caller, read))

    async def answer_few(self, query: QueryRunner, read: ReadWhole) -> Response:
        """The same for what is few by its nature (a person's own, a vocabulary): read whole, sorted and cut here."""

        async def stretch(connection: Any, caller: Any, asked: Asked) -> Sequence[Any]:
            return self.listing.stretch(await read(connection, caller), asked)

        return await self.answer(query, stretch)

    async def _page(self, connection: Any, caller: Any, read: Read) -> Page[Any]:
        rows = await read(connection, caller, self.asked)
        shown = rows[: self.limit]
        following = self._cursor(shown[-1]) if len(rows) > self.limit else None
        return Page(items=[self.listing.shown(row) for row in shown], next=following)

    def _position(self, row: Any) -> tuple[Any, ...]:
        return self.listing.position(row, self.asked.sort)

    def _cursor(self, row: Any) -> str:
        chosen = ("-" if self.asked.descending else "") + self.asked.sort
        return encode((chosen, *self._position(row)))

    async def _file(self, query: QueryRunner, read: Read) -> Response:
        whole = Asked(self.asked.sort, CSV_STRETCH, self.asked.descending, self.asked.after)
        beyond = Asked(whole.sort, 1, whole.descending, whole.after, skip=CSV_ROWS_AT_MOST)
        # Before the first byte is sent, so that a refusal is still an answer of its own.
        first = await self._stretch(query, read, whole)
        if len(first) == CSV_STRETCH and await self._stretch(query, read, beyond):
            raise ProblemError(_TOO_MANY_ROWS)
        day = query.state.clock.today().isoformat()
        headers = {"Content-Disposition": f'attachment; filename="{self.listing.name}-{day}.csv"'}
        return StreamingResponse(self._lines(query, read, whole, first), 200, headers, "text/csv; charset=utf-8")

    async def _lines(self, query: QueryRunner, read: Read, asked: Asked, first: Sequence[Any]) -> AsyncIterator[str]:
        columns = self.listing.columns or _fields(self.listing.item)
        yield heading(columns)
        rows, told = first, 0
        while rows:
            yield lines(columns, [self.listing.shown(row) for row in rows])
            told += len(rows)
            if len(rows) < CSV_STRETCH or told >= CSV_ROWS_AT_MOST:
                return
            rows = await self._stretch(query, read, asked.following(self._position(rows[-1]), CSV_STRETCH))

    async def _stretch(self, query: QueryRunner, read: Read, asked: Asked) -> Sequence[Any]:
        return await query.read(lambda connection, caller: read(connection, caller, asked))


def _fields(item: Any) -> Sequence[str]:
    if not (isinstance(item, type) and issubclass(item, BaseModel)):
        raise TypeError("a list whose item is made by a function names its columns")
    return tuple(name for name, field in item.model_fields.items() if not field.exclude)


def _preferred(request: Request) -> str:
    """CSV when the client prefers it to JSON (RFC 9110 § 12.5.1)."""
    weights = {"text/csv": 0.0, "application/json": 0.0}
    for part in request.headers.get("accept", "")[:500].split(","):
        kind, _, parameters = part.strip().partition(";")
        name, _, number = parameters.strip().partition("=")
        try:
            weight = float(number) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        for accepted in weights.keys() & ({kind.strip().lower()} if kind != "*/*" else {"application/json"}):
            weights[accepted] = max(weights[accepted], weight)
    return "csv" if weights["text/csv"] > weights["application/json"] else "json"


_OTHER_ORDER = Problem(
    400,
    "cursor-malformed",
    "Der Seitenzeiger gehört zu einer anderen Sortierung. Bitte vorn beginnen.",
    "The cursor belongs to another order. Please begin with the first page.",
)
_TOO_MANY_ROWS = Problem(
    422,
    "too-many-rows",
    "Die Liste ist zu lang für eine Datei. Bitte mit Filtern eingrenzen.",
    "The list is too long for a file. Please narrow it with filters.",
    details={"rows_at_most": CSV_ROWS_AT_MOST},
)
