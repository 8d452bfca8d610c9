"""Pages follow each other without a gap, and a cursor is input like any other."""

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg.pgproto.pgproto
import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.paging import Paging
from shared.http.problems import ProblemError
from tests.unit.http.test_problems import problem

Row = tuple[datetime, UUID]


@given(count=st.integers(0, 30), limit=st.integers(1, 7))
def test_walking_through_the_pages_shows_everything_once(count: int, limit: int) -> None:
    rows: list[Row] = sorted((datetime(2026, 3, 1 + n % 3, tzinfo=UTC), UUID(int=n)) for n in range(count))
    shown: list[Row] = []
    cursor: str | None = None
    for _ in range(count + 1):
        paging = Paging(limit, cursor)
        after = paging.after(datetime, UUID)
        fetched = [row for row in rows if after is None or row > after][: paging.rows]
        page = paging.page(fetched, key=lambda row: row, item=lambda row: row)
        assert len(page.items) <= limit
        assert page.items or not rows
        shown += page.items
        cursor = page.next
        if cursor is None:
            break
    assert shown == rows


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ä",
        "!!!!",
        encoded({}),
        encoded([]),
        encoded(["a"]),
        encoded(["a", "b"]),
        encoded(["a", str(uuid4()), 1]),
        encoded(["a\x00", str(uuid4())]),
        encoded([1, str(uuid4())]),
        encoded(["a", 7]),
    ],
)
async def test_a_cursor_of_another_shape_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/offers", params={"cursor": cursor})
    problem(answer, 400, "cursor-malformed")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (int, 2**63),
        (int, True),
        (bool, 1),
        (datetime, "2026-03-01T00:00:00"),
        (datetime, "0001-01-01T00:00:00+14:00"),
        (datetime, "9999-12-31T23:59:59-14:00"),
    ],
)
def test_values_of_another_kind_are_refused(kind: type, value: Any) -> None:
    with pytest.raises(ProblemError):
        Paging(1, encoded([value])).after(kind)


def test_an_id_as_it_comes_from_the_database_makes_a_cursor() -> None:
    found = asyncpg.pgproto.pgproto.UUID(str(uuid4()))
    cursor = Paging(1).page([found, found], key=lambda row: (row,), item=str).next
    assert Paging(1, cursor).after(UUID) == (found,)


async def test_without_a_cursor_the_first_fifty_are_shown(client: httpx.AsyncClient) -> None:
    assert (await client.get("/offers")).json() == {"limit": 50, "after": None}
