"""Attendance over HTTP: what it completes, who may record it, and what its correction turns round."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.training.commands import RecordAttendance
from services.training.handlers.attendance import record_attendance
from services.training.models import QualificationKind
from services.training.settings import TrainingSettings
from shared.access.callers import Caller, CallerKind, Membership
from shared.contracts.vocabulary import Role
from tests.integration.training.people import HOUR, Person, Platform
from tests.support.waiting import eventually


async def qualifications(platform: Platform, person: Person) -> list[dict[str, Any]]:
    return list((await platform.get("/qualifications", person)).json()["items"])


async def test_attending_every_session_completes_the_course_and_grants_the_qualification(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((0, 1), (24, 1)))
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    first = await platform.record(trainer, course, attended=[enrolment])
    assert (first.status_code, first.headers["etag"], first.json()["version"]) == (200, '"1"', 1)
    assert (await platform.read_enrolment(volunteer, enrolment))["status"] == "enrolled"
    early = await platform.record(trainer, course, 1, attended=[enrolment])
    assert (early.status_code, early.json()["code"]) == (409, "session-not-begun")
    platform.clock.advance(24 * HOUR)
    assert (await platform.record(trainer, course, 1, attended=[enrolment])).status_code == 200
    completed = await platform.read_enrolment(volunteer, enrolment)
    assert (completed["status"], completed["version"]) == ("attended", 2)
    assert completed["completed_at"] == platform.now.isoformat().replace("+00:00", "Z")
    assert await platform.types(enrolment["enrolment_id"]) == ["training-enrolled", "training-completed"]
    (qualification,) = await qualifications(platform, volunteer)
    assert qualification["qualification"] == "basic"
    assert (qualification["granted_on"], qualification["valid_until"]) == ("2026-03-03", None)
    (granted,) = await platform.announced(qualification["qualification_id"])
    assert granted.type == "qualification-granted"
    assert granted.data is not None
    assert granted.data["volunteer_id"] == str(volunteer.subject_id)


async def test_missing_one_session_completes_nothing(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((0, 1), (2, 1)))
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    await platform.record(trainer, course, 0, absent=[enrolment])
    platform.clock.advance(2 * HOUR)
    await platform.record(trainer, course, 1, attended=[enrolment])
    assert (await platform.read_enrolment(volunteer, enrolment))["status"] == "absent"
    assert await platform.types(enrolment["enrolment_id"]) == ["training-enrolled", "training-missed"]
    assert await qualifications(platform, volunteer) == []


async def test_a_course_without_a_qualification_is_completed_and_grants_nothing(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, grants=None)
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    await platform.record(trainer, course, attended=[enrolment])
    assert (await platform.read_enrolment(volunteer, enrolment))["status"] == "attended"
    assert await platform.announced(topic="training.qualifications") == []


async def test_a_correction_turns_round_completion_and_qualification(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    await platform.record(trainer, course, attended=[enrolment])
    (granted,) = await qualifications(platform, volunteer)
    corrected = await platform.record(trainer, course, absent=[enrolment], version=1)
    assert (corrected.status_code, corrected.json()["absent"]) == (200, [enrolment["enrolment_id"]])
    now = await platform.read_enrolment(volunteer, enrolment)
    assert (now["status"], now["completed_at"]) == ("absent", None)
    (ended,) = await qualifications(platform, volunteer)
    assert ended["ended_at"] is not None and ended["version"] == 2
    assert await platform.types(granted["qualification_id"]) == ["qualification-granted", "qualification-ended"]
    await platform.record(trainer, course, attended=[enrolment], version=2)
    live, before = await qualifications(platform, volunteer)
    assert live["ended_at"] is None and before["qualification_id"] == granted["qualification_id"]
    assert await platform.types(enrolment["enrolment_id"]) == [
        "training-enrolled",
        "training-completed",
        "training-missed",
        "training-completed",
    ]


async def test_a_correction_leaves_the_qualification_where_another_course_proves_it(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    courses = [await platform.course(trainer, organisation) for _ in range(2)]
    volunteer = await platform.volunteer()
    enrolments = [await platform.enrol(volunteer, course) for course in courses]
    for course, enrolment in zip(courses, enrolments, strict=True):
        await platform.record(trainer, course, attended=[enrolment])
    (only,) = await qualifications(platform, volunteer)
    assert only["version"] == 1
    at = [course["course_id"] for course in courses].index(only["course_id"])
    await platform.record(trainer, courses[at], absent=[enrolments[at]], version=1)
    (moved,) = await qualifications(platform, volunteer)
    assert (moved["ended_at"], moved["course_id"]) == (None, courses[1 - at]["course_id"])
    assert (moved["qualification_id"], moved["version"]) == (only["qualification_id"], 2)
    await platform.record(trainer, courses[1 - at], absent=[enrolments[1 - at]], version=1)
    (ended,) = await qualifications(platform, volunteer)
    assert ended["ended_at"] is not None


async def test_two_courses_completed_at_once_grant_one_qualification(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    courses = [await platform.course(trainer, organisation) for _ in range(2)]
    volunteer = await platform.volunteer()
    first, second = [await platform.enrol(volunteer, course) for course in courses]
    caller = Caller(CallerKind.MEMBER, None, uuid4(), (Membership(Role.TRAINER, organisation, frozenset({"03351"})),))
    async with platform.database.transaction() as tx:
        await record_attendance(
            tx,
            caller,
            UUID(courses[0]["course_id"]),
            UUID(courses[0]["sessions"][0]["session_id"]),
            0,
            RecordAttendance(frozenset({UUID(first["enrolment_id"])}), frozenset()),
            platform.settings,
        )
        meanwhile = asyncio.create_task(platform.record(trainer, courses[1], attended=[second]))
        await eventually(platform.somebody_waits_for_a_lock)
    assert (await meanwhile).status_code == 200
    assert [event.type for event in await platform.announced(topic="training.qualifications")] == [
        "qualification-granted"
    ]
    (held,) = await qualifications(platform, volunteer)
    assert held["course_id"] == courses[0]["course_id"]


async def test_attendance_needs_the_version_that_was_read_but_the_same_list_may_come_again(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    people = [await platform.volunteer() for _ in range(2)]
    first, second = [await platform.enrol(person, course) for person in people]
    path = f"/courses/{course['course_id']}/sessions/{course['sessions'][0]['session_id']}/attendance"
    nothing = await platform.get(path, trainer)
    assert (nothing.headers["etag"], nothing.json()["attended"]) == ('"0"', [])
    assert (await platform.record(trainer, course, attended=[first], version=None)).status_code == 428
    assert (await platform.record(trainer, course, attended=[first])).status_code == 200
    announced = len(await platform.announced())
    again = await platform.record(trainer, course, attended=[first])
    assert (again.status_code, again.json()["version"]) == (200, 1)
    stale = await platform.record(trainer, course, attended=[first, second])
    assert (stale.status_code, stale.json()["code"]) == (412, "version-mismatch")
    assert len(await platform.announced()) == announced
    assert (await platform.record(trainer, course, attended=[first], absent=[second], version=1)).status_code == 200
    assert (await platform.get(path, trainer)).json()["absent"] == [second["enrolment_id"]]


async def test_a_list_that_is_wrong_is_refused_whole(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation, places=1)
    other = await platform.course(trainer, organisation)
    people = [await platform.volunteer() for _ in range(3)]
    enrolled = await platform.enrol(people[0], course)
    waiting = await platform.enrol(people[1], course)
    elsewhere = await platform.enrol(people[2], other)
    stranger = {"enrolment_id": str(uuid4())}
    for wrong in (waiting, elsewhere, stranger):
        answer = await platform.record(trainer, course, attended=[enrolled, wrong])
        assert (answer.status_code, answer.json()["code"]) == (422, "not-enrolled-here")
    twice = await platform.record(trainer, course, attended=[enrolled], absent=[enrolled])
    assert (twice.status_code, twice.json()["code"]) == (422, "attendance-contradicts-itself")
    assert (await platform.read_enrolment(people[0], enrolled))["status"] == "enrolled"
    await platform.record(trainer, course, attended=[enrolled])
    dropped = await platform.record(trainer, course, version=1)
    assert (dropped.status_code, dropped.json()["code"]) == (422, "attendance-leaves-out")


async def test_only_a_trainer_in_scope_records_and_never_for_themselves(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    same_person = await platform.member(Role.TRAINER, organisation, subject_id=volunteer.subject_id)
    for person, status, code in (
        (same_person, 403, "own-attendance"),
        (volunteer, 403, "forbidden"),
        (await platform.member(Role.COORDINATOR, organisation), 403, "forbidden"),
        (await platform.member(Role.TRAINER, await platform.organisation()), 404, "course-not-found"),
        (await platform.member(Role.TRAINER, organisation, ["03241"]), 404, "course-not-found"),
    ):
        answer = await platform.record(person, course, attended=[enrolment])
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await platform.value("SELECT count(*) FROM attendance") == 0


async def test_a_course_that_has_begun_within_the_hour_can_be_recorded_at_once(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((-1, 2)))
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    assert (await platform.record(trainer, course, attended=[enrolment])).status_code == 200
    assert len(await qualifications(platform, volunteer)) == 1


class TestExpiry:
    @pytest.fixture
    def settings(self, settings: TrainingSettings) -> TrainingSettings:
        limited = QualificationKind(term="basic", de="Basisqualifizierung", en="Basic qualification", valid_months=12)
        return settings.model_copy(update={"qualifications": (limited,)})

    async def test_a_qualification_ends_after_its_last_day(
        self, platform: Platform, trainer: Person, organisation: UUID
    ) -> None:
        course = await platform.course(trainer, organisation)
        volunteer = await platform.volunteer()
        await platform.record(trainer, course, attended=[await platform.enrol(volunteer, course)])
        (granted,) = await qualifications(platform, volunteer)
        assert granted["valid_until"] == "2027-03-02"
        platform.clock.instant = platform.clock.instant.replace(year=2027, hour=22)
        assert await platform.let_timer_run("end-expired-qualifications") == 0
        platform.clock.advance(HOUR)
        assert await platform.let_timer_run("end-expired-qualifications") == 1
        (ended,) = await qualifications(platform, volunteer)
        assert ended["ended_at"] is not None
        assert await platform.types(granted["qualification_id"]) == ["qualification-granted", "qualification-ended"]

    async def test_another_course_renews_it(self, platform: Platform, trainer: Person, organisation: UUID) -> None:
        volunteer = await platform.volunteer()
        for _ in range(2):
            course = await platform.course(trainer, organisation)
            await platform.record(trainer, course, attended=[await platform.enrol(volunteer, course)])
            platform.clock.advance(timedelta(days=100))
        (renewed,) = await qualifications(platform, volunteer)
        assert (renewed["version"], renewed["valid_until"]) == (2, "2027-06-10")
        assert await platform.types(renewed["qualification_id"]) == ["qualification-granted"] * 2
