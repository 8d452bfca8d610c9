"""What the checker says of a log: it must find what is wrong in one, and nothing in one that is right."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.topics import Kind
from tests.faults.checker.log import LogFacts, TopicFacts
from tests.faults.nemesis.sown import SOWN

TOPIC = "matching.offers"


@dataclass
class Written:
    """As much of a record as the checker looks at."""

    key: bytes
    value: bytes | None
    partition: int = 0
    offset: int = 0
    headers: list[tuple[str, bytes]] = field(default_factory=lambda: [("ce_type", b"offer-updated"), ("ce_id", b"1")])


def _state(version: int, key: str = "a", partition: int = 0, *, sown: bool = False) -> Any:
    record = Written(key.encode(), b'{"version": %d}' % version, partition)
    if sown:
        record.headers.append((SOWN, b"1"))
    return record


def _tombstone(key: str = "a") -> Any:
    return Written(key.encode(), None)


def _facts(*records: Any, kind: Kind = Kind.STATE) -> TopicFacts:
    facts = TopicFacts(TOPIC, kind)
    facts.see(records)
    return facts


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([_state(1), _state(1)], id="doubled"),
        pytest.param([_state(1), _state(3)], id="left-out"),
        pytest.param([_state(1), _state(2), _state(1)], id="old-after-new"),
        pytest.param([_state(1), _tombstone(), _state(2)], id="after-the-tombstone"),
        pytest.param([_state(1), _state(2, partition=5)], id="in-two-partitions"),
        pytest.param([Written(b"a", b"no json")], id="unreadable"),
    ],
)
def test_what_no_relay_may_write_is_found(records: list[Any]) -> None:
    facts = _facts(*records)
    assert facts.wrongs == 1
    assert list(LogFacts({TOPIC: facts}).wrong()) == facts.wrong


def test_a_notice_that_stands_there_twice_is_found() -> None:
    assert _facts(_state(1), _state(1), kind=Kind.NOTICES).wrongs == 1


@given(st.lists(st.sampled_from("abc"), max_size=40), st.randoms(use_true_random=False))
def test_whatever_the_nemesis_repeats_the_relays_are_not_blamed_and_the_newest_state_is_known(
    keys: list[str], chance: Any
) -> None:
    """Versions of several keys in any order of keys, with sown duplicates of what was there in between."""
    facts, versions = TopicFacts(TOPIC, Kind.STATE), dict[str, int]()
    for key in keys:
        versions[key] = versions.get(key, 0) + 1
        facts.see([_state(versions[key], key)])
        repeated = chance.choice(sorted(versions))
        facts.see([_state(chance.randint(1, versions[repeated]), repeated, sown=True)])
    assert facts.wrongs == 0
    assert facts.events == len(keys)
    assert {key: (told.first, told.last) for key, told in facts.keys.items()} == {
        key: (1, version) for key, version in versions.items()
    }
    assert {key: told["offer-updated"][0] for key, told in facts.newest.items()} == versions


def test_a_buried_key_is_buried_and_stays_so_whatever_is_sown() -> None:
    facts = _facts(_state(1), _tombstone(), _state(1, sown=True))
    assert facts.wrongs == 0
    assert facts.keys["a"].is_buried
    assert "a" not in facts.newest
