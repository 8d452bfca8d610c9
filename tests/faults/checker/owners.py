"""Nothing is there that nobody asked for: neither in the owners' tables nor in the log.

Whoever repeats a command after a lost answer and has it done twice makes a double with an id of its own, which is known to
every read model and to no account: only who was asked for what tells it apart.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checker.log import LogFacts
from tests.faults.impatience import OPERATION, Sought
from tests.faults.journal import Outcome
from tests.faults.nemesis.sown import NOBODY_LIVES_THERE
from tests.system.ledger.ledger import Ledger
from tests.system.platform import RunningPlatform

OWNERS = {
    "registry.volunteers": ("registry.volunteers", "volunteer_id"),
    "registry.volunteer-contacts": ("registry.volunteer_contacts", "volunteer_id"),
    "registry.member-contacts": ("registry.member_contacts", "subject_id"),
    "registry.organisations": ("registry.organisations", "organisation_id"),
    "registry.members": ("registry.members", "subject_id"),
    "registry.contacts": ("registry.contacts", "contact_id"),
    "registry.groups": ("registry.groups", "group_id"),
    "registry.clearances": ("registry.clearances", "published_id"),
    # Nobody consents who is no volunteer.
    "registry.consents": ("registry.volunteers", "volunteer_id"),
    "registry.boundaries": ("registry.boundaries", "boundary_id"),
    "registry.places": ("registry.places", "postal_code"),
    "registry.campaigns": ("registry.campaigns", "campaign_id"),
    "registry.rights": ("registry.person_rights", "subject_id"),
    "matching.offers": ("matching.offers", "offer_id"),
    "matching.placements": ("matching.placements", "placement_id"),
    "matching.tandems": ("matching.tandems", "tandem_id"),
    "training.courses": ("training.courses", "course_id"),
    "training.enrolments": ("training.enrolments", "enrolment_id"),
    "training.qualifications": ("training.qualifications", "qualification_id"),
}
"""Of every topic of states the owner's table, and the column that is the topic's key."""

ONCE = {
    "matching.offers": ("Probe ", "Hausaufgabenhilfe "),
    "training.courses": ("Probe ", "Basisqualifizierung "),
}
"""How titles begin of what exactly one is made of: by the probe, and by the staff's first steps."""


@dataclass
class Asked:
    """Who asked for what."""

    ledger: Ledger
    impatient: Collection[Sought] = ()
    leaving: Collection[str] = ()
    """Volunteers who are to leave yet: of each at most one placement and one enrolment."""
    imported: Collection[str] = ()
    """Volunteers of whom an association told."""
    everybody: Collection[str] | None = None
    """Volunteers who act in the run, whatever they do; None: it is not known."""
    compared: Counter[str] = field(default_factory=Counter)


def asked_for_by_nobody(platform: RunningPlatform, asked: Asked) -> list[str]:
    """What stands in the owners' tables and was never acknowledged to anybody, nor may have been done unknown to them."""
    ledger = asked.ledger
    return [
        *_things(platform, asked, "matching.offers", "offer_id", ledger.offers),
        *_things(platform, asked, "training.courses", "course_id", ledger.courses),
        *_of_volunteers(platform, asked, "matching.placements", "placement_id", ledger.placements),
        *_of_volunteers(platform, asked, "training.enrolments", "enrolment_id", ledger.enrolments),
        *_volunteers(platform, asked),
    ]


def _things(platform: RunningPlatform, asked: Asked, table: str, key: str, kept: Mapping[str, Any]) -> list[str]:
    known = {each.identifier for each in asked.impatient} | kept.keys()
    may_be = {each.title for each in asked.impatient if each.identifier is None and each.outcome is Outcome.UNKNOWN}
    rows = platform.rows(f"SELECT {key}::text AS id, title FROM {table}")
    asked.compared[f"asked-for-{table}"] += len(rows)
    found: list[str] = []
    times: Counter[str] = Counter()
    for row in rows:
        if row["id"] in known or (OPERATION in row["title"] and row["title"] in may_be):
            continue
        begin = next((each for each in ONCE[table] if row["title"].startswith(each)), None)
        if begin is None:
            found.append(f"{table} {row['id']}: {row['title']!r} was asked for by nobody")
        else:
            times[begin] += 1
    return found + [f"{table}: {number} begin with {begin!r}" for begin, number in times.items() if number > 1]


def _of_volunteers(platform: RunningPlatform, asked: Asked, table: str, key: str, kept: Mapping[str, Any]) -> list[str]:
    rows = platform.rows(f"SELECT {key}::text AS id, volunteer_id::text AS volunteer FROM {table}")
    asked.compared[f"asked-for-{table}"] += len(rows)
    found: list[str] = []
    times: Counter[str] = Counter()
    for row in rows:
        if row["id"] in kept:
            continue
        times[row["volunteer"]] += 1
        if row["volunteer"] not in asked.leaving or times[row["volunteer"]] > 1:
            found.append(f"{table} {row['id']} of {row['volunteer']} was asked for by nobody")
    return found


def _volunteers(platform: RunningPlatform, asked: Asked) -> list[str]:
    if asked.everybody is None:
        return []
    known = {*asked.ledger.volunteers, *asked.leaving, *asked.imported, *asked.everybody}
    rows = platform.rows("SELECT volunteer_id::text AS id FROM registry.volunteers")
    asked.compared["asked-for-registry.volunteers"] += len(rows)
    return [f"registry.volunteers {row['id']} was asked for by nobody" for row in rows if row["id"] not in known]


def announced_by_nobody(facts: LogFacts, platform: RunningPlatform, compared: Counter[str]) -> list[str]:
    """Keys that a relay told of, that no tombstone followed, and that the owner does not have.

    Not the postal codes that do not exist: the nemesis puts them into the outbox, and no table has them.
    """
    found: list[str] = []
    for topic, (table, key) in OWNERS.items():
        told = [
            each
            for each, of_key in facts.topics[topic].keys.items()
            if not of_key.is_buried and not (topic == "registry.places" and each.startswith(NOBODY_LIVES_THERE))
        ]
        compared[f"announced-{topic}"] += len(told)
        if told:
            held = {row["id"] for row in platform.rows(f"SELECT {key}::text AS id FROM {table}")}
            found += [f"{topic} {each} was announced, and is not in {table}" for each in told if each not in held]
    return found
