"""The AsyncAPI 3.0 document: every topic, what stands in it, who writes and who reads it — from the contracts alone.

A message is a CloudEvent in Kafka's binary mode. Besides its events a topic holds tombstones (null values) and the daily
tick, which everybody ignores.
"""

from typing import Any

from pydantic.json_schema import models_json_schema

from shared.contracts.base import EventData, topics_of_event
from shared.contracts.envelope import TICK
from shared.contracts.json_schemas import Contracts
from shared.contracts.topics import PARTITIONS, SERVICES, TOPICS, Kind, Topic

BINDING_VERSION = "0.5.0"
TOMBSTONE = "tombstone"

_TEXT = {"type": "string", "minLength": 1}
_ENVELOPE = {
    "type": "object",
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid"},
        "ce_type": _TEXT,
        "ce_source": {"type": "string", "pattern": f"^urn:tandem:({'|'.join(SERVICES)})$"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {**_TEXT, "description": "the aggregate's id: the record's key"},
        "ce_dataschema": {"type": "string", "pattern": "^urn:tandem:[a-z-]+:[0-9]+$"},
        "ce_correlationid": _TEXT,
        "ce_causationid": _TEXT,
        "ce_person": {
            "type": "string",
            "format": "uuid",
            "description": "the subject id of the person concerned, so that erasure finds every record",
        },
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "content-type": {"const": "application/json"},
    },
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_time",
        "ce_subject",
        "ce_dataschema",
        "ce_correlationid",
        "content-type",
    ],
}


def document(contracts: Contracts) -> dict[str, Any]:
    """The whole document, JSON-ready."""
    classes = [contracts[at] for at in sorted(contracts)]
    references, definitions = models_json_schema(
        [(cls, "validation") for cls in classes], ref_template="#/components/schemas/{model}"
    )
    payloads = {cls: references[cls, "validation"] for cls in classes}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tandem",
            "version": "1",
            "description": "What the services announce to each other. Topics of state are compacted: the newest event of "
            "a key holds the aggregate's whole published state. Topics of notices keep what merely happened for a time. "
            "Unknown fields are ignored; an unknown type or major is set aside by the consumer.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, _standing_in(topic, classes)) for topic in TOPICS.values()},
        "operations": dict(_operations(classes)),
        "components": {
            "messages": {
                **{_name(cls): _message(cls, payloads[cls]) for cls in classes},
                TOMBSTONE: _tombstone(),
                TICK: _tick(),
            },
            "schemas": {"Envelope": _ENVELOPE, **definitions.get("$defs", {})},
        },
    }


def _standing_in(topic: Topic, classes: list[type[EventData]]) -> list[str]:
    return [*(_name(cls) for cls in classes if topic.name in topics_of_event(cls)), TOMBSTONE, TICK]


def _name(cls: type[EventData]) -> str:
    return f"{cls.contract.type}.{cls.contract.major}"


def _channel(topic: Topic, messages: list[str]) -> dict[str, Any]:
    what = "the state of one kind of aggregate" if topic.kind is Kind.STATE else "what merely happened"
    return {
        "address": topic.name,
        "description": f"Owned by {topic.owner}: {what}.{' Concerns persons.' if topic.personal else ''}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": PARTITIONS,
                "topicConfiguration": {
                    name: [value] if name == "cleanup.policy" else int(value) for name, value in topic.settings.items()
                },
                "bindingVersion": BINDING_VERSION,
            }
        },
        "x-owner": topic.owner,
        "x-readers": sorted(topic.allowed_readers),
        "x-personal": topic.personal,
    }


def _message(cls: type[EventData], payload: Any) -> dict[str, Any]:
    terms = cls.contract
    topic = topics_of_event(cls)
    said = {
        "ce_type": {"const": terms.type},
        "ce_dataschema": {"const": terms.dataschema},
        "ce_source": {"enum": [f"urn:tandem:{TOPICS[name].owner}" for name in topic]},
    }
    headers = {
        "type": "object",
        "allOf": [
            {"$ref": "#/components/schemas/Envelope"},
            {"properties": said, "required": ["ce_person"] if terms.person_field else []},
        ],
    }
    key = {**cls.model_json_schema()["properties"][terms.key_field], "description": f"the event's {terms.key_field}"}
    summary = cls.__dict__.get("__doc__") or ""
    return {
        "name": terms.type,
        "title": cls.__name__,
        **({"summary": summary.strip().partition("\n")[0]} if summary else {}),
        "contentType": "application/json",
        "headers": headers,
        "payload": payload,
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING_VERSION}},
    }


def _tombstone() -> dict[str, Any]:
    return {
        "name": TOMBSTONE,
        "title": "Tombstone",
        "summary": "Everything under this key is deleted; compaction removes what stood before.",
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {"properties": {"ce_type": {"const": TOMBSTONE}}},
            ],
        },
        "payload": {"type": "null"},
        "bindings": {"kafka": {"key": _TEXT, "bindingVersion": BINDING_VERSION}},
    }


def _tick() -> dict[str, Any]:
    return {
        "name": TICK,
        "title": "Tick",
        "summary": "Makes an idle partition roll its segment once a day. No consumer reads it.",
        "headers": {"type": "object", "properties": {"ce_type": {"const": TICK}}, "required": ["ce_type"]},
        "payload": {"type": "object", "maxProperties": 0},
        "bindings": {"kafka": {"key": {"const": TICK}, "bindingVersion": BINDING_VERSION}},
    }


def _operations(classes: list[type[EventData]]) -> Any:
    """One per topic and service: the owner sends, every other service that may read receives."""
    for service in SERVICES:
        for topic in TOPICS.values():
            if service not in topic.allowed_readers:
                continue
            action = "send" if topic.owner == service else "receive"
            yield (
                f"{service}.{action}.{topic.name}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic.name}"},
                    "title": f"{service} {'writes' if action == 'send' else 'reads'} {topic.name}",
                    "messages": [
                        {"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in _standing_in(topic, classes)
                    ],
                },
            )
