"""Every refusal and error is a problem with a stable code and two texts, and tells nothing internal."""

import io
import json
import logging
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.http.problems import MEDIA_TYPE, STATUS, preferred_language, title_of
from shared.telemetry.logging import configure
from tests.unit.http.application import SECRET, application, client_of


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:tandem:problem:{code}"
    assert body["detail_de"]
    assert body["detail_en"]
    assert body["detail_de"] != body["detail_en"]
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    return body


@pytest.mark.parametrize(
    ("how", "status", "code", "headers"),
    [
        ("invalid", 422, "too-early", {}),
        ("forbidden", 403, "forbidden", {}),
        ("not-found", 404, "offer-not-found", {}),
        ("conflict", 409, "offer-closed", {}),
        ("not-yet-known", 409, "not-yet-known", {"Retry-After": "1"}),
        ("version-mismatch", 412, "version-mismatch", {}),
        ("too-many", 429, "too-many-requests", {"Retry-After": "13"}),
        ("mistake", 500, "unexpected-error", {}),
        ("database-away", 503, "temporarily-unavailable", {"Retry-After": "1"}),
    ],
)
async def test_each_kind_of_refusal_has_its_status(
    client: httpx.AsyncClient, how: str, status: int, code: str, headers: dict[str, str]
) -> None:
    answer = await client.get(f"/offers/refused/{how}")
    problem(answer, status, code)
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    for name, value in headers.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize(
    ("accepted", "title", "detail"),
    [("de", "Nicht gefunden", "detail_de"), ("en", "Not Found", "detail_en"), ("fr", "Nicht gefunden", "detail_de")],
)
async def test_title_and_detail_are_in_the_same_language(
    client: httpx.AsyncClient, accepted: str, title: str, detail: str
) -> None:
    answer = await client.get("/offers/refused/not-found", headers={"Accept-Language": accepted})
    body = problem(answer, 404, "offer-not-found")
    assert (body["title"], body["detail"]) == (title, body[detail])


@pytest.mark.parametrize("status", sorted({int(status) for status in STATUS.values()} | {400, 405, 413, 415, 500, 503}))
def test_every_title_is_told_in_german_too(status: int) -> None:
    assert title_of(status, "de") != title_of(status, "en")


async def test_details_of_a_refusal_are_told(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/offers/refused/conflict"), 409, "offer-closed")
    assert body["details"] == {"offer_id": str(UUID(int=7))}
    body = problem(await client.get("/offers/refused/version-mismatch"), 412, "version-mismatch")
    assert body["details"] == {"current_version": 7}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "de"),
        ("", "de"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("uk,en;q=0.5,de;q=0.4", "en"),
        ("uk", "de"),
        ("en;q=0", "de"),
        ("en;q=x", "de"),
        ("*", "de"),
        ("en," * 10_000, "en"),
    ],
)
async def test_the_detail_is_in_the_readers_language(
    client: httpx.AsyncClient, header: str | None, language: str
) -> None:
    assert preferred_language(header) == language
    headers = {} if header is None else {"Accept-Language": header}
    answer = await client.get("/offers/refused/invalid", headers=headers)
    assert answer.headers["content-language"] == language
    assert answer.json()["detail"] == answer.json()[f"detail_{language}"]


async def test_an_unknown_address_and_method_are_problems_too(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nowhere"), 404, "route-not-found")
    answer = await client.delete("/offers")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "token-missing"),
        ("Bearer forged", "token-invalid"),
        ("Bearer", "token-invalid"),
        ("Basic Z29vZDpnb29k", "token-invalid"),
    ],
)
async def test_without_a_good_token_the_answer_is_401(
    client: httpx.AsyncClient, authorization: str | None, code: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await client.get("/offers/mine", headers=headers)
    problem(answer, 401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_with_a_good_token_the_caller_is_known(client: httpx.AsyncClient) -> None:
    answer = await client.get("/offers/mine", headers={"Authorization": "Bearer good"})
    assert answer.json() == {"subject": "coordinator-1"}


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 428, "version-required"),
        ("7", 400, "version-malformed"),
        ("*", 400, "version-malformed"),
        ('W/"7"', 400, "version-malformed"),
        ('"0"', 400, "version-malformed"),
        ('"7","8"', 400, "version-malformed"),
        ('"' + "9" * 30 + '"', 400, "version-malformed"),
    ],
)
async def test_an_update_needs_the_version_that_was_read(
    client: httpx.AsyncClient, header: str | None, status: int, code: str
) -> None:
    headers = {"Authorization": "Bearer good"} | ({} if header is None else {"If-Match": header})
    answer = await client.put(f"/offers/{uuid4()}", json={"title": "x"}, headers=headers)
    problem(answer, status, code)


async def test_the_version_that_was_read_reaches_the_handler(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer good", "If-Match": '"7"'}
    answer = await client.put(f"/offers/{uuid4()}", json={"title": "x"}, headers=headers)
    assert answer.json() == {"version": 7}


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency-key-missing"),
        ("short", "idempotency-key-malformed"),
        ("x" * 129, "idempotency-key-malformed"),
        ("tab\tin the key", "idempotency-key-malformed"),
    ],
)
async def test_a_post_needs_a_well_formed_idempotency_key(
    client: httpx.AsyncClient, key: str | None, code: str
) -> None:
    headers = {"Authorization": "Bearer good"} | ({} if key is None else {"Idempotency-Key": key})
    problem(await client.post("/offers", json={"title": "x"}, headers=headers), 400, code)
    problem(await client.post("/offers/public", json={"title": "x"}, headers=headers), 400, code)


async def test_a_request_is_one_line_with_its_route_and_no_path(client: httpx.AsyncClient) -> None:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure("matching", "api", "info", stream)
    try:
        given, person = str(uuid4()), "oksana@beispiel.example"
        await client.get(f"/offers/refused/not-found?mail={person}", headers={"X-Correlation-Id": given})
        await client.get("/offers/refused/mistake", headers={"X-Correlation-Id": given})
        await client.get(f"/people/{person}")
        await client.get("/health/live")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "http-request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/offers/refused/{how}", 404),
        ("/offers/refused/{how}", 500),
        ("unmatched", 404),
    ]
    assert requests[0]["code"] == "offer-not-found"
    assert {line["correlation_id"] for line in lines[:3]} == {given}
    assert [line["event"] for line in lines].count("http-request-failed") == 1
    assert person not in stream.getvalue()
    assert SECRET not in stream.getvalue()


async def test_the_journeys_ids_are_echoed(client: httpx.AsyncClient) -> None:
    given, trace = str(uuid4()), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await client.get("/nowhere", headers={"X-Correlation-Id": given, "traceparent": trace})
    assert answer.headers["x-correlation-id"] == given
    assert answer.headers["traceparent"] == trace
    answer = await client.get("/nowhere", headers={"X-Correlation-Id": "<script>"})
    UUID(answer.headers["x-correlation-id"])


async def test_requests_are_measured_by_route_template() -> None:
    app = application()
    async with client_of(app) as client:
        await client.get("/offers/refused/not-found")
        await client.get("/some/path/of/an/attacker")
        exposition = (await client.get("/metrics")).text
    assert 'route="/offers/refused/{how}",status="4xx"' in exposition
    assert "attacker" not in exposition


async def test_health_answers_without_a_database(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "database-away"}


async def test_answers_are_neither_cached_nor_sniffed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/offers")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
