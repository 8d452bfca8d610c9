"""Which contact is a volunteer's own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.own_contacts import Candidate, Reason, Running, Seeker
from services.registry.rules.own_contacts import choose
from shared.contracts.registry import Absence
from shared.contracts.vocabulary import PlacementStatus

DAY = date(2026, 3, 2)
DISTRICTS = st.sampled_from(("03351", "03151", "03241"))
TOPICS = st.sampled_from(("children", "language", "volunteering", "coordination_office", "housing"))
LANGUAGES = st.frozensets(st.sampled_from(("de", "uk", "ar")), max_size=3)
SMALL = st.integers(1, 4).map(lambda number: UUID(int=number))

candidate = st.builds(
    Candidate,
    contact_id=st.integers(1, 10**6).map(lambda number: UUID(int=number)),
    organisation_id=SMALL,
    subject_id=SMALL,
    district=DISTRICTS,
    topic=TOPICS,
    languages=LANGUAGES,
    capacity=st.integers(0, 3),
    volunteers=st.integers(0, 4),
    is_stale=st.booleans(),
    absences=st.sampled_from(((), (Absence(first_day=DAY, last_day=DAY),))),
)
candidates = st.lists(candidate, max_size=8, unique_by=lambda each: each.contact_id)
running = st.builds(
    Running,
    organisation_id=SMALL,
    coordinator_id=SMALL,
    status=st.sampled_from((PlacementStatus.CONFIRMED, PlacementStatus.ACTIVE, PlacementStatus.SUSPENDED)),
    topic=TOPICS,
    district=DISTRICTS,
)
seeker = st.builds(
    Seeker,
    volunteer_id=SMALL,
    district=DISTRICTS,
    wishes=st.frozensets(TOPICS, max_size=3),
    languages=LANGUAGES,
    placements=st.lists(running, max_size=3).map(tuple),
    current=st.none() | st.integers(1, 20).map(lambda number: UUID(int=number)),
    registered_by=st.none() | SMALL,
    told_by=st.none() | SMALL,
)


def one(number: int = 1, **told: object) -> Candidate:
    plain = Candidate(
        contact_id=UUID(int=number),
        organisation_id=UUID(int=1),
        subject_id=UUID(int=number),
        district="03351",
        topic="housing",
        languages=frozenset(("de",)),
        capacity=10,
        volunteers=0,
    )
    return replace(plain, **told)  # type: ignore[arg-type]


def somebody(**told: object) -> Seeker:
    return replace(Seeker(UUID(int=99), "03351", frozenset(), frozenset(("de",))), **told)  # type: ignore[arg-type]


def chosen(who: Seeker, among: Sequence[Candidate]) -> tuple[UUID, Reason] | None:
    found = choose(who, among, DAY)
    return None if found is None else (found[0].contact_id, found[1])


@given(seeker, candidates, st.randoms())
def test_the_order_in_which_contacts_are_looked_at_does_not_matter(
    who: Seeker, among: list[Candidate], shuffle: "object"
) -> None:
    again = list(among)
    shuffle.shuffle(again)  # type: ignore[attr-defined]
    assert chosen(who, among) == chosen(who, again)


@given(seeker, candidates)
def test_nobody_gets_more_volunteers_than_there_is_room_for_unless_a_placement_brings_them_together(
    who: Seeker, among: list[Candidate]
) -> None:
    found = choose(who, among, DAY)
    if found is not None and found[1] is not Reason.PLACEMENT and found[0].contact_id != who.current:
        assert found[0].has_room


@given(seeker, candidates)
def test_without_a_running_placement_the_contact_is_one_of_the_district(who: Seeker, among: list[Candidate]) -> None:
    found = choose(who, among, DAY)
    if found is not None and found[1] is not Reason.PLACEMENT:
        assert found[0].district == who.district
        assert (found[1] is Reason.TOPIC) == (found[0].topic in who.wishes)


@given(seeker, candidates)
def test_somebody_is_found_whenever_there_is_room_in_the_district(who: Seeker, among: list[Candidate]) -> None:
    theirs = [each for each in among if who.told_by in (None, each.organisation_id)]
    if any(each.district == who.district and each.has_room for each in theirs):
        assert choose(who, among, DAY) is not None


@given(seeker, candidates)
def test_whoever_was_chosen_is_chosen_again(who: Seeker, among: list[Candidate]) -> None:
    found = choose(who, among, DAY)
    if found is not None:
        taken = [replace(each, volunteers=each.volunteers + (each == found[0])) for each in among]
        assert chosen(replace(who, current=found[0].contact_id), taken) == (found[0].contact_id, found[1])


@given(seeker, candidates)
def test_whoever_answers_for_a_running_placement_comes_first(who: Seeker, among: list[Candidate]) -> None:
    active = [each for each in who.placements if each.status is PlacementStatus.ACTIVE]
    coordinators = {(each.organisation_id, each.coordinator_id) for each in active}
    if any((each.organisation_id, each.subject_id) in coordinators for each in among):
        found = choose(who, among, DAY)
        assert found is not None
        assert (found[0].organisation_id, found[0].subject_id) in coordinators
        assert found[1] is Reason.PLACEMENT


def test_a_topic_of_the_wishes_before_a_contact_for_everybody_before_another_topic() -> None:
    other, everybody, wished = one(1), one(2, topic="coordination_office"), one(3, topic="children")
    who = somebody(wishes=frozenset(("children",)))
    assert chosen(who, [other, everybody, wished]) == (wished.contact_id, Reason.TOPIC)
    assert chosen(who, [other, everybody, replace(wished, capacity=0)]) == (everybody.contact_id, Reason.DISTRICT)
    assert chosen(who, [other]) == (other.contact_id, Reason.DISTRICT)
    assert chosen(who, [replace(other, district="03151")]) is None


def test_among_equals_the_one_who_is_up_to_date_there_understood_and_least_taken() -> None:
    absent = (Absence(first_day=DAY, last_day=DAY),)
    order = [
        one(5),
        one(4, volunteers=5),
        one(3, languages=frozenset(("ar",))),
        one(2, absences=absent),
        one(1, is_stale=True),
    ]
    while order:
        assert chosen(somebody(), order) == (order[0].contact_id, Reason.DISTRICT)
        order.pop(0)


def test_nobody_is_handed_on_when_somebody_better_appears() -> None:
    mine, better = one(2), one(1, topic="children")
    who = somebody(wishes=frozenset(("children",)), current=mine.contact_id)
    assert chosen(who, [mine, better]) == (mine.contact_id, Reason.DISTRICT)


def test_a_placement_of_another_district_counts_as_long_as_it_runs() -> None:
    there, here = one(1, district="03151"), one(2, organisation_id=UUID(int=2))
    placement = Running(UUID(int=1), UUID(int=77), PlacementStatus.CONFIRMED, "housing", "03151")
    who = somebody(placements=(placement,), current=here.contact_id)
    assert chosen(who, [there, here]) == (there.contact_id, Reason.PLACEMENT)
    after = somebody(current=there.contact_id)
    assert chosen(after, [there, here]) == (here.contact_id, Reason.DISTRICT)


@given(seeker, candidates)
def test_whom_only_an_association_told_of_takes_no_room_of_others(asking: Seeker, there: list[Candidate]) -> None:
    told = replace(asking, placements=(), told_by=UUID(int=1))
    found = choose(told, there, DAY)
    assert found is None or found[0].organisation_id == told.told_by
    of_theirs = [each for each in there if each.organisation_id == told.told_by]
    assert found == choose(replace(told, told_by=None), of_theirs, DAY)


def test_the_organisation_that_wrote_somebody_down_comes_first() -> None:
    asking = Seeker(UUID(int=9), "03351", frozenset({"children"}), frozenset({"de"}), registered_by=UUID(int=2))
    there = [one(1, topic="children"), one(2, organisation_id=UUID(int=2), topic="housing")]
    found = choose(asking, there, DAY)
    assert found is not None and found[0].contact_id == UUID(int=2)
