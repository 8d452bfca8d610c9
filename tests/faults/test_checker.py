"""What the checker says of a platform that holds less than it should."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from services.notifications.settings import NotificationsSettings
from services.notifications.subscribers import projections, reactions
from services.training.handlers import announcements
from services.training.models import Course, Session
from shared.contracts.topics import TOPICS, Kind
from shared.contracts.training import CourseUpdated
from shared.contracts.vocabulary import CourseStatus
from tests.faults.checker import sown as checker
from tests.faults.checker.compaction import differences
from tests.faults.checker.contents import wrong_contents
from tests.faults.checker.everything import report_compared, untold_versions
from tests.faults.checker.log import KeyFacts, LogFacts, TopicFacts
from tests.faults.checker.mails import (
    Excused,
    may_repeat_a_mail,
    repeated_without_cause,
    wrong_addresses,
    wrong_mails,
)
from tests.faults.checker.owners import OWNERS, Asked, announced_by_nobody, asked_for_by_nobody
from tests.faults.checker.sown import late_ones_left_out
from tests.faults.impatience import Sought
from tests.faults.journal import Outcome
from tests.faults.nemesis.sown import SOWN, Poison, Sown
from tests.faults.result import Inflicted, Result, ended_too_often
from tests.support.event_log import Raw
from tests.system.ledger.comparison import check_mails
from tests.system.ledger.ledger import Ledger

AT = ("registry.notices", 0, 7)


class _Holding:
    """A database that holds these rows in tables whose name a query says."""

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def rows(self, query: str, *_: Any) -> list[dict[str, Any]]:
        return [row for table, rows in self._rows.items() if f".{table}" in query for row in rows]


def _empty_log() -> LogFacts:
    return LogFacts({name: TopicFacts(name, topic.kind) for name, topic in TOPICS.items()})


def _letter(consumer: str) -> dict[str, Any]:
    return dict(zip(("topic", "partition", "offset"), AT, strict=True)) | {"consumer": consumer, "reason": "bad"}


@pytest.fixture
def one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def parts(_platform: Any) -> Iterator[tuple[str, Any]]:
        settings = NotificationsSettings.model_construct(
            mail_days_at_most=1, receipt_days_at_most=1, occasions_days_at_most=14
        )
        yield "notifications", SimpleNamespace(projections=projections(), reactions=reactions(settings))

    monkeypatch.setattr(checker, "parts_of", parts)


@pytest.mark.usefixtures("one_service")
def test_poison_has_to_lie_aside_for_every_group_that_reads_its_topic() -> None:
    sown = Sown(poison=[Poison(AT, "nobody-knows", is_of_unknown_major=True)])
    one = _Holding(dead_letters=[_letter("notifications.reactions")])
    both = _Holding(dead_letters=[_letter("notifications.reactions"), _letter("notifications.bulk")])
    assert checker.wrong_letters(cast(Any, one), sown) == [f"poison at {AT} was not set aside by notifications.bulk"]
    assert checker.wrong_letters(cast(Any, both), sown) == []


@pytest.mark.parametrize(("last", "is_found"), [(2, False), (1, True)])
def test_a_change_that_was_never_announced_is_found_whoever_asked_for_it(last: int, is_found: bool) -> None:
    facts = _empty_log()
    facts.topics["matching.offers"].keys["a"] = KeyFacts(0, first=1, last=last)
    held = _Holding(offers=[{"id": "a", "version": 2}])
    assert bool(untold_versions(facts, cast(Any, held), Counter())) is is_found


@pytest.mark.parametrize(("recipient", "is_right"), [("v", True), ("w", False)])
async def test_a_mail_to_somebody_else_is_found_and_poison_is_no_occasion(
    recipient: str, is_right: bool, tmp_path: Path
) -> None:
    def record(value: bytes, *more: tuple[str, bytes]) -> Any:
        headers = [("ce_type", b"placement-offered"), ("ce_id", b"1"), *more]
        return SimpleNamespace(key=b"p", value=value, headers=headers)

    class Log:
        async def read(self, topic: str) -> list[Any]:
            offered = record(b'{"volunteer_id": "v", "version": 2}')
            return [offered, record(b'{"not', ("x-sown", b"1"))] if topic == "matching.placements" else []

    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "1.eml").write_bytes(b"Message-ID: <d@x>\r\n\r\n")
    key = f"placement-offered {recipient} placement-offered p 2"
    held = _Holding(deliveries=[{"delivery_id": "d", "natural_key": key, "status": "sent", "reason": None}])
    platform = cast(Any, SimpleNamespace(rows=held.rows, mailbox=SimpleNamespace(folder=tmp_path)))
    ledger = Ledger()
    ledger.volunteers["v"] = {}
    with nullcontext() if is_right else pytest.raises(AssertionError, match="never noted"):
        await check_mails(cast(Any, Log()), platform, ledger)


DONE = (
    Sought("matching", "Angebot op-1 (Demo)", Outcome.ACKNOWLEDGED, None, "known"),
    Sought("matching", "Angebot op-2 (Demo)", Outcome.UNKNOWN),
)


@pytest.mark.parametrize(
    ("title", "is_found"),
    [
        pytest.param("Angebot 7 (Demo)", True, id="a patient client's, done twice"),
        pytest.param("Angebot op-1 (Demo)", True, id="acknowledged under another id"),
        pytest.param("Angebot op-2 (Demo)", False, id="nobody knows whether it was done"),
        pytest.param("Angebot op-3 (Demo)", True, id="an operation that never was"),
        pytest.param("Probe 3 (Demo)", False, id="the probe's"),
    ],
)
def test_what_was_made_and_acknowledged_to_nobody_is_found(title: str, is_found: bool) -> None:
    ledger = Ledger(offers={"patient": {}})
    rows = [{"id": "patient", "title": "Angebot 7 (Demo)"}, {"id": "known", "title": "Angebot op-9 (Demo)"}]
    held = _Holding(offers=[*rows, {"id": "strange", "title": title}])
    asked = Asked(ledger, DONE)
    found = asked_for_by_nobody(cast(Any, held), asked)
    assert (len(found), "strange" in "".join(found)) == (int(is_found), is_found)
    assert asked.compared["asked-for-matching.offers"] == 3


def test_two_of_what_is_made_once_are_found() -> None:
    held = _Holding(courses=[{"id": str(number), "title": f"Probe {number} (Demo)"} for number in range(2)])
    assert len(asked_for_by_nobody(cast(Any, held), Asked(Ledger()))) == 1


@pytest.mark.parametrize(
    ("rows", "found"),
    [([("p", "v")], 0), ([("p", "v"), ("q", "v")], 1), ([("r", "leaver")], 0), ([("r", "leaver"), ("s", "leaver")], 1)],
)
def test_a_placement_that_nobody_asked_for_is_found(rows: list[tuple[str, str]], found: int) -> None:
    held = _Holding(placements=[{"id": key, "volunteer": volunteer} for key, volunteer in rows])
    asked = Asked(Ledger(volunteers={"v": {}}, placements={"p": {}}), leaving=["leaver"])
    assert len(asked_for_by_nobody(cast(Any, held), asked)) == found


@pytest.mark.parametrize(("everybody", "found"), [(None, 0), (["probe"], 1), (["probe", "twice"], 0)])
def test_a_volunteer_who_registered_twice_is_found(everybody: list[str] | None, found: int) -> None:
    held = _Holding(volunteers=[{"id": each} for each in ("v", "leaver", "imported", "probe", "twice")])
    asked = Asked(Ledger(volunteers={"v": {}}), (), ["leaver"], ["imported"], everybody)
    assert len(asked_for_by_nobody(cast(Any, held), asked)) == found


def test_what_was_announced_and_rolled_back_is_found() -> None:
    facts = _empty_log()
    facts.topics["matching.offers"].keys |= {
        "a": KeyFacts(0, 1, 1),
        "b": KeyFacts(0, 1, 1),
        "c": KeyFacts(0, 1, 2, True),
    }
    # Of the nemesis: places whose events it put into the outbox itself.
    facts.topics["registry.places"].keys |= {"00007": KeyFacts(0, 1, 1), "05999": KeyFacts(0, 1, 1)}
    held, compared = _Holding(offers=[{"id": "a"}]), Counter[str]()
    assert announced_by_nobody(facts, cast(Any, held), compared) == [
        "matching.offers b was announced, and is not in matching.offers"
    ]
    assert (compared["announced-matching.offers"], compared["announced-training.courses"]) == (2, 0)


def test_every_topic_of_states_has_an_owner_to_ask() -> None:
    assert OWNERS.keys() == {name for name, topic in TOPICS.items() if topic.kind is Kind.STATE}


def _course(title: str) -> Course:
    begin, end = datetime(2030, 1, 1, 10, tzinfo=UTC), datetime(2030, 1, 1, 12, tzinfo=UTC)
    return Course(
        course_id=uuid4(),
        version=2,
        organisation_id=uuid4(),
        title=title,
        grants=None,
        district="03351",
        postal_code="29221",
        languages=("de",),
        places=2,
        places_taken=0,
        last_queue_number=0,
        status=CourseStatus.PUBLISHED,
        sessions=(Session(uuid4(), begin, end),),
    )


@pytest.mark.parametrize(("held", "is_found"), [("As told", False), ("Renamed since", True)])
def test_an_event_of_the_right_version_that_says_what_is_old_is_found(held: str, is_found: bool) -> None:
    course, facts, compared = _course("As told"), _empty_log(), Counter[str]()
    key = str(course.course_id)
    raw = Raw.of(announcements.course(CourseUpdated, course))
    record = SimpleNamespace(
        topic=raw.topic,
        partition=0,
        offset=0,
        key=raw.key,
        value=raw.value,
        headers=[(name, value) for name, value in raw.headers],
    )
    facts.topics[raw.topic].see([cast(Any, record)])
    rows: dict[str, dict[str, Any]] = {name: {} for name in TOPICS}
    rows["training.courses"][key] = replace(course, title=held)
    found = wrong_contents(facts, rows, compared)
    assert bool(found) is is_found
    assert all("Renamed since" in each and "places" not in each for each in found)
    assert (compared["contents-training.courses"], compared["contents-matching.offers"]) == (1, 0)


def _mailbox(folder: Path, *mails: tuple[str, str]) -> None:
    (folder / "mails").mkdir()
    for number, (identifier, to) in enumerate(mails):
        head = f"X-Mailbox-Envelope-To: {to}\r\nTo: Somebody <{to}>\r\nMessage-ID: <{identifier}@x>\r\n\r\n"
        (folder / "mails" / f"{number}.eml").write_bytes(head.encode())


class _Told:
    """A log in which somebody's address once was another."""

    def __init__(self, mail: str) -> None:
        self._mail = mail

    async def stretches(self, topic: str) -> Any:
        value = b'{"version": 1, "mail": "%s"}' % self._mail.encode()
        if topic == "registry.volunteer-contacts":
            yield [SimpleNamespace(key=b"v", value=value, headers=[])]


