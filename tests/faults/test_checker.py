"""What the checker says of a platform that holds less than it should."""

from collections.abc import Iterator
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
