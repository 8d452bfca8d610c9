"""All questions, one after the other; each is asked whatever the ones before have found."""

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.bulk import Association
from tests.faults.checker.capacity import overbooked
from tests.faults.checker.compaction import wrong_after_compaction
from tests.faults.checker.log import LogFacts, log_facts
from tests.faults.checker.mails import mails_to_be_forgotten, wrong_mails
from tests.faults.checker.operations import wrong_operations
from tests.faults.checker.persons import erasures_open, found_of_erased, wrong_waiting_lists
from tests.faults.checker.read_models import wrong_read_models
from tests.faults.checker.sown import wrong_letters, wrong_places
from tests.faults.impatience import Impatient
from tests.faults.journal import Outcome
from tests.faults.leaving import Leaving
from tests.faults.nemesis.brokers import LeadersMoved
from tests.faults.nemesis.processes import Slow, TwoRelays
from tests.faults.nemesis.records import Buried, Poison, Repeated, ReplayedAndRedriven, Unfit
from tests.faults.nemesis.servers import LateCommit
from tests.faults.nemesis.sown import Sown
from tests.faults.platform import ShakenPlatform
from tests.faults.result import Result
from tests.support.event_log import event_log
from tests.system.ledger.comparison import check_mails, differences
from tests.system.ledger.ledger import Ledger

REPEATS_NO_MAIL = frozenset(
    fault.name
    for fault in (Poison, Unfit, Repeated, Buried, ReplayedAndRedriven, LateCommit, Slow, TwoRelays, LeadersMoved)
)
"""These touch neither the process that sends nor the database where it notes what it has sent."""


@dataclass
class Checker:
    """What was journalled, and where to look."""

    platform: ShakenPlatform
    ledger: Ledger
    sown: Sown
    impatient: Impatient
    leaving: Leaving
    association: Association
    mails_before: Counter[tuple[str, str]]

    async def check(self, result: Result) -> None:
        """Write into the result what is wrong."""
        platform, erased = self.platform, self.leaving.erased
        impatiently = sum(1 for each in self.impatient.done if each.outcome is Outcome.ACKNOWLEDGED)
        result.acknowledged = self.ledger.acknowledged + impatiently + self.association.acknowledged
        if not self.leaving.placements:
            result.left_out["erasure"] = "the run was too short for anybody with a placement to be erased"
        async with event_log(platform.kafka) as log:
            facts = await log_facts(log)
            result.events = facts.events
            forgotten = await mails_to_be_forgotten(log, erased)
            questions: list[Callable[[], Any]] = [
                lambda: differences(platform, self.ledger),
                lambda: overbooked(platform),
                lambda: wrong_operations(platform, self.impatient.done),
                lambda: erasures_open(platform, erased),
                lambda: wrong_waiting_lists(platform),
                lambda: wrong_letters(platform, self.sown),
                lambda: wrong_places(platform, self.sown),
                lambda: list(facts.wrong()),
                lambda: wrong_read_models(facts, platform),
                lambda: found_of_erased(facts, platform, erased, self.leaving.known_by),
                lambda: self.association.differences(platform, facts),
                lambda: versions_of_the_ledger(facts, platform, self.ledger),
                lambda: untold_versions(facts, platform),
                lambda: self._mails(result, forgotten),
            ]
            for question in questions:
                result.violations += _answer(question)
            try:
                await check_mails(log, platform, self.ledger)
            except AssertionError as error:
                result.violations.append(str(error)[:2000])
            # The last of all: what is compacted cannot be compared with mails any more.
            wrong, why_not = await wrong_after_compaction(log, platform.kafka.confluent_settings(), facts)
            result.violations += wrong
            if why_not is not None:
                result.left_out["compaction"] = why_not

    def _mails(self, result: Result, forgotten: int) -> list[str]:
        imported = self.association.ids(self.platform)
        found, repeated = wrong_mails(self.platform, self.mails_before, self.leaving.addresses, imported, forgotten)
        result.mails_repeated = repeated
        at_most = sum(1 for fault in result.faults if fault.name not in REPEATS_NO_MAIL)
        if repeated > at_most:
            found.append(f"{repeated} mails came twice, with {at_most} faults that may be the cause")
        return found


def versions_of_the_ledger(facts: LogFacts, platform: ShakenPlatform, ledger: Ledger) -> list[str]:
    """Every version from the first to the one that the owner holds stands in the log."""
    found: list[str] = []
    for topic, table, key, kept in (
        ("registry.volunteers", "registry.volunteers", "volunteer_id", ledger.volunteers),
        ("matching.offers", "matching.offers", "offer_id", ledger.offers),
        ("training.courses", "training.courses", "course_id", ledger.courses),
        ("matching.placements", "matching.placements", "placement_id", ledger.placements),
        ("training.enrolments", "training.enrolments", "enrolment_id", ledger.enrolments),
    ):
        rows = platform.rows(f"SELECT {key}::text AS id, version FROM {table}")
        held = {row["id"]: row["version"] for row in rows}
        for identifier in kept:
            wanted = (1, held.get(identifier, 0))
            if facts.versions(topic, identifier) != wanted:
                found.append(f"{topic} {identifier}: versions {facts.versions(topic, identifier)}, held {wanted}")
    return found


def untold_versions(facts: LogFacts, platform: ShakenPlatform) -> list[str]:
    """Of everything that was made, whoever asked for it and whatever they were answered: what is there was announced.

    A change whose event is lost shows nowhere else when its outcome is unknown: the owner has it, the read models agree with
    the log.
    """
    found: list[str] = []
    for table, key in (
        ("matching.offers", "offer_id"),
        ("training.courses", "course_id"),
        ("matching.placements", "placement_id"),
        ("training.enrolments", "enrolment_id"),
    ):
        told = facts.topics[table].keys
        for row in platform.rows(f"SELECT {key}::text AS id, version FROM {table}"):
            here = told.get(row["id"])
            if here is None or (not here.is_buried and (here.first, here.last) != (1, row["version"])):
                found.append(f"{table} {row['id']}: version {row['version']} is held, announced was {here}")
    return found


def _answer(question: Callable[[], Any]) -> list[str]:
    try:
        return [str(one)[:2000] for one in question()]
    except Exception:
        # Not being able to look is no proof that all is well.
        return [traceback.format_exc()[-2000:]]
