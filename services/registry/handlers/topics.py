"""What contacts are there for: a vocabulary that the state administration adds to. Nothing of it goes: events name it."""

from typing import Any

import structlog

from services.registry.models.contacts import AddTopic, RenameTopic, Topic
from services.registry.permissions import PERMISSIONS
from services.registry.store import contacts as store
from shared.access.callers import Caller
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal, not_found, version_mismatch

log = structlog.get_logger()

TOPICS_AT_MOST = 200


async def topics(connection: Any) -> list[Topic]:
    """Every topic."""
    return await store.topics(connection)


async def check_topic(connection: Any, topic: str | None) -> None:
    """Refuse what is no topic (`topic-unknown`), with those that there are: a misspelt one would find nobody."""
    if topic is None or await store.topics_among(connection, [topic]):
        return
    raise Refusal(
        Reason.INVALID,
        "topic-unknown",
        de="Dieses Thema gibt es nicht.",
        en="There is no such topic.",
        topics=[each.topic for each in await store.topics(connection)],
    )


async def add_topic(tx: Transaction, caller: Caller, told: AddTopic) -> Topic:
    """Add a topic (`topic-exists`)."""
    PERMISSIONS.require("add-topic", caller, what="topic")
    if await store.count_topics(tx.connection) >= TOPICS_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-topics",
            de="Mehr Themen kann niemand überblicken.",
            en="Nobody could keep track of more topics.",
            at_most=TOPICS_AT_MOST,
        )
    if not await store.add_topic(tx.connection, told.topic, told.german, told.english):
        raise Refusal(
            Reason.CONFLICT, "topic-exists", de="Dieses Thema gibt es schon.", en="This topic is there already."
        )
    log.info("topic-added", topic=told.topic)
    return Topic(topic=told.topic, version=1, german=told.german, english=told.english)


async def rename_topic(tx: Transaction, caller: Caller, topic: str, version: int, told: RenameTopic) -> Topic:
    """Change how a topic is called."""
    PERMISSIONS.require("add-topic", caller, what="topic")
    found = await store.topic(tx.connection, topic)
    if found is None:
        raise not_found("topic")
    if found.version != version:
        raise version_mismatch(found.version)
    await store.rename_topic(tx.connection, topic, told.german, told.english)
    return Topic(topic=topic, version=version + 1, german=told.german, english=told.english)
