"""The AsyncAPI document is valid, complete, and true of what the platform writes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from shared.contracts.catalogue import CONTRACTS
from shared.contracts.example_files import Example
from shared.contracts.release import Places
from shared.contracts.topics import PARTITIONS, SERVICES, TOPICS
from tests.contracts.records import EXAMPLES

OFFICIAL = Path(__file__).parent / "asyncapi_schema" / "3.0.0.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Places().asyncapi.read_text())
    return told


def valid(document: dict[str, Any], reference: str, value: Any) -> list[str]:
    """What is wrong with a value under a schema of the document."""
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    schema = {"$ref": f"urn:document{reference}"}
    registry: Registry[Any] = Registry().with_resource("urn:document", resource)
    return [error.message for error in Draft202012Validator(schema, registry=registry).iter_errors(value)]


def name_of(example: Example) -> str:
    return "tombstone" if example.is_tombstone else example.path.parent.name


def test_it_is_valid_under_the_official_schema(document: dict[str, Any]) -> None:
    validator = Draft7Validator(json.loads(OFFICIAL.read_text()))
    assert [error.message for error in validator.iter_errors(document)] == []
    channel = next(iter(document["channels"].values()))
    channel["bindings"]["kafka"]["partitions"] = 0
    assert list(validator.iter_errors(document)), "the official schema looks into Kafka's bindings"
    channel["bindings"]["kafka"]["partitions"] = PARTITIONS


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = list(_references(document))
    assert references
    for reference in references:
        at: Any = document
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]


def _references(part: Any) -> Any:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def test_channels_are_the_topics_as_they_are_applied(document: dict[str, Any]) -> None:
    assert document["channels"].keys() == TOPICS.keys()
    for name, channel in document["channels"].items():
        topic, kafka = TOPICS[name], channel["bindings"]["kafka"]
        assert channel["address"] == name
        assert kafka["partitions"] == PARTITIONS
        told = {
            key: value[0] if isinstance(value, list) else str(value)
            for key, value in kafka["topicConfiguration"].items()
        }
        assert told == topic.settings


def test_every_contract_stands_in_its_topic(document: dict[str, Any]) -> None:
    for (type_, major), cls in CONTRACTS.items():
        channels = {name for name, channel in document["channels"].items() if f"{type_}.{major}" in channel["messages"]}
        assert channels == {
            name
            for name in TOPICS
            if name == cls.contract.topic or (cls.contract.topic.startswith("{") and name.endswith(".privacy"))
        }


def test_owners_send_and_allowed_readers_receive(document: dict[str, Any]) -> None:
    told = {
        (key.partition(".")[0], operation["action"], operation["channel"]["$ref"].removeprefix("#/channels/"))
        for key, operation in document["operations"].items()
    }
    assert told == {
        (service, "send" if topic.owner == service else "receive", topic.name)
        for topic in TOPICS.values()
        for service in SERVICES
        if topic.owner == service or not topic.readers or service in topic.readers
    }
    secret = {
        service for service, action, topic in told if action == "receive" and topic.endswith("volunteer-contacts")
    }
    assert secret == {"notifications"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_headers_key_and_payload_of_the_examples_are_as_described(example: Example, document: dict[str, Any]) -> None:
    message = f"#/components/messages/{name_of(example)}"
    assert name_of(example) in document["channels"][example.topic(CONTRACTS)]["messages"]
    assert valid(document, f"{message}/headers", example.headers) == []
    assert valid(document, f"{message}/bindings/kafka/key", example.key) == []
    assert valid(document, f"{message}/payload", example.value) == []
    assert valid(document, f"{message}/headers", {**example.headers, "ce_type": "another"})
    assert valid(document, f"{message}/payload", "text")
