"""Lists: declared orders and filters only, pages without a gap in every order, and the same list as a file."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as Parameter
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.access.callers import ANONYMOUS
from shared.http import listing as listing_module
from shared.http.app import create_app
from shared.http.commands import QueryRunner
from shared.http.csv_lines import cell
from shared.http.listing import CSV, Asked, Listed, Listing
from shared.http.paging import Page
from tests.unit.http.application import client_of, settings
from tests.unit.http.test_problems import problem

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    thing_id: UUID
    name: str
    changed_at: datetime
    secret: str = "not shown"


class Thing(BaseModel):
    thing_id: UUID
    name: str
    changed_at: datetime


ROWS = [Row(UUID(int=n), "abcab"[n % 5], NOON + timedelta(minutes=n % 3)) for n in range(23)]
THINGS = Listing("things", Thing, sorts={"name": str, "changed_at": datetime, "registered": None}, key="thing_id")


def listed_rows(rows: Sequence[Row], asked: Asked) -> list[Row]:
    """What a database answers."""

    def key(row: Row) -> tuple[Any, ...]:
        return THINGS.position(row, asked.sort)

    ordered = sorted(rows, key=key, reverse=asked.descending)
    if asked.after is not None:
        ordered = [row for row in ordered if (key(row) < asked.after if asked.descending else key(row) > asked.after)]
    return ordered[asked.skip :][: asked.rows]


router = APIRouter()


class Reading(QueryRunner):
    async def read(self, handle: Any) -> Any:
        return await handle(None, ANONYMOUS)


async def reading(request: Request) -> Reading:
    return Reading(request, request.app.state.tandem, None)


@router.get("/things", response_model=Page[Thing], responses=CSV)
async def things(
    query: Annotated[Reading, Depends(reading)],
    listed: Annotated[Listed, Depends(THINGS.asked)],
    name: str | None = None,
) -> Response:
    async def read(_connection: Any, _caller: Any, asked: Asked) -> list[Row]:
        return listed_rows([row for row in ROWS if name is None or row.name == name], asked)

    return await listed.answer(query, read)


class Narrowed(BaseModel):
    colour: str | None = None


@router.get("/model")
async def narrowed_by_a_model(narrowed: Annotated[Narrowed, Parameter()]) -> Narrowed:
    return narrowed


@router.post("/button")
async def button() -> None: ...


@router.get("/button")
async def page_behind_a_link(token: str) -> str:
    return token


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("matching", settings(), [router], form_paths=["/button"])
    async with client_of(app) as connected:
        yield connected


@pytest.mark.parametrize("sort", ["name", "-name", "changed_at", "-changed_at", "registered", "-registered"])
@pytest.mark.parametrize("limit", [1, 4, 23, 100])
async def test_every_order_shows_everything_once(client: httpx.AsyncClient, sort: str, limit: int) -> None:
    shown: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(len(ROWS) + 1):
        page = (await client.get("/things", params={"sort": sort, "limit": str(limit)} | cursor)).json()
        shown += [item["thing_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    asked = Asked(sort.removeprefix("-"), 100, sort.startswith("-"))
    assert shown == [str(row.thing_id) for row in listed_rows(ROWS, asked)]


async def test_the_first_order_is_the_default(client: httpx.AsyncClient) -> None:
    assert (await client.get("/things")).json() == (await client.get("/things?sort=name")).json()


async def test_an_order_that_is_not_declared_is_refused(client: httpx.AsyncClient) -> None:
    (fault,) = problem(await client.get("/things?sort=secret"), 422, "invalid-input")["errors"]
    assert (fault["pointer"], fault["code"]) == ("query:sort", "unknown-value")


async def test_a_cursor_counts_only_in_its_own_order(client: httpx.AsyncClient) -> None:
    following = (await client.get("/things?sort=name&limit=2")).json()["next"]
    problem(await client.get("/things", params={"sort": "-name", "cursor": following}), 400, "cursor-malformed")
    problem(await client.get("/things", params={"sort": "registered", "cursor": following}), 400, "cursor-malformed")


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("/things?nmae=a", True),
        ("/things?name=a&Name=a", True),
        ("/things?request=x", True),
        ("/things?name=a&limit=3&sort=name&format=json", False),
        ("/model?colour=red", False),
        ("/model?colour=red&size=3", True),
        ("/button?token=a&utm_source=mail", False),
    ],
)
async def test_a_parameter_that_is_not_declared_is_refused(
    client: httpx.AsyncClient, address: str, refused: bool
) -> None:
    answer = await client.get(address)
    if refused:
        told = problem(answer, 400, "unknown-parameter")
        (unknown,) = told["details"]["unknown"]
        assert f"{unknown}=" in address
        assert unknown not in told["details"]["parameters"]
        assert unknown in told["detail"]
        assert all(name in told["detail"] for name in told["details"]["parameters"])
    else:
        assert answer.status_code == 200, answer.text


def read_back(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("stretch", [1, 5, 23, 1000])
async def test_the_file_holds_the_whole_filtered_list_in_its_order(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(listing_module, "CSV_STRETCH", stretch)
    answer = await client.get("/things?format=csv&sort=-changed_at&name=a&limit=1")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="things-')
    expected = listed_rows([row for row in ROWS if row.name == "a"], Asked("changed_at", 100, True))
    assert [line["thing_id"] for line in read_back(answer)] == [str(row.thing_id) for row in expected]
    assert list(read_back(answer)[0]) == ["thing_id", "name", "changed_at"]


async def test_a_list_that_is_too_long_for_a_file_is_refused_not_cut(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_module, "CSV_STRETCH", 5)
    monkeypatch.setattr(listing_module, "CSV_ROWS_AT_MOST", 23)
    assert len(read_back(await client.get("/things?format=csv"))) == 23
    monkeypatch.setattr(listing_module, "CSV_ROWS_AT_MOST", 22)
    problem(await client.get("/things?format=csv"), 422, "too-many-rows")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("application/json, text/csv;q=0.9", "application/json"),
        ("*/*", "application/json"),
        ("text/csv;q=x", "application/json"),
        ("", "application/json"),
    ],
)
async def test_the_file_can_be_asked_for_by_accept(client: httpx.AsyncClient, accept: str, kind: str) -> None:
    answer = await client.get("/things", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(kind)


@given(text=st.text(max_size=8))
def test_no_cell_is_a_formula(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%"))
    assert cell(text).removeprefix("'").endswith(text.removeprefix("'"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (-3, "-3"),
        (2.5, "2.5"),
        (NOON, "2026-03-02T12:00:00Z"),
        (NOON.date(), "2026-03-02"),
        (("de", "uk"), "de|uk"),
        ((), ""),
        (["=cmd()", "a"], "'=cmd()|a"),
        ([{"a": 1}], '[{"a":1}]'),
        ("+49 5141 1", "'+49 5141 1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20SUM(1)", "'\uff20SUM(1)"),
        ("\ufe661", "'\ufe661"),
        ("\u3000 =1", "'\u3000 =1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_how_a_value_is_written(value: Any, expected: str) -> None:
    assert cell(value) == expected


async def test_a_file_begins_where_its_cursor_says(client: httpx.AsyncClient) -> None:
    first = (await client.get("/things?limit=3")).json()
    rest = read_back(await client.get("/things", params={"cursor": first["next"], "format": "csv"}))
    assert len(rest) == len(ROWS) - 3


def test_the_document_names_the_orders(client: httpx.AsyncClient) -> None:
    app: Any = SimpleNamespace(app=create_app("matching", settings(), [router])).app
    operation = app.openapi()["paths"]["/things"]["get"]
    (sort,) = [p for p in operation["parameters"] if p["name"] == "sort"]
    assert sort["schema"]["enum"] == ["name", "-name", "changed_at", "-changed_at", "registered", "-registered"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/csv"}


@given(st.permutations(ROWS), st.sampled_from(list(THINGS.sorts)), st.booleans(), st.integers(1, 30))
def test_rows_read_whole_are_cut_into_pages_without_a_gap(
    rows: list[Row], sort: str, descending: bool, limit: int
) -> None:
    told: list[Row] = []
    asked = Asked(sort, limit, descending)
    while page := THINGS.stretch(rows, asked):
        assert len(page) <= limit
        told += page
        asked = asked.following(THINGS.position(page[-1], sort), limit)
    assert told == listed_rows(ROWS, Asked(sort, len(ROWS), descending))
    assert THINGS.stretch(rows, Asked(sort, 5, skip=20)) == listed_rows(ROWS, Asked(sort, 5, skip=20))
