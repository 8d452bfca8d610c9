"""A line is one JSON object with the ids of its journey, and nothing that somebody entered."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel, ValidationError

from shared.runtime.errors import not_found
from shared.telemetry import correlation
from shared.telemetry.logging import configure, get_logger
from shared.telemetry.redaction import REMOVED, describe_exception, is_denied

NAME, MAIL = "Oksana Beispielenko", "oksana@beispiel.example"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    written = io.StringIO()
    configure("matching", "worker", "info", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_its_process_and_its_journey(stream: io.StringIO) -> None:
    with correlation.bind(causation_id="event-1") as bound:
        get_logger().info("placement-confirmed", placement_id="p1")
    (line,) = lines(stream)
    assert line["event"] == "placement-confirmed"
    assert (line["service"], line["process"], line["level"]) == ("matching", "worker", "info")
    assert line["correlation_id"] == bound.correlation_id
    assert line["causation_id"] == "event-1"
    assert line["trace_id"] == bound.traceparent.split("-")[1]
    assert line["placement_id"] == "p1"
    assert line["timestamp"].endswith("Z")


def test_outside_a_journey_no_correlation_id_is_invented(stream: io.StringIO) -> None:
    get_logger().info("started")
    assert "correlation_id" not in lines(stream)[0]


@pytest.mark.parametrize(
    "key",
    ["mail", "email", "recipient_mail", "name", "firstName", "volunteer_name", "phone", "address", "access_token"],
)
def test_a_key_that_could_be_personal_is_dropped_and_named(stream: io.StringIO, key: str) -> None:
    get_logger().info("mistake", **{key: NAME})
    assert NAME not in stream.getvalue()
    assert lines(stream)[0]["dropped_keys"] == [key]


@pytest.mark.parametrize("key", ["offer_id", "mail_template", "token_id", "topic", "places", "text_version", "code"])
def test_a_key_that_says_something_about_the_thing_stays(key: str) -> None:
    assert not is_denied(key)


def test_personal_data_in_nested_values_is_removed(stream: io.StringIO) -> None:
    get_logger().info("mistake", who={"name": NAME, "id": 1}, seen=[f"to {MAIL}", {"mail": MAIL}], raw=MAIL.encode())
    assert NAME not in stream.getvalue()
    assert MAIL not in stream.getvalue()
    assert lines(stream)[0]["who"] == {"id": 1}
    assert lines(stream)[0]["seen"][0] == f"to {REMOVED}"


def test_the_text_of_an_exception_is_not_logged(stream: io.StringIO) -> None:
    try:
        raise ValueError(f"no mail for {NAME}")
    except ValueError:
        get_logger().exception("failed")
    (line,) = lines(stream)
    assert NAME not in stream.getvalue()
    assert line["exception"]["type"] == "builtins.ValueError"
    assert "test_logging.py" in line["exception"]["frames"][-1]
    assert "test_the_text_of_an_exception_is_not_logged" in line["exception"]["frames"][-1]


def test_an_exception_as_a_value_is_described_with_its_causes(stream: io.StringIO) -> None:
    class Volunteer(BaseModel):
        age: int

    try:
        try:
            Volunteer.model_validate({"age": NAME})
        except ValidationError as cause:
            raise RuntimeError(NAME) from cause
    except RuntimeError as error:
        get_logger().warning("failed", error=error)
    (line,) = lines(stream)
    assert NAME not in stream.getvalue()
    assert [cause["type"].rpartition(".")[2] for cause in line["error"]["causes"]] == ["ValidationError"]


def test_a_database_error_shows_its_code_and_constraint_but_no_row() -> None:
    error = asyncpg.UniqueViolationError(f"Key (mail)=({MAIL}) already exists.")
    error.constraint_name = "volunteers_mail"
    error.detail = f"Key (mail)=({MAIL}) already exists."
    described = describe_exception(error)
    assert MAIL not in json.dumps(described)
    assert (described["sqlstate"], described["constraint"]) == ("23505", "volunteers_mail")


def test_a_refusal_shows_its_code() -> None:
    assert describe_exception(not_found("offer"))["code"] == "offer-not-found"


def test_a_chain_of_causes_that_bites_its_tail_ends() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert len(describe_exception(first)["causes"]) == 1


def test_what_a_library_fills_into_its_texts_is_not_logged(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid request from %s", MAIL)
    logging.getLogger("faststream").warning(f"message {NAME}")
    first, second = lines(stream)
    assert NAME not in stream.getvalue()
    assert MAIL not in stream.getvalue()
    assert (first["event"], first["logger"], first["template"]) == (
        "library-message", "uvicorn.error", "Invalid request from %s",
    )  # fmt: skip
    assert second["at"].startswith("test_logging:")


def test_an_exception_logged_by_a_library_loses_its_text(stream: io.StringIO) -> None:
    try:
        raise KeyError(NAME)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert NAME not in stream.getvalue()
    assert lines(stream)[0]["exception"]["type"] == "builtins.KeyError"


def test_raw_paths_of_uvicorn_never_appear(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('%s - "GET %s"', "127.0.0.1", f"/people?mail={MAIL}")
    assert stream.getvalue() == ""


def test_the_chatter_of_libraries_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").info("joined group %s", "g")
    assert stream.getvalue() == ""


def test_a_library_that_repeats_itself_is_heard_once_a_second_with_the_number_left_out(stream: io.StringIO) -> None:
    seconds = iter((0.0, 0.2, 0.9, 1.1, 1.2))
    configure("matching", "worker", "info", stream, monotonic=lambda: next(seconds))
    logger = logging.getLogger("aiokafka")
    for number in range(4):
        logger.error("no server at %s", number)
    logger.error("another place")
    told = [(line["at"], line.get("left_out_count")) for line in lines(stream)]
    (first, again, other) = told
    assert first[0] == again[0] != other[0]
    assert [count for _, count in told] == [None, 2, None]


def test_a_line_that_cannot_be_json_is_logged_all_the_same(stream: io.StringIO) -> None:
    get_logger().info("odd", kind=object(), keys={1: "x"})
    assert lines(stream)[0]["event"] == "odd"


def test_below_the_level_nothing_is_written(stream: io.StringIO) -> None:
    get_logger().debug("detail-of-no-interest")
    assert stream.getvalue() == ""
