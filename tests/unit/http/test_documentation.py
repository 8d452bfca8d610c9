"""The documentation works without the internet and describes what every operation needs and answers."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.http.documents import outdated, rendered, validate
from shared.runtime.settings import Settings
from tests.unit.http.application import application


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_a_page_asks_no_other_host(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    assert answer.status_code == 200
    sources = re.findall(r"(?:src|href)=[\"']([^\"']+)", answer.text)
    assert sources
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert not re.search(r"https?://|url\(", answer.text)
    for source in sources:
        assert (await client.get(source)).status_code == 200, source
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


async def test_who_opens_the_address_alone_is_led_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "docs")


def test_the_document_is_openapi_3_1() -> None:
    service = SimpleNamespace(settings=Settings, api=lambda settings, clock: application())
    text = rendered(service)
    validate(text)
    assert '"openapi": "3.1.' in text
    assert rendered(service) == text


def test_a_default_that_the_field_would_refuse_is_not_described(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["NewOffer"]["properties"]
    assert "default" not in fields["topic"]
    assert fields["district"]["default"] == "03351"
    assert fields["description"]["default"] == ""


@pytest.fixture
def document() -> dict[str, Any]:
    app: FastAPI = application()
    return app.openapi()


def headers_of(operation: dict[str, Any]) -> dict[str, bool]:
    return {p["name"]: p["required"] for p in operation.get("parameters", []) if p["in"] == "header"}


def test_a_post_says_that_it_needs_a_key_and_a_token(document: dict[str, Any]) -> None:
    operation = document["paths"]["/offers"]["post"]
    assert headers_of(operation) == {"Idempotency-Key": True}
    assert operation["security"] == [{"bearer": []}]
    assert operation["operationId"] == "create-offer"
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "default"} <= set(operation["responses"])


def test_an_anonymous_post_needs_a_key_and_no_token(document: dict[str, Any]) -> None:
    operation = document["paths"]["/offers/public"]["post"]
    assert headers_of(operation) == {"Idempotency-Key": True}
    assert "security" not in operation
    assert {"429"} <= set(operation["responses"])


def test_a_put_needs_the_version_and_no_key(document: dict[str, Any]) -> None:
    operation = document["paths"]["/offers/{offer_id}"]["put"]
    assert headers_of(operation) == {"If-Match": True}
    assert {"412", "428"} <= set(operation["responses"])


def test_problems_are_described_and_the_frameworks_own_errors_are_not(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


async def test_a_problem_looks_as_described(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    import jsonschema

    schema = document["components"]["schemas"]["Problem"]
    for answer in (
        await client.get("/nowhere"),
        await client.post("/offers/drafts", json={}),
        await client.get("/offers/refused/conflict"),
    ):
        jsonschema.validate(answer.json(), schema)


def test_an_outdated_document_is_found(tmp_path: Path) -> None:
    documents = {"a.openapi.json": "{}\n", "b.openapi.json": "{}\n", "c.openapi.json": "{}\n"}
    (tmp_path / "a.openapi.json").write_text("{}\n")
    (tmp_path / "b.openapi.json").write_text('{"old": 1}\n')
    assert outdated(tmp_path, documents) == ["b.openapi.json", "c.openapi.json"]
