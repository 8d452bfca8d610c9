"""Whatever comes in, the answer is a problem that names the place and never repeats what was entered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, EmailStr, ValidationError

from shared.http import validation
from shared.http.settings import BODY_BYTES_AT_MOST, HttpSettings
from tests.unit.http.application import application, chunks, client_of
from tests.unit.http.test_problems import problem

JSON = {"Content-Type": "application/json"}


async def faults(client: httpx.AsyncClient, body: Any) -> list[tuple[str, str]]:
    answer = await client.post("/offers/drafts", content=orjson.dumps(body), headers=JSON)
    found = problem(answer, 422, "invalid-input")["errors"]
    assert all(fault["de"] and fault["en"] and "{" not in fault["de"] + fault["en"] for fault in found)
    return [(fault["pointer"], fault["code"]) for fault in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("#/title", "missing")]),
        ([], [("#", "wrong-type")]),
        (None, [("#", "wrong-type")]),
        ({"title": 5}, [("#/title", "wrong-type")]),
        ({"title": ""}, [("#/title", "too-short")]),
        ({"title": "   "}, [("#/title", "too-short")]),
        ({"title": "x" * 201}, [("#/title", "too-long")]),
        ({"title": "x", "description": "x" * 4001}, [("#/description", "too-long")]),
        ({"title": "x", "district": "3351"}, [("#/district", "wrong-format")]),
        ({"title": "x", "places": 0}, [("#/places", "too-small")]),
        ({"title": "x", "places": 101}, [("#/places", "too-large")]),
        ({"title": "x", "places": "many"}, [("#/places", "wrong-type")]),
        ({"title": "x", "places": 1.5}, [("#/places", "wrong-type")]),
        ({"title": "x", "places": 10**18}, [("#/places", "too-large")]),
        ({"title": "x", "urgency": "extreme"}, [("#/urgency", "unknown-value")]),
        ({"title": "x", "languages": ["a"] * 4}, [("#/languages", "too-many-items")]),
        ({"title": "x", "languages": ["a", 1]}, [("#/languages/1", "wrong-type")]),
        ({"title": "x", "starts_at": "soon"}, [("#/starts_at", "wrong-type")]),
        ({"title": "x", "colour": 1}, [("#/colour", "unknown-field")]),
        ({"title": "x", "oksana@beispiel.example": 1}, [("#/…", "unknown-field")]),
        ({"title": "a\x00b"}, [("#/title", "invalid-characters")]),
        ({"title": "a\x1bb"}, [("#/title", "invalid-characters")]),
        ({"title": "a\u0085b"}, [("#/title", "invalid-characters")]),
        ({"title": "x", "languages": ["\x00"]}, [("#/languages", "invalid-characters")]),
        ({"title": "one\ntwo"}, [("#/title", "single-line")]),
        ({"title": "x", "languages": ["a\r\nBcc: b"]}, [("#/languages", "single-line")]),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_each_fault_is_named_with_its_place(
    client: httpx.AsyncClient, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert await faults(client, body) == expected


@pytest.mark.parametrize(
    ("body", "de", "en"),
    [
        ({"title": ""}, "Das darf nicht leer sein.", "This must not be empty."),
        ({"title": 5}, "Erwartet wird hier: ein Text.", "A text belongs here."),
        ({"title": "x", "places": "many"}, "Erwartet wird hier: eine ganze Zahl.", "A whole number belongs here."),
        ({"title": "x", "languages": 1}, "Erwartet wird hier: eine Liste.", "A list belongs here."),
        ([], "Das ist nicht die erwartete Art von Angabe.", "This is not the expected kind of input."),
        (
            {"title": "x", "district": "2922"},
            "Erwartet werden fünf Ziffern wie 29221.",
            "Five digits like 29221 belong here.",
        ),
        (
            {"title": "x", "urgency": "some"},
            "Dieser Wert ist nicht vorgesehen. Es gibt: low, high.",
            "This is not one of the possible values. There are: low, high.",
        ),
    ],
)
async def test_a_fault_says_what_belongs_there(client: httpx.AsyncClient, body: Any, de: str, en: str) -> None:
    answer = await client.post("/offers/drafts", content=orjson.dumps(body), headers=JSON)
    (fault,) = problem(answer, 422, "invalid-input")["errors"]
    assert (fault["de"], fault["en"]) == (de, en)
    assert answer.json()["detail_de"] == f"{fault['pointer']}: {de}"


CITED = r"^(§§?|Art"
"""How the pattern of a citation of law begins: what belongs there is said by the field's description."""


