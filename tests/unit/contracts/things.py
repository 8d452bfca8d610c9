"""An event type that exists only here, in as many releases as a test needs."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import create_model

from shared.contracts.base import Contract, EventData


def thing(
    *,
    type_: str = "thing-changed",
    topic: str = "registry.places",
    person: str | None = None,
    major: int = 1,
    **fields: Any,
) -> type[EventData]:
    """One release of the event: `fields` as pydantic's create_model takes them, besides the key and an `other_id`."""
    cls = create_model("Thing", __base__=EventData, thing_id=(UUID, ...), other_id=(UUID, ...), **fields)
    cls.contract = Contract(type_, major, topic, "thing_id", person)
    return cls


class Declared(EventData):
    """A release of which the test also changes the key."""

    thing_id: UUID
    other_id: UUID
    contract: ClassVar[Contract] = Contract("thing-changed", 1, "registry.places", "other_id", None)