@pytest.mark.parametrize(
    ("to", "mail", "is_found"),
    [
        pytest.param("v@example.org", "placement-offered", False, id="theirs"),
        pytest.param("old@example.org", "placement-offered", False, id="theirs-once"),
        pytest.param("w@example.org", "placement-offered", True, id="somebody-elses"),
        pytest.param("new@example.org", "placement-offered", True, id="not-confirmed-yet"),
        pytest.param("new@example.org", "address-confirmation", False, id="to-be-confirmed"),
    ],
)
async def test_a_letter_in_somebody_elses_mailbox_is_found(to: str, mail: str, is_found: bool, tmp_path: Path) -> None:
    _mailbox(tmp_path, ("d", to))
    contacts = [
        {"id": "v", "mail": "v@example.org", "mail_to_confirm": "new@example.org", "through": None},
        {"id": "w", "mail": "w@example.org", "mail_to_confirm": None, "through": None},
    ]
    deliveries = [{"id": "d", "mail": mail, "recipient": "v"}]
    held = _Holding(volunteer_contacts=contacts, deliveries=deliveries)
    platform = cast(Any, SimpleNamespace(rows=held.rows, mailbox=SimpleNamespace(folder=tmp_path)))
    compared = Counter[str]()
    found = await wrong_addresses(cast(Any, _Told("old@example.org")), platform, compared)
    assert (bool(found), compared["addresses-of-mails"]) == (is_found, 1)


