"""Erasure and export: everything goes, everything is shown, and a freed place is not lost."""

import asyncio
from uuid import UUID

from tests.integration.training.people import Person, Platform


async def test_erasure_removes_everything_and_buries_every_key_after_its_last_event(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    courses = [await platform.course(trainer, organisation) for _ in range(2)]
    volunteer, other = await platform.volunteer(), await platform.volunteer()
    enrolments = [await platform.enrol(volunteer, course) for course in courses]
    kept = await platform.enrol(other, courses[0])
    await platform.record(trainer, courses[0], attended=[enrolments[0], kept])
    (mine,) = (await platform.get("/qualifications", volunteer)).json()["items"]
    assert await platform.erase(volunteer) >= 5
    for topic, key in (
        ("training.enrolments", enrolments[0]["enrolment_id"]),
        ("training.enrolments", enrolments[1]["enrolment_id"]),
        ("training.qualifications", mine["qualification_id"]),
    ):
        last = (await platform.announced(key, topic))[-1]
        assert (last.type, last.data) == ("tombstone", None)
    for table in ("enrolments", "qualifications", "volunteers", "idempotency_keys"):
        column = "subject_id" if table == "idempotency_keys" else "volunteer_id"
        counted = f"SELECT count(*) FROM {table} WHERE {column} = $1"
        assert await platform.value(counted, volunteer.subject_id) == 0
    assert await platform.value("SELECT count(*) FROM attendance") == 1
    assert (await platform.read_enrolment(other, kept))["status"] == "attended"
    refused = await platform.post(f"/courses/{courses[1]['course_id']}/enrolments", volunteer)
    assert refused.status_code == 401


async def test_the_place_of_an_erased_person_is_offered_to_the_next(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((100, 1)))
    people = [await platform.volunteer() for _ in range(3)]
    enrolments = [await platform.enrol(person, course) for person in people]
    await platform.erase(people[1])
    assert (await platform.read_enrolment(people[2], enrolments[2]))["status"] == "waitlisted"
    await platform.erase(people[0])
    assert (await platform.read_enrolment(people[2], enrolments[2]))["status"] == "offered"
    assert await platform.value("SELECT places_taken FROM courses") == 1


async def test_erasing_a_whole_course_at_once_neither_locks_up_nor_leaves_an_offer_behind_a_tombstone(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    courses = [
        await platform.course(trainer, organisation, places=2, sessions=platform.sessions((100, 1))) for _ in range(2)
    ]
    people = [await platform.volunteer() for _ in range(6)]
    enrolments = [await platform.enrol(person, course) for person in people for course in courses]
    await asyncio.gather(*(platform.erase(person) for person in people))
    for enrolment in enrolments:
        assert (await platform.announced(enrolment["enrolment_id"]))[-1].data is None
    assert await platform.value("SELECT count(*) FROM enrolments") == 0
    assert await platform.value("SELECT sum(places_taken) FROM courses") == 0


async def test_the_export_shows_a_person_everything_that_is_stored_of_them_and_nothing_of_others(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    volunteer, other = await platform.volunteer(), await platform.volunteer()
    enrolment, theirs = await platform.enrol(volunteer, course), await platform.enrol(other, course)
    await platform.record(trainer, course, attended=[enrolment, theirs])
    answer = await platform.get("/me/export", volunteer)
    assert answer.status_code == 200, answer.text
    record = answer.json()
    assert [each["enrolment_id"] for each in record["enrolments"]] == [enrolment["enrolment_id"]]
    assert record["enrolments"][0]["course_title"] == course["title"]
    assert [each["attended"] for each in record["attendance"]] == [True]
    assert [each["qualification"] for each in record["qualifications"]] == ["basic"]
    assert (await platform.get(f"/persons/{volunteer.subject_id}/export", volunteer)).json() == record
    for person, status in ((other, 404), (trainer, 404), (None, 401)):
        assert (await platform.get(f"/persons/{volunteer.subject_id}/export", person)).status_code == status
