"""Instants are UTC; calendar dates are those of Germany; ids are in the order in which they were made."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.runtime.clock import Clock, SettableClock
from shared.runtime.errors import Reason, not_found, not_yet_known, version_mismatch
from shared.runtime.ids import new_id


def test_the_wall_clock_is_aware_and_utc() -> None:
    assert Clock().now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("instant", "today"),
    [
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_today_is_the_date_in_germany_in_summer_and_winter(instant: datetime, today: date) -> None:
    assert SettableClock(instant).today() == today


def test_a_settable_clock_stands_still_until_it_is_moved() -> None:
    clock = SettableClock()
    before = clock.now()
    assert clock.now() == before
    clock.advance(timedelta(days=1))
    assert clock.now() - before == timedelta(days=1)


def test_ids_are_uuid_7_and_grow() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {identifier.version for identifier in ids} == {7}
    assert sorted(ids) == ids


def test_refusals_have_stable_codes_and_both_languages() -> None:
    refusals = [not_found("offer"), not_yet_known("offer"), version_mismatch(3)]
    assert [refusal.code for refusal in refusals] == ["offer-not-found", "not-yet-known", "version-mismatch"]
    assert [refusal.reason for refusal in refusals] == [
        Reason.NOT_FOUND,
        Reason.NOT_YET_KNOWN,
        Reason.VERSION_MISMATCH,
    ]
    assert all(refusal.de and refusal.en and refusal.de != refusal.en for refusal in refusals)
    assert refusals[2].details == {"current_version": 3}