def _patterns(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        if isinstance(described.get("pattern"), str):
            yield described["pattern"]
        for inner in described.values():
            yield from _patterns(inner)
    elif isinstance(described, list):
        for inner in described:
            yield from _patterns(inner)


def test_every_form_that_a_service_asks_for_is_said_in_words() -> None:
    asked = {
        form for file in Path("docs/api").glob("*.openapi.json") for form in _patterns(orjson.loads(file.read_bytes()))
    }
    assert len(asked) > 5
    assert {form for form in asked if not form.startswith(CITED)} <= validation._FORMS.keys()


class _Agreed(BaseModel):
    mail: EmailStr = "name@example.org"
    consent: Literal[True] = True


@pytest.mark.parametrize(
    ("entered", "en"),
    [
        ({"mail": "nora"}, "A mail address like name@example.org belongs here."),
        ({"consent": False}, "This has to be agreed to: true belongs here."),
    ],
)
def test_a_mail_address_and_a_consent_say_what_they_want(entered: dict[str, Any], en: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Agreed.model_validate(entered)
    (fault,) = validation.faults_of(refused.value.errors())
    assert fault.en == en


async def test_what_was_entered_is_not_repeated(client: httpx.AsyncClient) -> None:
    secret = "Oksana-Beispielenko"
    body = {"title": [secret], "district": secret, "places": secret, "urgency": secret, "starts_at": secret}
    answer = await client.post("/offers/drafts", json=body)
    assert len(problem(answer, 422, "invalid-input")["errors"]) == 5
    assert secret not in answer.text


async def test_very_many_faults_are_cut_short(client: httpx.AsyncClient) -> None:
    body = {"title": "x", **{f"field{number}": 1 for number in range(500)}}
    assert len(await faults(client, body)) == 20


async def test_good_input_comes_through_stripped_with_its_line_breaks(client: httpx.AsyncClient) -> None:
    body = {"title": "  Hausaufgabenhilfe – مساعدة 🙂 ", "description": "eins\nzwei", "note": "drei\nvier"}
    answer = await client.post("/offers/drafts", json=body)
    assert answer.status_code == 200
    understood = answer.json()
    assert understood["title"] == "Hausaufgabenhilfe – مساعدة 🙂"
    assert (understood["description"], understood["note"]) == ("eins\nzwei", "drei\nvier")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{'title': 1}",
        b'{"title": NaN}',
        b'{"places": 1e999}',
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b'{"title": "a\x00b"}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"[" * 2_000 + b"]" * 2_000,
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda content: repr(content[:20]),
)
async def test_what_is_no_json_is_malformed(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/offers/drafts", content=content, headers=JSON)
    problem(answer, 400, "malformed-json")


async def test_deep_but_legal_nesting_is_refused_without_an_error_of_ours(client: httpx.AsyncClient) -> None:
    for depth in (100, 500, 1000):
        for content in (b"[" * depth + b"]" * depth, b'{"title":' + b"[" * depth + b"]" * depth + b"}"):
            answer = await client.post("/offers/drafts", content=content, headers=JSON)
            assert answer.status_code in (400, 422), answer.text


async def test_a_number_of_many_digits_is_refused_without_an_error_of_ours(client: httpx.AsyncClient) -> None:
    content = b'{"title": "x", "places": ' + b"9" * 10_000 + b"}"
    answer = await client.post("/offers/drafts", content=content, headers=JSON)
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
async def test_another_kind_of_content_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/offers/drafts", content=b'{"title": "x"}', headers={"Content-Type": kind})
    problem(answer, 415, "unsupported-content-type")


async def test_forms_are_read_only_where_a_mailed_links_button_stands(client: httpx.AsyncClient) -> None:
    fields = {"link": "abc", "idempotency_key": "key-of-the-form"}
    assert (await client.post("/confirm", data=fields)).text == "key-of-the-form"
    problem(await client.post("/offers/drafts", data=fields), 415, "unsupported-content-type")
    problem(await client.post("/confirm", data={"link": "a\x00b"}), 400, "invalid-characters")
    problem(await client.post("/confirm", data={"link": "abc"}), 400, "idempotency-key-missing")


async def test_a_body_that_says_it_is_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/offers/drafts", content=b" " * (BODY_BYTES_AT_MOST + 1), headers=JSON)
    problem(answer, 413, "body-too-large")


async def test_a_body_that_grows_too_large_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        for _ in range(64):
            read += 64 * 1024
            yield b" " * 64 * 1024

    answer = await client.post("/offers/drafts", content=endless(), headers=JSON)
    problem(answer, 413, "body-too-large")
    assert read <= BODY_BYTES_AT_MOST + 2 * 64 * 1024


async def test_a_body_of_the_greatest_size_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"title": "x"}'
    answer = await client.post("/offers/drafts", content=body.ljust(BODY_BYTES_AT_MOST), headers=JSON)
    assert answer.status_code == 200
    answer = await client.post("/offers/drafts", content=chunks(body[:5], body[5:]), headers=JSON)
    assert answer.status_code == 200


@pytest.mark.parametrize("length", ["many", "-1", "9" * 50])
async def test_a_length_that_is_none_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post("/offers/drafts", content=b"{}", headers=JSON | {"Content-Length": length})
    problem(answer, 413, "body-too-large")


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async with client_of(application(HttpSettings(body_seconds_at_most=0.05))) as client:

        async def stalled() -> Any:
            yield b"{"
            await asyncio.Event().wait()

        answer = await client.post("/offers/drafts", content=stalled(), headers=JSON)
    problem(answer, 408, "body-too-slow")


@pytest.mark.parametrize(
    "target", ["/offers/refused/%00", "/offers?cursor=%00", "/offers?x=%ff", "/offers/%1b", "/%ED%A0%80"]
)
async def test_characters_that_postgres_cannot_store_are_refused_in_the_address(
    client: httpx.AsyncClient, target: str
) -> None:
    problem(await client.get(target), 400, "invalid-characters")


@pytest.mark.parametrize(
    ("target", "pointer", "code"),
    [
        ("/offers?limit=0", "query:limit", "too-small"),
        ("/offers?limit=101", "query:limit", "too-large"),
        ("/offers?limit=x", "query:limit", "wrong-type"),
        ("/offers?cursor=" + "x" * 501, "query:cursor", "too-long"),
    ],
)
async def test_faults_of_the_address_are_named(client: httpx.AsyncClient, target: str, pointer: str, code: str) -> None:
    found = problem(await client.get(target), 422, "invalid-input")["errors"]
    assert [(fault["pointer"], fault["code"]) for fault in found] == [(pointer, code)]


async def test_an_id_that_is_none_is_named(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer good", "If-Match": '"1"'}
    answer = await client.put("/offers/17", json={"title": "x"}, headers=headers)
    found = problem(answer, 422, "invalid-input")["errors"]
    assert [(fault["pointer"], fault["code"]) for fault in found] == [("path:offer_id", "wrong-type")]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
fields = st.sampled_from(["title", "description", "note", "district", "places", "urgency", "languages", "starts_at"])


@settings(max_examples=150, deadline=None)
@given(body=st.dictionaries(fields, anything, max_size=8) | anything)
async def test_no_input_makes_an_error_of_ours(body: Any) -> None:
    async with client_of(application_once) as client:
        import json

        content = json.dumps(body, ensure_ascii=True).encode()
        answer = await client.post("/offers/drafts", content=content, headers=JSON)
    assert answer.status_code in (200, 400, 422), answer.text


application_once = application()
