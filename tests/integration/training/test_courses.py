"""Courses over HTTP: published by those who may, changed with care, found by anybody."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.vocabulary import Role
from tests.integration.training.people import HOUR, Person, Platform


async def test_a_course_is_published_and_announced_with_its_whole_state(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    body = platform.course_body(organisation, sessions=platform.sessions((50, 1.5), (26, 2)))
    answer = await platform.post("/courses", trainer, body)
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    course = answer.json()
    assert answer.headers["location"] == f"/courses/{course['course_id']}"
    assert [session["ue"] for session in course["sessions"]] == [2, 2]
    assert course["sessions"][0]["starts_at"] < course["sessions"][1]["starts_at"]
    assert (course["places"], course["places_free"], course["status"]) == (2, 2, "published")
    (event,) = await platform.announced(course["course_id"])
    assert (event.topic, event.type) == ("training.courses", "course-published")
    assert event.data is not None
    assert event.data["version"] == 1
    assert [session["ue"] for session in event.data["sessions"]] == [2, 2]
    assert event.data["grants"] == "basic"


async def test_the_same_command_again_is_done_once(platform: Platform, trainer: Person, organisation: UUID) -> None:
    body, key = platform.course_body(organisation), str(uuid4())
    first = await platform.post("/courses", trainer, body, key=key)
    second = await platform.post("/courses", trainer, body, key=key)
    assert first.json() == second.json()
    assert len(await platform.announced(topic="training.courses")) == 1


@pytest.mark.parametrize("role", [Role.TRAINER, Role.COORDINATOR])
@pytest.mark.parametrize("where", ["other organisation", "other district"])
async def test_staff_publish_within_their_own_organisation_and_districts_only(
    platform: Platform, organisation: UUID, role: Role, where: str
) -> None:
    member = await platform.member(role, organisation)
    other = await platform.organisation() if where == "other organisation" else organisation
    district = "03241" if where == "other district" else "03351"
    answer = await platform.post("/courses", member, platform.course_body(other, district=district))
    assert (answer.status_code, answer.json()["code"]) == (404, "organisation-not-found")
    assert await platform.announced() == []


async def test_an_organisation_must_be_known_and_verified(platform: Platform) -> None:
    for organisation, code in (
        (await platform.organisation("registered"), "organisation-not-verified"),
        (await platform.organisation("suspended"), "organisation-not-verified"),
        (uuid4(), "not-yet-known"),
    ):
        trainer = await platform.member(Role.TRAINER, organisation)
        answer = await platform.post("/courses", trainer, platform.course_body(organisation))
        assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grants": "wizardry"}, "qualification-unknown"),
        ({"places": 0}, "invalid-input"),
        ({"sessions": []}, "invalid-input"),
        ({"title": ""}, "invalid-input"),
        ({"title": "a\u0000b"}, "invalid-input"),
        ({"postal_code": "2922"}, "invalid-input"),
        ({"languages": ["Deutsch"]}, "invalid-input"),
        ({"languages": ["xx"]}, "invalid-input"),
        ({"surprise": 1}, "invalid-input"),
        ({"sessions": [{"starts_at": "2026-03-03T10:00:00", "ends_at": "2026-03-03T12:00:00"}]}, "invalid-input"),
        ({"sessions": [{"starts_at": "9999-12-31T23:59:59-23:59", "ends_at": "9999-12-31T23:59:59Z"}]}, "invalid-input"),
        ({"sessions": [{"starts_at": "0001-01-01T00:00:00+23:59", "ends_at": "2026-03-03T12:00:00Z"}]}, "invalid-input"),
        ({"sessions": [{"starts_at": "2026-03-03T12:00:00Z", "ends_at": "2026-03-03T10:00:00Z"}]},
         "session-ends-before-it-begins"),
        ({"sessions": [{"starts_at": "2026-03-02T07:59:59Z", "ends_at": "2026-03-02T12:00:00Z"}]}, "session-in-the-past"),
        ({"sessions": [{"starts_at": "2026-03-03T10:00:00Z", "ends_at": "2026-03-03T12:00:00Z"},
                       {"starts_at": "2026-03-03T11:59:00Z", "ends_at": "2026-03-03T13:00:00Z"}]}, "sessions-overlap"),
    ],
)  # fmt: skip
async def test_what_is_not_sound_is_refused_in_both_languages_and_nothing_is_stored(
    platform: Platform, trainer: Person, organisation: UUID, changes: dict[str, object], code: str
) -> None:
    answer = await platform.post("/courses", trainer, platform.course_body(organisation, **changes))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert problem["detail_de"] and problem["detail_en"]
    assert await platform.value("SELECT count(*) FROM courses") == 0
    assert await platform.announced() == []


async def test_a_change_needs_the_version_that_was_read(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    path = f"/courses/{course['course_id']}"
    assert (await platform.send("PATCH", path, trainer, {"title": "Neu"})).status_code == 428
    changed = await platform.send("PATCH", path, trainer, {"title": "Neu"}, version=1)
    assert (changed.status_code, changed.headers["etag"], changed.json()["title"]) == (200, '"2"', "Neu")
    stale = await platform.send("PATCH", path, trainer, {"title": "Alt"}, version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "version-mismatch")
    unchanged = await platform.send("PATCH", path, trainer, {"title": "Neu"}, version=2)
    assert (unchanged.status_code, unchanged.json()["version"]) == (200, 2)
    assert await platform.types(course["course_id"]) == ["course-published", "course-updated"]


async def test_places_do_not_fall_below_those_taken(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation, places=3)
    for _ in range(2):
        await platform.enrol(await platform.volunteer(), course)
    path = f"/courses/{course['course_id']}"
    refused = await platform.send("PATCH", path, trainer, {"places": 1}, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "places-below-taken")
    assert refused.json()["details"]["places_taken"] == 2
    accepted = await platform.send("PATCH", path, trainer, {"places": 2}, version=1)
    assert accepted.json()["places_free"] == 0


async def test_more_places_are_offered_to_those_who_wait_in_their_order(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((100, 2)))
    people = [await platform.volunteer() for _ in range(4)]
    enrolments = [await platform.enrol(person, course) for person in people]
    answer = await platform.send("PATCH", f"/courses/{course['course_id']}", trainer, {"places": 3}, version=1)
    assert answer.json()["places_free"] == 0
    now = [await platform.read_enrolment(person, each) for person, each in zip(people, enrolments, strict=True)]
    assert [each["status"] for each in now] == ["enrolled", "offered", "offered", "waitlisted"]
    assert now[3]["waiting_position"] == 1


async def test_sessions_ahead_can_be_moved_and_those_begun_cannot(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((0, 1), (24, 1)))
    path, (begun, ahead) = f"/courses/{course['course_id']}", course["sessions"]
    kept = {name: begun[name] for name in ("session_id", "starts_at", "ends_at")}
    (moved,) = platform.sessions((48, 3))
    answer = await platform.send(
        "PATCH", path, trainer, {"sessions": [kept, {**moved, "session_id": ahead["session_id"]}]}, version=1
    )
    assert answer.status_code == 200, answer.text
    assert [session["session_id"] for session in answer.json()["sessions"]] == [
        begun["session_id"],
        ahead["session_id"],
    ]
    assert answer.json()["sessions"][1]["ue"] == 4
    refused = await platform.send("PATCH", path, trainer, {"sessions": [moved]}, version=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "session-has-begun")


async def test_removing_the_last_session_ahead_completes_those_who_attended_the_rest(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, sessions=platform.sessions((0, 1), (24, 1)))
    volunteer = await platform.volunteer()
    enrolment = await platform.enrol(volunteer, course)
    assert (await platform.record(trainer, course, attended=[enrolment])).status_code == 200
    assert (await platform.read_enrolment(volunteer, enrolment))["status"] == "enrolled"
    kept = {name: course["sessions"][0][name] for name in ("session_id", "starts_at", "ends_at")}
    await platform.send("PATCH", f"/courses/{course['course_id']}", trainer, {"sessions": [kept]}, version=1)
    assert (await platform.read_enrolment(volunteer, enrolment))["status"] == "attended"
    assert len((await platform.get("/qualifications", volunteer)).json()["items"]) == 1


async def test_a_cancelled_course_cancels_every_enrolment_and_takes_no_more(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((24, 1)))
    people = [await platform.volunteer() for _ in range(2)]
    enrolments = [await platform.enrol(person, course) for person in people]
    answer = await platform.post(f"/courses/{course['course_id']}/cancellation", trainer, version=1)
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "cancelled", 2)
    for person, enrolment in zip(people, enrolments, strict=True):
        assert (await platform.read_enrolment(person, enrolment))["status"] == "cancelled"
        assert (await platform.types(enrolment["enrolment_id"]))[-1] == "training-cancelled"
    refused = await platform.post(f"/courses/{course['course_id']}/enrolments", await platform.volunteer())
    assert (refused.status_code, refused.json()["code"]) == (409, "course-cancelled")
    assert (await platform.get("/courses")).json()["items"] == []


async def test_the_public_list_is_filtered_and_paged_without_gaps(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    elsewhere = await platform.member(Role.COORDINATOR, organisation, ["03241"])
    celle = [
        (await platform.course(trainer, organisation, sessions=platform.sessions((hours, 1))))["course_id"]
        for hours in (5, 1, 3, 3, 2)
    ]
    hanover = await platform.course(elsewhere, organisation, district="03241", grants=None)
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = await platform.get("/courses", district="03351", grants="basic", limit=2, **cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [course["course_id"] for course in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 5
    assert seen[0] == celle[1] and seen[-1] == celle[0]
    everything = (await platform.get("/courses")).json()["items"]
    assert everything[0]["course_id"] == hanover["course_id"]
    later = await platform.get("/courses", **from_(platform.now + 4 * HOUR))
    assert [course["course_id"] for course in later.json()["items"]] == [celle[0]]


def from_(instant: datetime) -> dict[str, Any]:
    return {"from": instant.isoformat()}


async def test_courses_of_a_suspended_organisation_are_hidden(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    await platform.execute("UPDATE organisations SET status = 'suspended'")
    assert (await platform.get("/courses")).json()["items"] == []
    assert (await platform.get(f"/courses/{course['course_id']}")).status_code == 404
    refused = await platform.post(f"/courses/{course['course_id']}/enrolments", await platform.volunteer())
    assert (refused.status_code, refused.json()["code"]) == (404, "course-not-found")
    hidden = await platform.get("/enrolments", trainer, course_id=course["course_id"])
    assert (hidden.status_code, hidden.json()["code"]) == (409, "organisation-not-verified")
