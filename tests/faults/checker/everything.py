"""All questions, one after the other; each is asked whatever the ones before have found."""

import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from tests.faults.bulk import Association
from tests.faults.checker.capacity import overbooked
from tests.faults.checker.compaction import wrong_after_compaction
from tests.faults.checker.contents import held_by_owners, wrong_contents
from tests.faults.checker.log import LogFacts, log_facts
from tests.faults.checker.mails import (
    Excused,
    mails_to_be_forgotten,
    repeated_without_cause,
    wrong_addresses,
    wrong_mails,
)
from tests.faults.checker.operations import wrong_operations
from tests.faults.checker.owners import OWNERS, Asked, announced_by_nobody, asked_for_by_nobody
from tests.faults.checker.persons import erasures_open, found_of_erased, wrong_waiting_lists
from tests.faults.checker.read_models import READ_MODEL, wrong_read_models
from tests.faults.checker.sown import late_ones_left_out, wrong_letters, wrong_places
from tests.faults.impatience import Impatient
from tests.faults.journal import Outcome
from tests.faults.leaving import Leaving
from tests.faults.nemesis.sown import Sown
from tests.faults.platform import ShakenPlatform
from tests.faults.result import Result
from tests.support.event_log import EventLog, event_log
from tests.system.ledger.comparison import check_mails, differences
from tests.system.ledger.ledger import Ledger

EVERY_VERSION_IS_TOLD = {
    "matching.offers": "",
    "training.courses": "",
    "matching.placements": "",
    "training.enrolments": "",
    "registry.volunteers": "WHERE status <> 'unconfirmed'",
    "registry.volunteer-contacts": "",
    "registry.member-contacts": "",
    "registry.organisations": "",
    "registry.members": "",
}
"""Topics whose owner counts versions from 1 and announces each; which rows of the owner's."""


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
    everybody: Collection[str] | None = None
    """Ids of all volunteers who act, whatever they do; None: it is not known, and nobody asks who registered twice."""

    async def check(self, result: Result) -> None:
        """Write into the result what is wrong, and how much each question compared."""
        platform, erased = self.platform, self.leaving.erased
        impatiently = sum(1 for each in self.impatient.done if each.outcome is Outcome.ACKNOWLEDGED)
        result.acknowledged = self.ledger.acknowledged + impatiently + self.association.acknowledged
        if not self.leaving.placements:
            result.left_out["erasure"] = "the run was too short for anybody with a placement to be erased"
        compared = self._said()
        async with event_log(platform.kafka) as log:
            facts = await log_facts(log)
            result.events = facts.events
            forgotten = await mails_to_be_forgotten(log, erased)
            questions: list[Callable[[], Any]] = [
                lambda: differences(platform, self.ledger),
                lambda: overbooked(platform, compared),
                lambda: wrong_operations(platform, self.impatient.done),
                lambda: asked_for_by_nobody(platform, self._asked(compared)),
                lambda: announced_by_nobody(facts, platform, compared),
                lambda: erasures_open(platform, erased),
                lambda: wrong_waiting_lists(platform, compared),
                lambda: wrong_letters(platform, self.sown),
                lambda: wrong_places(platform, self.sown),
                lambda: late_ones_left_out(facts, self.sown),
                lambda: list(facts.wrong()),
                lambda: wrong_read_models(facts, platform, compared),
                lambda: found_of_erased(facts, platform, erased, self.leaving.known_by),
                lambda: self.association.differences(platform, facts),
                lambda: versions_of_the_ledger(facts, platform, self.ledger),
                lambda: untold_versions(facts, platform, compared),
                lambda: self._mails(result, forgotten, compared),
            ]
            for question in questions:
                result.violations += _answer(question)
            of_the_log: list[Callable[[], Awaitable[list[str]]]] = [
                lambda: _contents(platform, facts, compared),
                lambda: wrong_addresses(log, platform, compared),
                lambda: self._mails_of_the_ledger(log, compared),
            ]
            for asked in of_the_log:
                result.violations += await _answer_in_time(asked)
            # The last of all: what is compacted cannot be compared with mails any more.
            result.violations += await _answer_in_time(lambda: self._compacted(log, facts, result, compared))
        report_compared(result, compared)

    async def _compacted(self, log: EventLog, facts: LogFacts, result: Result, compared: Counter[str]) -> list[str]:
        settings = self.platform.kafka.confluent_settings()
        wrong, why_not = await wrong_after_compaction(log, settings, facts, compared)
        if why_not is not None:
            result.left_out["compaction"] = why_not
        return wrong

    def _said(self) -> Counter[str]:
        """How much there is of what is looked for by what people and nemesis remember."""
        return Counter(
            {
                "volunteers-of-the-ledger": len(self.ledger.volunteers),
                "offers-of-the-ledger": len(self.ledger.offers),
                "courses-of-the-ledger": len(self.ledger.courses),
                "placements-of-the-ledger": len(self.ledger.placements),
                "enrolments-of-the-ledger": len(self.ledger.enrolments),
                "impatient-operations": len(self.impatient.done),
                "people-in-files": self.association.people,
                "persons-erased": len(self.leaving.erased),
                "poison": len(self.sown.poison),
                "places-buried": len(self.sown.buried),
                "places-late": len(self.sown.late),
            }
        )

    def _asked(self, compared: Counter[str]) -> Asked:
        return Asked(
            self.ledger,
            self.impatient.done,
            {str(person.subject_id) for person in self.leaving.persons},
            self.association.ids(self.platform),
            self.everybody,
            compared,
        )

    def _mails(self, result: Result, forgotten: int, compared: Counter[str]) -> list[str]:
        excused = Excused(self.mails_before, self.leaving.addresses, forgotten)
        imported = self.association.ids(self.platform)
        found, repeated = wrong_mails(self.platform, excused, imported, compared)
        result.mails_repeated = repeated
        folder = self.platform.mailbox.folder / "mails"
        return found + repeated_without_cause(folder, self.mails_before, result.faults, result.began_at)

    async def _mails_of_the_ledger(self, log: EventLog, compared: Counter[str]) -> list[str]:
        try:
            compared["mails-of-the-ledger"] = (await check_mails(log, self.platform, self.ledger)).mails
        except AssertionError as error:
            return [str(error)]
        return []


