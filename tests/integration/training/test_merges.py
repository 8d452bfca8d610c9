"""Two registrations of one person are merged, and taken apart again: what is theirs in training moves along."""

from typing import Any
from uuid import UUID, uuid4

from shared.contracts.registry import VolunteerMerged, VolunteerRestored
from tests.integration.training.people import HOUR, Person, Platform


def merge(platform: Platform, merged: Person, survivor: Person) -> VolunteerMerged:
    return VolunteerMerged(
        volunteer_id=merged.subject_id,
        version=100,
        survivor_id=survivor.subject_id,
        merge_id=uuid4(),
        merged_at=platform.now,
        undo_until=platform.now + 720 * HOUR,
    )


def restore(platform: Platform, done: VolunteerMerged) -> VolunteerRestored:
    return VolunteerRestored(
        volunteer_id=done.volunteer_id,
        version=done.version + 1,
        reach_km=10,
        postal_code="29221",
        district="03351",
        registered_at=platform.now,
        survivor_id=done.survivor_id,
        merge_id=done.merge_id,
    )


async def held(platform: Platform, person: Person) -> list[dict[str, Any]]:
    found = (await platform.get("/qualifications", person)).json()["items"]
    return [each for each in found if each["ended_at"] is None]


async def test_enrolments_and_qualifications_go_on_under_the_survivors_id_and_come_back(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    merged, survivor = await platform.volunteer(), await platform.volunteer()
    enrolment = await platform.enrol(merged, course)
    await platform.record(trainer, course, attended=[enrolment])
    (qualification,) = await held(platform, merged)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert (await platform.read_enrolment(survivor, enrolment))["status"] == "attended"
    assert [each["qualification_id"] for each in await held(platform, survivor)] == [qualification["qualification_id"]]
    assert await held(platform, merged) == []
    last = (await platform.announced(enrolment["enrolment_id"]))[-1]
    assert (last.type, last.data and last.data["volunteer_id"]) == ("training-moved", str(survivor.subject_id))
    last = (await platform.announced(qualification["qualification_id"]))[-1]
    assert (last.type, last.data and last.data["volunteer_id"]) == ("qualification-granted", str(survivor.subject_id))
    await platform.hear(restore(platform, done))
    assert (await platform.read_enrolment(merged, enrolment))["status"] == "attended"
    assert [each["qualification_id"] for each in await held(platform, merged)] == [qualification["qualification_id"]]
    assert await held(platform, survivor) == []
    assert await platform.value("SELECT count(*) FROM merge_moves") == 0


async def test_of_two_enrolments_in_one_course_the_nearer_goes_on_and_both_are_there_again(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=2, sessions=platform.sessions((100, 1)))
    merged, survivor, waits = [await platform.volunteer() for _ in range(3)]
    theirs, mine = await platform.enrol(merged, course), await platform.enrol(survivor, course)
    waiting = await platform.enrol(waits, course)
    assert waiting["status"] == "waitlisted"
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    shown = {(await platform.read_enrolment(survivor, each))["status"]: each["enrolment_id"] for each in (theirs, mine)}
    assert set(shown) == {"enrolled", "cancelled"}
    assert (await platform.read_enrolment(waits, waiting))["status"] == "offered"
    await platform.hear(restore(platform, done))
    assert sorted(
        [
            (await platform.read_enrolment(merged, theirs))["status"],
            (await platform.read_enrolment(survivor, mine))["status"],
        ]
    ) == ["enrolled", "waitlisted"]
    assert await platform.value("SELECT places_taken FROM courses") == 2


async def test_what_both_have_completed_is_proved_once_and_twice_again(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    first, second = [await platform.course(trainer, organisation) for _ in range(2)]
    merged, survivor = await platform.volunteer(), await platform.volunteer()
    theirs, mine = await platform.enrol(merged, first), await platform.enrol(survivor, second)
    await platform.record(trainer, first, attended=[theirs])
    await platform.record(trainer, second, attended=[mine])
    before = [await held(platform, each) for each in (merged, survivor)]
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    assert len(await held(platform, survivor)) == 1
    await platform.hear(restore(platform, done))
    after = [await held(platform, each) for each in (merged, survivor)]
    assert [[each["qualification_id"] for each in one] for one in after] == [
        [each["qualification_id"] for each in one] for one in before
    ]


async def test_a_merge_that_is_heard_twice_moves_once(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((100, 1)))
    merged, survivor = await platform.volunteer(), await platform.volunteer()
    enrolment = await platform.enrol(merged, course)
    done = merge(platform, merged, survivor)
    await platform.hear(done)
    await platform.hear(done)
    assert await platform.types(enrolment["enrolment_id"]) == ["training-enrolled", "training-moved"]
    refused = await platform.post(f"/courses/{course['course_id']}/enrolments", merged)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-yet-known")


async def test_what_moved_is_forgotten_with_the_person_or_when_it_cannot_be_undone(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((1000, 1)))
    merged, survivor, other, another = [await platform.volunteer() for _ in range(4)]
    for each in (merged, other):
        await platform.enrol(each, course)
    await platform.hear(merge(platform, merged, survivor), merge(platform, other, another))
    assert await platform.value("SELECT count(*) FROM merge_moves") == 2
    await platform.erase(survivor)
    assert await platform.value("SELECT count(*) FROM merge_moves") == 1
    platform.clock.advance(721 * HOUR)
    assert await platform.let_timer_run("forget-merges") == 1
