"""What the checker says of a platform that holds less than it should."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.notifications.settings import NotificationsSettings
from services.notifications.subscribers import projections, reactions
from shared.contracts.topics import TOPICS
from tests.faults.checker import sown as checker
from tests.faults.checker.everything import untold_versions
from tests.faults.checker.log import KeyFacts, LogFacts, TopicFacts
from tests.faults.nemesis.sown import Poison, Sown
from tests.system.ledger.comparison import check_mails
from tests.system.ledger.ledger import Ledger

AT = ("registry.notices", 0, 7)


class _Holding:
    """A database that holds these rows in tables whose name a query says."""

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def rows(self, query: str, *_: Any) -> list[dict[str, Any]]:
        return [row for table, rows in self._rows.items() if f".{table}" in query for row in rows]


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
    facts = LogFacts({name: TopicFacts(name, topic.kind) for name, topic in TOPICS.items()})
    facts.topics["matching.offers"].keys["a"] = KeyFacts(0, first=1, last=last)
    held = _Holding(offers=[{"id": "a", "version": 2}])
    assert bool(untold_versions(facts, cast(Any, held))) is is_found


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
