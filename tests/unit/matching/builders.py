"""Offers and volunteers for tests, every field changeable, and strategies that make any of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from services.matching.models.offers import Offer, OfferStatus
from services.matching.models.placements import Placement
from services.matching.models.places import Point
from services.matching.models.shifts import Shift
from services.matching.models.volunteers import Candidate, Commitment
from services.matching.settings import MatchingSettings
from shared.contracts.matching import WeeklyTime
from shared.contracts.registry import Absence, AvailablePart, SpokenLanguage
from shared.contracts.vocabulary import Level, PartOfDay, PlacementStatus, Travel, Weekday

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
CELLE = Point(52.62, 10.08)
HANNOVER = Point(52.37, 9.73)
GOETTINGEN = Point(51.53, 9.93)
SETTINGS = MatchingSettings(postgres_dsn="postgresql://unused", kafka_bootstrap="unused:9092", http_port=0)
SCALE = SETTINGS.scale
TUESDAYS = WeeklyTime(day=Weekday.TUESDAY, start="15:00", end="17:00")


def an_offer(**changes: Any) -> Offer:
    """An offer in Celle that asks for nothing."""
    fields: dict[str, Any] = {
        "offer_id": uuid4(),
        "version": 1,
        "organisation_id": uuid4(),
        "coordinator_id": uuid4(),
        "title": "Hausaufgabenhilfe",
        "description": "",
        "topic": "homework_help",
        "district": "03351",
        "postal_code": "29221",
        "weekly": (),
        "starts_on": None,
        "ends_on": None,
        "languages_required": (),
        "languages_welcome": (),
        "qualifications": (),
        "minimum_age": None,
        "places": 3,
        "urgency": 3,
        "status": OfferStatus.PUBLISHED,
        "point": CELLE,
    }
    return Offer(**(fields | changes))


def a_candidate(**changes: Any) -> Candidate:
    """A volunteer in Celle who has told nothing that they need not."""
    fields: dict[str, Any] = {
        "volunteer_id": uuid4(),
        "languages": (),
        "wishes": (),
        "availability": (),
        "absences": (),
        "reach_km": 15,
        "postal_code": "29221",
        "district": "03351",
        "age_reached": None,
        "paused": False,
        "waiting_since": NOW - timedelta(days=10),
        "point": CELLE,
    }
    return Candidate(**(fields | changes))


def a_shift(offer: Offer, **changes: Any) -> Shift:
    """A shift of two hours, tomorrow."""
    fields: dict[str, Any] = {
        "shift_id": uuid4(),
        "version": 1,
        "offer_id": offer.offer_id,
        "organisation_id": offer.organisation_id,
        "series_id": None,
        "local_start": "2026-03-03T10:00",
        "starts_at": NOW + timedelta(days=1),
        "ends_at": NOW + timedelta(days=1, hours=2),
        "places": 3,
        "minimum_staffing": 0,
    }
    return Shift(**(fields | changes))


def a_placement(**changes: Any) -> Placement:
    """A request."""
    fields: dict[str, Any] = {
        "placement_id": uuid4(),
        "version": 1,
        "offer_id": uuid4(),
        "organisation_id": uuid4(),
        "coordinator_id": uuid4(),
        "volunteer_id": uuid4(),
        "status": PlacementStatus.REQUESTED,
        "queue_number": 1,
        "requested_at": NOW,
        "changed_at": NOW,
    }
    return Placement(**(fields | changes))


def speaks(language: str, level: Level) -> SpokenLanguage:
    """A language at a level."""
    return SpokenLanguage(language=language, level=level)


codes = st.sampled_from(("de", "uk", "ar", "en"))
terms = st.sampled_from(("basic", "integration_guide", "first_aid"))
skills = st.sampled_from(("cooking", "sewing", "music", "computer", "writing"))
topics = st.sampled_from(("homework_help", "language_cafe", "sport"))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
recently = st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda ago: NOW - ago)
points = st.one_of(
    st.none(), st.builds(Point, st.floats(47.3, 55.0), st.floats(5.9, 15.0)), st.sampled_from((CELLE, HANNOVER))
)
districts = st.sampled_from(("03351", "03241"))


@st.composite
def weekly_times(draw: st.DrawFn) -> WeeklyTime:
    """Any weekly time."""
    start = draw(st.integers(0, 23 * 60))
    end = draw(st.integers(start + 1, 24 * 60 - 1))
    return WeeklyTime(day=draw(st.sampled_from(Weekday)), start=_clock(start), end=_clock(end))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    """Any absence."""
    first = draw(days)
    return Absence(first_day=first, last_day=first + timedelta(days=draw(st.integers(0, 60))))


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    """Any offer."""
    required = tuple(draw(st.lists(codes, max_size=2, unique=True)))
    starts_on = draw(st.none() | days)
    ends_on = draw(st.none() | st.just(starts_on and starts_on + timedelta(days=draw(st.integers(0, 60)))))
    return an_offer(
        topic=draw(topics),
        district=draw(districts),
        weekly=tuple(draw(st.lists(weekly_times(), max_size=3))),
        starts_on=starts_on,
        ends_on=ends_on,
        languages_required=required,
        language_levels=tuple(draw(st.sampled_from(Level)) for _ in required),
        languages_welcome=tuple(draw(st.lists(codes, max_size=3, unique=True))),
        qualifications=tuple(draw(st.lists(terms, max_size=2, unique=True))),
        skills_required=tuple(draw(st.lists(skills, max_size=1))),
        skills_welcome=tuple(draw(st.lists(skills, max_size=5, unique=True))),
        minimum_age=draw(st.sampled_from((None, 14, 16, 18))),
        urgency=draw(st.integers(1, 5)),
        point=draw(points),
    )


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    """Any volunteer."""
    spoken = st.builds(SpokenLanguage, language=codes, level=st.sampled_from(Level))
    available = st.builds(AvailablePart, day=st.sampled_from(Weekday), part=st.sampled_from(PartOfDay))
    taken = st.builds(
        Commitment,
        offer_id=st.uuids(),
        weekly=st.tuples(weekly_times()),
        starts_on=st.none() | days,
        ends_on=st.none(),
    )
    return a_candidate(
        languages=tuple(draw(st.lists(spoken, max_size=4))),
        skills=tuple(draw(st.lists(skills, max_size=4, unique=True))),
        travel=tuple(draw(st.lists(st.sampled_from(Travel), max_size=2, unique=True))),
        undertaking_valid=draw(st.booleans()),
        asked_at=tuple(draw(st.lists(recently, max_size=10))),
        declined=draw(st.dictionaries(topics, recently, max_size=2)),
        wishes=tuple(draw(st.lists(topics, max_size=2, unique=True))),
        availability=tuple(draw(st.lists(available, max_size=6))),
        absences=tuple(draw(st.lists(absences(), max_size=2))),
        reach_km=draw(st.integers(1, 500)),
        district=draw(districts),
        age_reached=draw(st.sampled_from((None, 14, 16, 18))),
        paused=draw(st.booleans()),
        waiting_since=NOW - timedelta(days=draw(st.integers(0, 1000))),
        point=draw(points),
        qualifications=frozenset(draw(st.lists(terms, max_size=3))),
        commitments=tuple(draw(st.lists(taken, max_size=2))),
        confirmed_placements=draw(st.integers(0, 10)),
    )
