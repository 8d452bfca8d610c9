"""Days, times, reasons in people's words."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifications.rules.reasons import sentences
from services.notifications.rules.words import day, direction, instant, role, service, weekly
from tests.unit.notifications.builders import REASONS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "29.3.2026, 03:30 Uhr"),
        ("en", "29 March 2026, 03:30"),
        ("uk", "29.03.2026, 03:30"),
        ("ar", "29.03.2026, 03:30"),
    ],
)
def test_instants_are_wall_time_in_germany_also_when_summer_time_begins(language: str, text: str) -> None:
    assert instant(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), language) == text
    assert instant("2026-03-29T01:30:00+00:00", language) == text


def test_days_and_weekly_times() -> None:
    assert day("2026-01-02", "de") == "2.1.2026"
    times = [{"day": "tuesday", "start": "15:00", "end": "17:00"}, {"day": "sunday", "start": "09:00", "end": "10:30"}]
    assert weekly(times, "de") == "dienstags 15:00–17:00, sonntags 09:00–10:30"
    assert weekly(times, "en") == "Tuesdays 15:00–17:00, Sundays 09:00–10:30"


def test_words_that_are_not_known_yet_stay_as_they_are() -> None:
    assert role("coordinator", "de") == "Koordination"
    assert role("auditor", "de") == "auditor"
    assert service("matching", "en") == "Matching"
    assert direction("ar") == "rtl" and direction("de") == "ltr"


def test_reasons_are_said_strongest_first_in_the_readers_language() -> None:
    german = sentences(REASONS, "de")
    assert german[0] == "Die Zeiten passen zu Ihren."
    assert "Sie sprechen Ukrainisch und Arabisch, das wird dort gebraucht." in german
    assert "Es ist etwa 3,4 km von Ihnen entfernt." in german
    assert "It is about 3.4 km from you." in sentences(REASONS, "en")
    assert len(german) == len(REASONS)


def test_skills_that_are_asked_for_are_said() -> None:
    part = {"part": "skills", "value": 0.5, "fact": {"shared": ["sewing"], "wanted": ["sewing", "music"]}}
    assert sentences([part], "de") == ["Was Sie können, ist dort gefragt."]
    assert sentences([part], "en") == ["What you can do is asked for there."]


def test_a_part_that_says_nothing_for_the_offer_is_not_said() -> None:
    parts = [
        {"part": "shared_languages", "value": 0.0, "fact": {"shared": [], "wanted": ["uk"]}},
        {"part": "urgency", "value": 0.25, "fact": {"urgency": 2}},
        {"part": "availability", "value": 0.5, "fact": {"told": 0}},
        {"part": "wishes", "value": 0.5, "fact": {"topic": "sport", "told": 0, "wished": 0}},
        {"part": "skills", "value": 0.5, "fact": {"shared": [], "wanted": ["sewing"]}},
        {"part": "asked", "value": 1.0, "fact": {"asks": 0, "weeks": 4}},
        {"part": "phase_of_the_moon", "value": 1.0, "fact": {"moon": "full"}},
        {"part": "distance", "value": 1.0, "fact": {}},
    ]
    assert sentences(parts, "de") == []


fact_values = st.one_of(
    st.text(max_size=10), st.integers(), st.floats(allow_nan=False), st.lists(st.text(max_size=5), max_size=3)
)


@settings(deadline=None)
@given(
    part=st.sampled_from([reason["part"] for reason in REASONS]),
    fact=st.dictionaries(st.sampled_from(["shared", "km", "percent", "urgency", "placements", "days"]), fact_values),
    language=st.sampled_from(["de", "en", "tr"]),
)
@example(part="availability", fact={"percent": float("inf")}, language="de")
def test_no_fact_whatever_it_looks_like_keeps_a_mail_from_being_sent(
    part: str, fact: dict[str, object], language: str
) -> None:
    assert all(isinstance(text, str) for text in sentences([{"part": part, "value": 1.0, "fact": fact}], language))