@pytest.mark.parametrize(
    ("to", "forgotten", "is_found"),
    [
        ("m@example.org", 1, False),
        ("m@example.org", 0, True),
        ("v@example.org", 1, True),
        ("gone@example.org", 0, False),
    ],
)
def test_what_nobody_noted_may_only_have_told_members_of_those_who_were_erased(
    to: str, forgotten: int, is_found: bool, tmp_path: Path
) -> None:
    _mailbox(tmp_path, ("d", to))
    held = _Holding(member_contacts=[{"mail": "m@example.org"}])
    platform = cast(Any, SimpleNamespace(rows=held.rows, mailbox=SimpleNamespace(folder=tmp_path)))
    found, _ = wrong_mails(platform, Excused(erased=["gone@example.org"], forgotten=forgotten), [], Counter())
    assert bool(found) is is_found


@pytest.mark.parametrize(("after", "is_found"), [(31.0, False), (80.0, True)])
def test_a_mail_that_comes_twice_needs_a_fault_near_the_first(tmp_path: Path, after: float, is_found: bool) -> None:
    for number in range(2):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(b"Message-ID: <same@example.org>\r\nTo: p@example.org\r\n\r\nText")
        os.utime(file, (1000.0 + after + number, 1000.0 + after + number))
    fault = Inflicted("killed", 25.0, 27.0, 1.0, facts={"process": "notifications-worker-1"})
    assert bool(repeated_without_cause(tmp_path, Counter(), [fault], 1000.0)) is is_found


