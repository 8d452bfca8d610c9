"""What an event is: frozen data, a stable type with a major version, a topic and a key.

A state event carries the whole published state of its aggregate and its `version`, so that a new consumer can be built
from the topic's beginning. Unknown fields are ignored; an unknown type or major is set aside by the consumer and played
again by the release that knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.topics import TOPICS

VALUE_BYTES_AT_MOST = 256 * 1024
"""No event is larger: a topic is no place for documents."""


class EventData(BaseModel):
    """The data of an event, as it stands in the value of a Kafka record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    contract: ClassVar["Contract"]


class StateData(EventData):
    """The whole published state of an aggregate. Versions count from 1 and never go back."""

    version: int = Field(ge=1)


@dataclass(frozen=True)
class Contract:
    """What readers and writers of an event type agree upon."""

    type: str
    major: int
    topic: str
    key_field: str
    person_field: str | None

    @property
    def dataschema(self) -> str:
        """The URN of the event's schema, as the `ce_dataschema` header has it."""
        return f"urn:tandem:{self.type}:{self.major}"

    def topic_of(self, event: EventData) -> str:
        """The topic of an event; a type that every service publishes names its service in the data."""
        return self.topic if "{" not in self.topic else self.topic.format(service=getattr(event, "service", ""))

    def key_of(self, event: EventData) -> str:
        """The Kafka key: the aggregate's id as text."""
        return str(getattr(event, self.key_field))

    def person_of(self, event: EventData) -> UUID | None:
        """The subject id of the person whom the event concerns, for erasure; None when it concerns nobody."""
        return getattr(event, self.person_field) if self.person_field else None


CONTRACTS: dict[tuple[str, int], type[EventData]] = {}
"""Every event class by (type, major)."""

AnyEvent = TypeVar("AnyEvent", bound=EventData)


def contract(
    type_: str, *, topic: str, key: str, person: str | None = None, major: int = 1
) -> Callable[[type[AnyEvent]], type[AnyEvent]]:
    """Declare an event class: its type, topic, the field that is its key, the field that names the person concerned."""

    def declare(cls: type[AnyEvent]) -> type[AnyEvent]:
        if (type_, major) in CONTRACTS:
            raise ValueError(f"{type_} {major} is declared twice")
        if "{" not in topic and topic not in TOPICS:
            raise ValueError(f"{topic} is not in the list of topics")
        for field in filter(None, (key, person)):
            if field not in cls.model_fields:
                raise ValueError(f"{cls.__name__} has no field {field}")
        cls.contract = Contract(type_, major, topic, key, person)
        CONTRACTS[type_, major] = cls
        known_types.cache_clear()
        return cls

    return declare


def topics_of_event(cls: type[EventData]) -> list[str]:
    """The topics in which an event type may stand (one, but for the types that every service publishes)."""
    topic = cls.contract.topic
    if "{" not in topic:
        return [topic]
    return [name for name in TOPICS if name.endswith(topic.partition("}")[2])]


@cache
def known_types(topic: str) -> dict[tuple[str, int], type[EventData]]:
    """The event classes that may stand in a topic, by (type, major)."""
    return {at: cls for at, cls in CONTRACTS.items() if topic in topics_of_event(cls)}


def plain(event: EventData) -> dict[str, Any]:
    """The event's data as JSON-ready python values."""
    return event.model_dump(mode="json")
