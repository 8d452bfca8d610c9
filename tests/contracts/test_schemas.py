"""The committed JSON Schemas say exactly what the contracts say: events at random, and events that do not fit."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.contracts.base import EventData, StateData, topics_of_event
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.envelope import Envelope, read_event, write_value
from shared.contracts.json_schemas import file_name, schema_of
from shared.contracts.release import Places, problems
from shared.contracts.topics import TOPICS, Kind
from tests.contracts.generated import values
from tests.contracts.records import EVENTS, TOMBSTONES
from tests.support.events import NOON

AT = sorted(CONTRACTS)


def committed(type_: str, major: int) -> dict[str, Any]:
    """The schema that was released."""
    schema: dict[str, Any] = json.loads((Places().schemas / file_name(type_, major)).read_text())
    return schema


@pytest.mark.parametrize("at", AT, ids=lambda at: f"{at[0]}.{at[1]}")
def test_what_this_release_writes_is_valid_under_the_released_schema(at: tuple[str, int]) -> None:
    cls, schema = CONTRACTS[at], committed(*at)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def written(data: st.DataObject) -> None:
        event = cls.model_validate(data.draw(values(schema_of(cls))))
        validator.validate(json.loads(write_value(event)))

    written()


@pytest.mark.parametrize("at", AT, ids=lambda at: f"{at[0]}.{at[1]}")
def test_this_release_reads_whatever_the_released_schema_allows(at: tuple[str, int]) -> None:
    cls, schema = CONTRACTS[at], committed(*at)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values(schema))
    def read(value: dict[str, Any]) -> None:
        event = read_event(envelope_of(cls, value), json.dumps(value).encode())
        assert type(event) is cls
        assert read_event(envelope_of(cls, value), write_value(event)) == event

    read()


def envelope_of(cls: type[EventData], value: dict[str, Any]) -> Envelope:
    terms = cls.contract
    key = cls.contract.key_of(cls.model_validate(value))
    return Envelope(uuid4(), terms.type, terms.major, "urn:tandem:registry", NOON, key, str(uuid4()))


def test_nothing_is_out_of_date_or_broken() -> None:
    assert problems(CONTRACTS, Places()) == []


def test_schemas_say_all_that_the_models_demand() -> None:
    # A validator written in Python appears in no schema, so a change of it would be seen by nobody.
    for cls in _all_models():
        declared = cls.__pydantic_decorators__
        assert not declared.validators
        assert not declared.field_validators
        assert not declared.root_validators
        assert not declared.model_validators


def _all_models() -> set[type[Any]]:
    found: set[type[Any]] = set()
    waiting: list[type[Any]] = list(CONTRACTS.values())
    while waiting:
        cls = waiting.pop()
        if cls not in found:
            found.add(cls)
            waiting += [part for field in cls.model_fields.values() for part in _models_in(field.annotation)]
    return found


def _models_in(annotation: Any) -> list[type[Any]]:
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [found for inner in getattr(annotation, "__args__", ()) for found in _models_in(inner)]


def test_a_topic_of_state_holds_versioned_state_only_and_a_topic_of_notices_none() -> None:
    for cls in CONTRACTS.values():
        kinds = {TOPICS[topic].kind for topic in topics_of_event(cls)}
        assert kinds == {Kind.STATE if issubclass(cls, StateData) else Kind.NOTICES}, cls.__name__


def test_personal_topics_are_those_with_events_about_persons() -> None:
    for cls in CONTRACTS.values():
        personal = {TOPICS[topic].personal for topic in topics_of_event(cls)}
        assert personal == {cls.contract.person_field is not None}, cls.__name__


def test_odd_cases_are_among_the_examples_wherever_they_exist() -> None:
    cases = {example.name for example in EVENTS}
    for (type_, major), cls in CONTRACTS.items():
        assert f"{type_}.{major}/unknown-field" in cases
        if any(not field.is_required() for field in cls.model_fields.values()):
            assert f"{type_}.{major}/smallest" in cases
        if any(type(None) in getattr(field.annotation, "__args__", ()) for field in cls.model_fields.values()):
            assert f"{type_}.{major}/nulls" in cases
    assert {example.case for example in TOMBSTONES} == {
        topic.name for topic in TOPICS.values() if topic.kind is Kind.STATE
    }


def test_examples_of_odd_cases_are_what_they_are_called() -> None:
    for example in EVENTS:
        cls = CONTRACTS[example.headers["ce_type"], 1]
        value = example.value or {}
        if example.case == "smallest":
            assert value.keys() == {name for name, field in cls.model_fields.items() if field.is_required()}
        if example.case == "nulls":
            assert None in value.values()
        if example.case == "unknown-field":
            assert value.keys() > cls.model_fields.keys()
