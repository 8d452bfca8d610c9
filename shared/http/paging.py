"""Lists in pages: an opaque cursor says where the next page begins, so nothing is skipped or shown twice.

A cursor is the sort key of the last item shown. It is checked like any other input: its shape here, its permission by
the query, which keeps to the caller's scope whatever the cursor says.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel

from shared.http.models import has_refused_characters
from shared.http.problems import bad_request

LIMIT_DEFAULT = 50
LIMIT_AT_MOST = 100
CURSOR_AT_MOST = 500

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    """One page. `next` is the cursor of the following page, null on the last."""

    items: list[Item]
    next: str | None = None


@dataclass(frozen=True)
class Paging:
    """What the client asks for. Fetch `limit + 1` rows after `after(...)`, then make the page of them."""

    limit: int
    cursor: str | None = None

    @property
    def rows(self) -> int:
        """How many rows to fetch: one more than shown, to know whether there is a next page."""
        return self.limit + 1

    def after(self, *kinds: type) -> tuple[Any, ...] | None:
        """The sort key after which the page begins, of these kinds (str, int, UUID, datetime); None on the first page.

        Raises
        ------
        ProblemError
            400 `cursor-malformed`.
        """
        return None if self.cursor is None else decode(self.cursor, kinds)

    def page(
        self, rows: Sequence[Row], key: Callable[[Row], tuple[Any, ...]], item: Callable[[Row], Item]
    ) -> Page[Item]:
        """The page of the fetched rows: `key` is a row's sort key, `item` what is shown of it."""
        shown = rows[: self.limit]
        following = encode(key(shown[-1])) if len(rows) > self.limit else None
        return Page(items=[item(row) for row in shown], next=following)


async def paging(
    limit: Annotated[int, Query(ge=1, le=LIMIT_AT_MOST, description="Items per page")] = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST, description="`next` of the page before")] = None,
) -> Paging:
    """Dependency: `paging: PagingQuery`."""
    return Paging(limit, cursor)


PagingQuery = Annotated[Paging, Depends(paging)]


def encode(key: tuple[Any, ...]) -> str:
    """The cursor of a sort key."""
    # Ids from the database are of a subclass of UUID, which orjson does not know.
    return base64.urlsafe_b64encode(orjson.dumps(key, default=str)).rstrip(b"=").decode()


def decode(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """The sort key of a cursor, of these kinds (str, int, UUID, datetime, date).

    Raises
    ------
    ProblemError
        400 `cursor-malformed`.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError("another shape")
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        raise bad_request(
            "cursor-malformed",
            "Der Seitenzeiger ist ungültig. Bitte vorn beginnen.",
            "The cursor is not valid. Please begin with the first page.",
        ) from None


def _part(part: Any, kind: type) -> Any:
    if kind is UUID:
        return UUID(part)
    if kind is datetime:
        instant = datetime.fromisoformat(part)
        if instant.tzinfo is None:
            raise ValueError("no time zone")
        return instant.astimezone(UTC)
    if kind is date:
        return date.fromisoformat(part)
    if type(part) is not kind:
        raise ValueError("another kind")
    if isinstance(part, str) and has_refused_characters(part):
        raise ValueError("characters that are not allowed")
    if isinstance(part, int) and not -(2**63) <= part < 2**63:
        raise ValueError("too large")
    return part
