"""The chain of the audit log: whatever is done to it afterwards shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.audit import AuditEntry, Link, SealedEntry
from services.registry.rules.audit import Verification, hash_of, text_of

START_OF_2020 = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = st.from_regex(r"\A[a-z][a-z-]{0,39}\Z")
ENTRIES = st.builds(
    AuditEntry,
    entry_id=st.uuids(),
    recorded_at=st.integers(0, 10**15).map(lambda microseconds: START_OF_2020 + timedelta(microseconds=microseconds)),
    actor_kind=st.sampled_from(("member", "volunteer", "system")),
    actor_id=st.none() | st.uuids(),
    organisation_ids=st.lists(st.uuids(), max_size=3).map(tuple),
    action=WORDS,
    kind=WORDS,
    thing_id=st.uuids(),
    concerning=st.none() | st.uuids(),
    why=st.none() | WORDS,
)
CHAINS = st.lists(ENTRIES, min_size=1, max_size=8, unique_by=lambda entry: entry.entry_id)
START = Link(0, b"")


def sealed(entries: list[AuditEntry]) -> list[SealedEntry]:
    chain: list[SealedEntry] = []
    previous = b""
    for position, entry in enumerate(entries, start=1):
        previous = hash_of(previous, position, entry)
        chain.append(SealedEntry(position, previous, entry))
    return chain


def end_of(chain: list[SealedEntry]) -> Link:
    return Link(chain[-1].position, chain[-1].hash)


def holds(chain: list[SealedEntry], head: Link) -> bool:
    verification = Verification(START, head)
    return verification.take(chain) is None and verification.end() is None


@given(CHAINS)
def test_what_was_sealed_holds(entries: list[AuditEntry]) -> None:
    chain = sealed(entries)
    assert holds(chain, end_of(chain))


@given(CHAINS, st.data())
def test_any_change_of_any_part_is_found(entries: list[AuditEntry], data: st.DataObject) -> None:
    chain = sealed(entries)
    at = data.draw(st.integers(0, len(chain) - 1))
    other = data.draw(ENTRIES)
    part = data.draw(st.sampled_from([*AuditEntry.__dataclass_fields__]))
    altered = replace(chain[at].entry, **{part: getattr(other, part)})
    if altered == chain[at].entry:
        return
    tampered = [*chain[:at], replace(chain[at], entry=altered), *chain[at + 1 :]]
    assert not holds(tampered, end_of(chain))


@given(CHAINS, st.data())
def test_a_missing_entry_is_found_also_at_the_end(entries: list[AuditEntry], data: st.DataObject) -> None:
    chain = sealed(entries)
    at = data.draw(st.integers(0, len(chain) - 1))
    assert not holds([*chain[:at], *chain[at + 1 :]], end_of(chain))


@given(st.lists(ENTRIES, min_size=2, max_size=2, unique=True))
def test_two_entries_never_read_the_same(entries: list[AuditEntry]) -> None:
    assert text_of(1, entries[0]) != text_of(1, entries[1])


def test_an_instant_reads_the_same_in_every_time_zone() -> None:
    instant = datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC)
    entry = AuditEntry(UUID(int=1), instant, "system", None, (), "read", "x", UUID(int=2), None, None)
    there = replace(entry, recorded_at=instant.astimezone(ZoneInfo("Europe/Berlin")))
    assert text_of(1, entry) == text_of(1, there)
    assert "2026-07-01T12:00:00.000005" in text_of(1, entry)
    assert text_of(1, replace(entry, recorded_at=instant + timedelta(microseconds=1))) != text_of(1, entry)


@given(CHAINS)
def test_what_was_noted_and_lies_before_the_beginning_is_said(entries: list[AuditEntry]) -> None:
    """Somebody with the owner's rights could cut off the beginning and everything that was noted with it."""
    chain = sealed(entries)
    head = end_of(chain)
    assert Verification(head, head, head).begin() is None
    assert Verification(START, head, head).begin() is None
    altered = Verification(head, head, Link(head.position, b"x" * 32)).begin()
    assert altered is not None and altered.what == "differs-from-what-was-noted"
    if head.position > 1:
        before = Verification(head, head, Link(1, chain[0].hash)).begin()
        assert before is not None and before.what == "noted-before-the-beginning"