def report_compared(result: Result, compared: Counter[str]) -> None:
    """Into the report, with zeros: nothing compared with nothing is equal, and no answer."""
    result.compared = dict(sorted(compared.items()))
    nothing = [name for name, number in result.compared.items() if not number]
    unfed = [name.removeprefix(READ_MODEL) for name in nothing if name.startswith(READ_MODEL)]
    if unfed:
        result.left_out["read models"] = f"nobody fed {', '.join(unfed)}"
    if others := [name for name in nothing if not name.startswith(READ_MODEL)]:
        result.left_out["questions"] = f"there was nothing to compare: {', '.join(others)}"


async def _contents(platform: ShakenPlatform, facts: LogFacts, compared: Counter[str]) -> list[str]:
    return wrong_contents(facts, await held_by_owners(platform, facts), compared)


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


def untold_versions(facts: LogFacts, platform: ShakenPlatform, compared: Counter[str]) -> list[str]:
    """Of everything that was made, whoever asked for it and whatever they were answered: what is there was announced.

    A change whose event is lost shows nowhere else when its outcome is unknown: the owner has it, the read models agree with
    the log.
    """
    found: list[str] = []
    for topic, where in EVERY_VERSION_IS_TOLD.items():
        (table, key), told = OWNERS[topic], facts.topics[topic].keys
        rows = platform.rows(f"SELECT {key}::text AS id, version FROM {table} {where}")
        compared[f"versions-{topic}"] += len(rows)
        for row in rows:
            here = told.get(row["id"])
            if here is None or (not here.is_buried and (here.first, here.last) != (1, row["version"])):
                found.append(f"{topic} {row['id']}: version {row['version']} is held, announced was {here}")
    return found


def _answer(question: Callable[[], Any]) -> list[str]:
    try:
        return [str(one)[:2000] for one in question()]
    except Exception:
        # Not being able to look is no proof that all is well.
        return [traceback.format_exc()[-2000:]]


async def _answer_in_time(question: Callable[[], Awaitable[list[str]]]) -> list[str]:
    try:
        return [one[:2000] for one in await question()]
    except Exception:
        return [traceback.format_exc()[-2000:]]
