"""What was announced last is what its owner holds: the owner's own mapper, applied to the owner's row, gives the same event.

Read models are compared with the log. That the log says what the owner holds nobody else asks: an event that was made of
what was read before the lock has the right version, and what it says is old.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import asyncpg

from deploy.postgres.provision import dsn_of
from services.matching.handlers import offer_states
from services.matching.store import offers, placements
from services.registry.store import volunteer_contacts, volunteers
from services.training.handlers import announcements
from services.training.store import courses, enrolments
from shared.contracts.base import StateData, known_types
from shared.contracts.matching import Placement
from shared.contracts.registry import Volunteer, VolunteerContactUpdated
from shared.messaging.record import decode
from shared.postgres.database import prepare_connection
from tests.faults.checker.log import LogFacts, TopicFacts
from tests.faults.nemesis.sown import SOWN
from tests.system.platform import RunningPlatform

AT_ONCE = 500
"""So many are read from their owner in one go."""

Held = Mapping[str, Mapping[str, Any]]
"""By topic and key what the owner holds, as its own store reads it."""


@dataclass(frozen=True)
class Owner:
    """How an owner reads what it holds, and makes an event of it."""

    read: Callable[[Any, Sequence[UUID]], Awaitable[dict[str, Any]]]
    event: Callable[[type[Any], Any], StateData]


class _Caught:
    """A transaction that keeps what is published."""

    def __init__(self) -> None:
        self.events: list[StateData] = []

    def publish(self, event: StateData) -> None:
        self.events.append(event)


async def _offers(connection: Any, ids: Sequence[UUID]) -> dict[str, Any]:
    return {str(each.offer_id): each for each in await offers.offers(connection, ids)}


def _offer_event(kind: type[Any], of: Any) -> StateData:
    caught = _Caught()
    offer_states.announce(cast(Any, caught), kind, of)
    return caught.events[0]


async def _placements(connection: Any, ids: Sequence[UUID]) -> dict[str, Any]:
    views = await placements.placement_views(connection, ids)
    return {str(each.placement.placement_id): each.placement for each in views}


async def _courses(connection: Any, ids: Sequence[UUID]) -> dict[str, Any]:
    return {str(each): await courses.course(connection, each) for each in ids}


async def _enrolments(connection: Any, ids: Sequence[UUID]) -> dict[str, Any]:
    return {str(each): await enrolments.enrolment(connection, each) for each in ids}


async def _volunteers(connection: Any, ids: Sequence[UUID]) -> dict[str, Any]:
    async with connection.transaction():
        return {str(each.published.volunteer_id): each for each in await volunteers.some_locked(connection, list(ids))}


async def _volunteer_contacts(connection: Any, ids: Sequence[UUID]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in ids:
        contact = await volunteer_contacts.contact(connection, each)
        change = await volunteer_contacts.change(connection, each)
        found[str(each)] = None if contact is None else (contact, change)
    return found


def _volunteer_contact(_: type[Any], of: Any) -> StateData:
    contact, change = of
    return VolunteerContactUpdated(
        volunteer_id=contact.volunteer_id,
        version=contact.version,
        name=contact.name,
        mail=contact.mail,
        language=contact.language,
        through=contact.through,
        mail_to_confirm=change.mail if change else None,
    )


OWNERS = {
    "matching.offers": Owner(_offers, _offer_event),
    "matching.placements": Owner(_placements, lambda kind, of: kind.model_validate(of, from_attributes=True)),
    "training.courses": Owner(_courses, announcements.course),
    "training.enrolments": Owner(_enrolments, announcements.enrolment),
    "registry.volunteers": Owner(_volunteers, lambda _, of: Volunteer(**dict(of.published))),
    "registry.volunteer-contacts": Owner(_volunteer_contacts, _volunteer_contact),
}


def wrong_contents(facts: LogFacts, held: Held, compared: Counter[str]) -> list[str]:
    """Keys whose last event says something else than what the owner holds, and which fields differ."""
    found: list[str] = []
    for topic, owner in OWNERS.items():
        compared[f"contents-{topic}"] += 0
        for key in _last_told(facts.topics[topic]):
            told, of = _last_event(facts.topics[topic], key), held[topic].get(key)
            # Who is not held at all is another question's; so is who ends with an event that is no state.
            if of is None or (told is not None and topic == "registry.volunteers" and not isinstance(told, Volunteer)):
                continue
            compared[f"contents-{topic}"] += 1
            if told is None:
                found.append(f"{topic} {key}: what was announced last cannot be read")
            elif differing := _differing(told, owner.event(type(told), of)):
                found.append(f"{topic} {key}: announced {differing[0]}, held {differing[1]}")
    return found


async def held_by_owners(platform: RunningPlatform, facts: LogFacts) -> Held:
    """What the owners hold of everything that was announced and not buried."""
    found: dict[str, dict[str, Any]] = {}
    for topic, owner in OWNERS.items():
        service, ids = topic.partition(".")[0], [UUID(key) for key in _last_told(facts.topics[topic])]
        found[topic] = {}
        dsn = dsn_of(platform.postgres.admin_dsn, "admin", platform.postgres.admin_password, platform.platform.database)
        connection = await asyncpg.connect(dsn, server_settings={"search_path": service})
        try:
            await prepare_connection(connection)
            for begin in range(0, len(ids), AT_ONCE):
                found[topic] |= await owner.read(connection, ids[begin : begin + AT_ONCE])
        finally:
            await connection.close()
    return found


def _last_told(topic: TopicFacts) -> list[str]:
    return [key for key, of_key in topic.keys.items() if not of_key.is_buried]


def _last_event(topic: TopicFacts, key: str) -> StateData | None:
    last = topic.keys[key].last
    for version, record in topic.newest.get(key, {}).values():
        if version == last and SOWN not in dict(record.headers):
            event = decode(record, known_types(topic.name).values()).event
            return event if isinstance(event, StateData) else None
    return None


def _differing(told: StateData, wanted: StateData) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The fields that differ; how somebody is told of a placement is no part of what is held."""
    if isinstance(told, Placement) and isinstance(wanted, Placement):
        wanted = wanted.model_copy(update={"told_by_notice": told.told_by_notice})
    names = [name for name in type(wanted).model_fields if getattr(told, name) != getattr(wanted, name)]
    if not names:
        return None
    return ({name: getattr(told, name) for name in names}, {name: getattr(wanted, name) for name in names})
