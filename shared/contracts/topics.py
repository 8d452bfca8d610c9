"""Every topic of the platform: who owns it, who may read it, how long it keeps what.

The one list from which topics and access rules are applied (`deploy/kafka`), consumers check what they may read, and
the AsyncAPI document is written. Topics are never created automatically and never repartitioned: a
repartition would part keys from their tombstones.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

PARTITIONS = 12
TOMBSTONES_KEPT = timedelta(days=30)
COMPACTION_LAG_AT_LEAST = timedelta(days=7)
COMPACTION_LAG_AT_MOST = timedelta(days=14)
NOTICES_KEPT = timedelta(days=30)
SEGMENT_AT_MOST = timedelta(days=1)
"""A segment goes as a whole, when its newest record may: a long one would keep its oldest record too long."""

SERVICES = ("registry", "matching", "training", "notifications")


class Kind(StrEnum):
    """What a topic carries, and so how it is cleaned."""

    STATE = "state"
    """One aggregate type; the newest event of a key holds its whole published state; compacted."""
    NOTICES = "notices"
    """What merely happened; kept for a time."""


@dataclass(frozen=True)
class Topic:
    """One topic. `readers` empty means every service may read it."""

    name: str
    owner: str
    kind: Kind
    readers: frozenset[str] = frozenset()
    personal: bool = False
    """Keys or values concern a person: subject to erasure, and to the log-clean promise."""

    @property
    def allowed_readers(self) -> frozenset[str]:
        """The services that may consume this topic, the owner included."""
        return (self.readers or frozenset(SERVICES)) | {self.owner}

    @property
    def settings(self) -> dict[str, str]:
        """Kafka's topic configuration, values as Kafka spells them (milliseconds)."""
        if self.kind is Kind.NOTICES:
            return {
                "cleanup.policy": "delete",
                "retention.ms": _milliseconds(NOTICES_KEPT),
                "segment.ms": _milliseconds(SEGMENT_AT_MOST),
            }
        return {
            "cleanup.policy": "compact",
            "delete.retention.ms": _milliseconds(TOMBSTONES_KEPT),
            "min.compaction.lag.ms": _milliseconds(COMPACTION_LAG_AT_LEAST),
            "max.compaction.lag.ms": _milliseconds(COMPACTION_LAG_AT_MOST),
            "segment.ms": _milliseconds(SEGMENT_AT_MOST),
        }


def log_clean_by(deleted_on: date) -> date:
    """The day by which no value of a buried key is left in any log: notices by time, states by compaction.

    A segment rolls within a day (the daily tick sees to it) and is compacted within the longest lag after that.
    """
    return deleted_on + max(NOTICES_KEPT, COMPACTION_LAG_AT_MOST) + timedelta(days=2)


def _milliseconds(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))


def _state(name: str, *readers: str, personal: bool = False) -> Topic:
    return Topic(name, name.partition(".")[0], Kind.STATE, frozenset(readers), personal)


def _notices(name: str, *readers: str) -> Topic:
    return Topic(name, name.partition(".")[0], Kind.NOTICES, frozenset(readers), personal=True)


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        _state("registry.volunteers", personal=True),
        _state("registry.volunteer-contacts", "notifications", personal=True),
        _state("registry.member-contacts", "notifications", personal=True),
        _state("registry.organisations"),
        _state("registry.members", personal=True),
        _state("registry.contacts"),
        # Of several persons and so of none: whoever is erased leaves by a newer event of the group.
        _state("registry.groups", "matching", "notifications"),
        _state("registry.clearances", "matching", personal=True),
        _state("registry.consents", personal=True),
        _state("registry.boundaries"),
        _state("registry.places"),
        _notices("registry.notices", "notifications"),
        _state("registry.campaigns", "notifications"),
        _notices("registry.campaign-calls", "notifications"),
        # Two facts about few people, for those who have to heed them.
        _state("registry.rights", "matching", "training", "notifications", personal=True),
        _notices("registry.privacy"),
        _state("matching.offers"),
        _state("matching.placements", personal=True),
        _state("matching.tandems", "registry", "training", "notifications", personal=True),
        _notices("matching.suggestions", "notifications"),
        _notices("matching.notices", "notifications"),
        _notices("matching.privacy"),
        _state("training.courses"),
        _state("training.enrolments", personal=True),
        _state("training.qualifications", personal=True),
        _notices("training.privacy"),
        _notices("notifications.privacy"),
    )
}


def topics_of(owner: str) -> list[Topic]:
    """The topics that a service owns, in the list's order."""
    return [topic for topic in TOPICS.values() if topic.owner == owner]


def topics_readable_by(service: str) -> list[Topic]:
    """The topics that a service may consume."""
    return [topic for topic in TOPICS.values() if service in topic.allowed_readers]
