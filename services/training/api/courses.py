"""Courses and the attendance of their sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from fastapi import Query as Parameter

from services.training.api.answers import AttendanceAnswer, CourseAnswer, EnrolmentAnswer
from services.training.api.bodies import AttendanceBody, ChangeCourseBody, Instant, PublishCourseBody
from services.training.handlers import attendance as attendance_handlers
from services.training.handlers import courses as handlers
from services.training.handlers import enrolments as enrolment_handlers
from services.training.settings import TrainingSettings
from shared.contracts.vocabulary import AGS, Term
from shared.http.commands import AnonymousQuery, Command, Query
from shared.http.conditional import ExpectedVersion, expected_version
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.rate_limits import Limit

router = APIRouter(prefix="/courses", tags=["courses"])

ENROLMENTS_BY_VOLUNTEER = Limit("enrolments-by-volunteer", 60, 600)
"""Every enrolment is a mail, and its cancellation one to whoever waits."""


async def expected_attendance_version(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description='The version that was read, from its ETag: `"0"` before the first list.'),
    ] = None,
) -> int:
    """Dependency: like `ExpectedVersion`, but a list of attendance begins with version 0."""
    return 0 if if_match is not None and if_match.strip() == '"0"' else await expected_version(if_match)


@router.post("", status_code=201, response_model=CourseAnswer)
async def publish_course(body: PublishCourseBody, command: Command) -> Response:
    """Publish a course of one's verified organisation (trainer, coordinator)."""
    settings = command.state.resource(TrainingSettings)
    return await command.run(
        lambda tx, caller: handlers.publish_course(tx, caller, body.command(), settings),
        status=201,
        shape=CourseAnswer.of,
        location=lambda course: f"/courses/{course.course_id}",
    )


COURSES = Listing(
    "courses",
    CourseAnswer.of,
    sorts={"starts_at": datetime},
    key="course_id",
    columns=tuple(CourseAnswer.model_fields),
)


@router.get("", response_model=Page[CourseAnswer], responses=CSV)
async def list_courses(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(COURSES.asked)],
    district: Annotated[AGS | None, Parameter(description="AGS, five digits")] = None,
    grants: Annotated[Term | None, Parameter(description="a qualification")] = None,
    organisation_id: Annotated[UUID | None, Parameter()] = None,
    from_: Annotated[
        Instant | None, Parameter(alias="from", description="begin at this instant or later; now unless given")
    ] = None,
) -> Response:
    """Published courses of verified organisations, by begin. Public."""
    settings, now = query.state.resource(TrainingSettings), query.state.clock.now()
    return await listed.answer(
        query,
        lambda connection, _, asked: handlers.courses(
            connection,
            asked,
            from_=from_,
            district=district,
            grants=grants,
            organisation_id=organisation_id,
            now=now,
            settings=settings,
        ),
    )


@router.get("/{course_id}", response_model=CourseAnswer)
async def read_course(course_id: UUID, query: AnonymousQuery) -> Response:
    """A course with its free places. Public."""
    return await query.run(lambda connection, _: handlers.course(connection, course_id), shape=CourseAnswer.of)


@router.patch("/{course_id}", response_model=CourseAnswer)
async def change_course(
    course_id: UUID, body: ChangeCourseBody, command: Command, version: ExpectedVersion
) -> Response:
    """Change title, places (not below those taken) or the sessions that lie ahead."""
    settings = command.state.resource(TrainingSettings)
    return await command.run(
        lambda tx, caller: handlers.change_course(tx, caller, course_id, version, body.command(), settings),
        shape=CourseAnswer.of,
    )


@router.post("/{course_id}/cancellation", response_model=CourseAnswer)
async def cancel_course(course_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Cancel a course whose last session has not begun, and every enrolment with it."""
    return await command.run(
        lambda tx, caller: handlers.cancel_course(tx, caller, course_id, version), shape=CourseAnswer.of
    )


@router.post("/{course_id}/enrolments", status_code=201, response_model=EnrolmentAnswer)
async def enrol(course_id: UUID, command: Command) -> Response:
    """Enrol oneself (volunteer): `enrolled` while there are places, else `waitlisted`."""
    await command.limit_caller(ENROLMENTS_BY_VOLUNTEER)
    settings = command.state.resource(TrainingSettings)
    return await command.run(
        lambda tx, caller: enrolment_handlers.enrol(tx, caller, course_id, settings),
        status=201,
        shape=EnrolmentAnswer.of,
        location=lambda view: f"/enrolments/{view.enrolment.enrolment_id}",
    )


@router.get("/{course_id}/sessions/{session_id}/attendance", response_model=AttendanceAnswer)
async def read_attendance(course_id: UUID, session_id: UUID, query: Query) -> Response:
    """What is recorded for a session (trainer). Its ETag is what recording expects."""
    return await query.run(
        lambda connection, caller: attendance_handlers.attendance(connection, caller, course_id, session_id),
        shape=AttendanceAnswer,
    )


@router.put("/{course_id}/sessions/{session_id}/attendance", response_model=AttendanceAnswer)
async def record_attendance(
    course_id: UUID,
    session_id: UUID,
    body: AttendanceBody,
    command: Command,
    version: Annotated[int, Depends(expected_attendance_version)],
) -> Response:
    """Record who came (trainer), from the session's begin on; sent again with changes it corrects."""
    settings = command.state.resource(TrainingSettings)
    return await command.run(
        lambda tx, caller: attendance_handlers.record_attendance(
            tx, caller, course_id, session_id, version, body.command(), settings
        ),
        shape=AttendanceAnswer,
    )