@pytest.mark.parametrize(
    ("name", "facts", "may"),
    [
        ("killed", {"process": "notifications-worker-1"}, True),
        ("killed", {"process": "notifications-api-1"}, False),
        ("killed-at-a-step", {"process": "registry-worker-1"}, False),
        ("rebalance-storm", {"process": "notifications-worker-2"}, True),
        ("rebalance-storm", {"process": "matching-worker-2"}, False),
        ("cut-after-commit", {"of": ["tandem-matching", "tandem-notifications"]}, True),
        ("connections-cut", {"of": ["tandem-matching"]}, False),
        ("cut-before-commit", {}, False),
        ("postgres-killed", {}, True),
        ("broker-killed", {}, False),
        ("poison", {}, False),
    ],
)
def test_only_what_interrupts_the_postman_or_his_notes_excuses_a_mail_that_came_twice(
    name: str, facts: dict[str, Any], may: bool
) -> None:
    fault = Inflicted(name, 0, 0, 0, 0, facts)
    assert may_repeat_a_mail(fault) is may


def _record(key: str, version: int, *, sown: bool = False) -> Any:
    headers = [("ce_type", b"offer-updated"), *([(SOWN, b"1")] if sown else [])]
    return SimpleNamespace(key=key.encode(), value=b'{"version": %d}' % version, partition=0, offset=0, headers=headers)


@pytest.mark.parametrize(("kept", "is_found"), [(1, False), (2, True)])
def test_under_a_key_that_the_nemesis_wrote_to_what_it_wrote_last_outlives_compaction(
    kept: int, is_found: bool
) -> None:
    before, after = (TopicFacts("matching.offers", Kind.STATE) for _ in range(2))
    before.see([_record("a", 1), _record("a", 2), _record("a", 1, sown=True)])
    after.see([_record("a", kept, sown=True)])
    assert bool(differences(before, after)) is is_found


def test_what_had_nothing_to_compare_stands_in_the_report() -> None:
    result = Result(1)
    report_compared(
        result, Counter({"read-model-matching.clearances": 0, "read-model-matching.courses": 3, "poison": 0})
    )
    assert result.left_out == {
        "read models": "nobody fed matching.clearances",
        "questions": "there was nothing to compare: poison",
    }
    assert result.compared["read-model-matching.courses"] == 3


@pytest.mark.parametrize(("first", "is_found"), [(1, False), (2, True)])
def test_what_was_committed_late_stands_in_the_log_also_when_a_newer_one_does(first: int, is_found: bool) -> None:
    facts = LogFacts()
    facts.topics["registry.places"] = TopicFacts("registry.places", Kind.STATE, keys={"00001": KeyFacts(3, first, 2)})
    assert bool(late_ones_left_out(facts, Sown(overtaken=["00001"]))) is is_found


@pytest.mark.parametrize(
    ("ended", "names", "is_found"),
    [
        (0, ("poison",), False),
        (1, ("poison", "frozen"), False),
        (2, ("poison", "frozen"), True),
        (1, ("connections-cut",), True),
        (8, ("kafka-disk-full",), False),
    ],
)
def test_who_ends_by_themselves_has_a_reason_near(ended: int, names: tuple[str, ...], is_found: bool) -> None:
    assert bool(ended_too_often(ended, [Inflicted(name, 0, 0, 0) for name in names])) is is_found
