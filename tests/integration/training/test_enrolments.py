"""Enrolments over HTTP: never overbooked, in order always, offered on when a place comes free."""

import asyncio
from uuid import UUID, uuid4

from shared.contracts.vocabulary import Role
from tests.integration.training.people import HOUR, Person, Platform


async def test_exactly_as_many_as_there_are_places_are_enrolled_and_all_others_wait_in_order(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=10)
    people = [await platform.volunteer() for _ in range(40)]
    answers = await asyncio.gather(
        *(platform.post(f"/courses/{course['course_id']}/enrolments", person) for person in people)
    )
    assert {answer.status_code for answer in answers} == {201}
    statuses = [answer.json()["status"] for answer in answers]
    assert (statuses.count("enrolled"), statuses.count("waitlisted")) == (10, 30)
    positions = sorted(answer.json()["waiting_position"] for answer in answers if answer.json()["waiting_position"])
    assert positions == list(range(1, 31))
    queue = "SELECT array_agg(queue_number ORDER BY enrolment_id) FROM enrolments WHERE status = 'waitlisted'"
    assert sorted(await platform.value(queue)) == list(range(1, 31))
    published = [event.type for event in await platform.announced(topic="training.enrolments")]
    assert (published.count("training-enrolled"), published.count("training-waitlisted")) == (10, 30)
    assert published == ["training-enrolled"] * 10 + ["training-waitlisted"] * 30
    assert (await platform.get(f"/courses/{course['course_id']}")).json()["places_free"] == 0


async def test_enrolling_twice_at_once_enrols_once(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation)
    volunteer = await platform.volunteer()
    answers = await asyncio.gather(
        *(platform.post(f"/courses/{course['course_id']}/enrolments", volunteer) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already-enrolled"}


async def test_a_volunteer_of_whom_nothing_was_heard_yet_is_asked_to_try_again(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation)
    path = f"/courses/{course['course_id']}/enrolments"
    volunteer, key = await platform.volunteer(known=False), str(uuid4())
    answer = await platform.post(path, volunteer, key=key)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (409, "not-yet-known", "1")
    await platform.execute("INSERT INTO volunteers VALUES ($1, 1)", volunteer.subject_id)
    assert (await platform.post(path, volunteer, key=key)).status_code == 201


async def test_nobody_enrols_without_end(platform: Platform) -> None:
    """Every enrolment is a mail."""
    volunteer, other = await platform.volunteer(), await platform.volunteer()
    path = f"/courses/{uuid4()}/enrolments"
    answers = [await platform.post(path, volunteer) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [404] * 60 + [429]
    assert (await platform.post(path, other)).status_code == 404


async def test_staff_and_strangers_do_not_enrol(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation)
    path = f"/courses/{course['course_id']}/enrolments"
    assert (await platform.post(path, trainer)).status_code == 403
    assert (await platform.post(path, None)).status_code == 401
    nowhere = await platform.post(f"/courses/{uuid4()}/enrolments", await platform.volunteer())
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "course-not-found")


async def test_enrolling_ends_with_the_last_session(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation)
    platform.clock.advance(2 * HOUR - HOUR / 60)
    assert (await platform.enrol(await platform.volunteer(), course))["status"] == "enrolled"
    platform.clock.advance(HOUR / 60)
    answer = await platform.post(f"/courses/{course['course_id']}/enrolments", await platform.volunteer())
    assert (answer.status_code, answer.json()["code"]) == (409, "course-over")


async def test_a_cancelled_place_is_offered_to_the_first_who_waits_and_accepted(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((200, 2)))
    first, second, third = [await platform.volunteer() for _ in range(3)]
    enrolled = await platform.enrol(first, course)
    waiting = await platform.enrol(second, course)
    last = await platform.enrol(third, course)
    assert (waiting["waiting_position"], last["waiting_position"]) == (1, 2)
    gone = await platform.post(f"/enrolments/{enrolled['enrolment_id']}/cancellation", first, version=1)
    assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
    offered = await platform.read_enrolment(second, waiting)
    assert offered["status"] == "offered"
    assert offered["offered_until"] == (platform.now + 48 * HOUR).isoformat().replace("+00:00", "Z")
    assert (await platform.read_enrolment(third, last))["waiting_position"] == 1
    assert (await platform.get(f"/courses/{course['course_id']}")).json()["places_free"] == 0
    path = f"/enrolments/{waiting['enrolment_id']}/acceptance"
    assert (await platform.post(path, second)).status_code == 428
    assert (await platform.post(path, third, version=2)).status_code == 404
    accepted = await platform.post(path, second, version=2)
    assert (accepted.status_code, accepted.json()["status"], accepted.headers["etag"]) == (200, "enrolled", '"3"')
    assert await platform.types(waiting["enrolment_id"]) == [
        "training-waitlisted",
        "training-place-offered",
        "training-enrolled",
    ]
    again = await platform.enrol(first, course)
    assert (again["status"], again["waiting_position"]) == ("waitlisted", 2)


async def test_an_offer_that_is_not_accepted_goes_on_to_the_next(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((200, 2)))
    people = [await platform.volunteer() for _ in range(3)]
    enrolments = [await platform.enrol(person, course) for person in people]
    await platform.post(f"/enrolments/{enrolments[0]['enrolment_id']}/cancellation", people[0], version=1)
    platform.clock.advance(48 * HOUR - HOUR / 60)
    assert await platform.let_timer_run("expire-place-offers") == 0
    platform.clock.advance(HOUR / 60)
    late = await platform.post(f"/enrolments/{enrolments[1]['enrolment_id']}/acceptance", people[1], version=2)
    assert (late.status_code, late.json()["code"]) == (409, "place-offer-over")
    assert await platform.let_timer_run("expire-place-offers") == 1
    now = [
        (await platform.read_enrolment(person, each))["status"] for person, each in zip(people, enrolments, strict=True)
    ]
    assert now == ["cancelled", "cancelled", "offered"]
    assert (await platform.types(enrolments[1]["enrolment_id"]))[-1] == "training-cancelled"


async def test_an_expired_offer_frees_its_place_when_nobody_waits(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((200, 2)))
    people = [await platform.volunteer() for _ in range(2)]
    enrolments = [await platform.enrol(person, course) for person in people]
    await platform.post(f"/enrolments/{enrolments[0]['enrolment_id']}/cancellation", people[0], version=1)
    platform.clock.advance(49 * HOUR)
    await platform.let_timer_run("expire-place-offers")
    assert (await platform.get(f"/courses/{course['course_id']}")).json()["places_free"] == 1
    assert (await platform.enrol(await platform.volunteer(), course))["status"] == "enrolled"


async def test_two_workers_expire_the_same_offers_once(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation, places=2, sessions=platform.sessions((200, 2)))
    people = [await platform.volunteer() for _ in range(6)]
    enrolments = [await platform.enrol(person, course) for person in people]
    for person, enrolment in list(zip(people, enrolments, strict=True))[:2]:
        await platform.post(f"/enrolments/{enrolment['enrolment_id']}/cancellation", person, version=1)
    platform.clock.advance(49 * HOUR)
    await asyncio.gather(*(platform.let_timer_run("expire-place-offers") for _ in range(4)))
    now = [
        (await platform.read_enrolment(person, each))["status"] for person, each in zip(people, enrolments, strict=True)
    ]
    assert now == ["cancelled"] * 4 + ["offered"] * 2
    assert await platform.value("SELECT places_taken FROM courses") == 2


async def test_when_the_course_is_over_nobody_waits_for_it_any_more(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1)
    people = [await platform.volunteer() for _ in range(2)]
    enrolments = [await platform.enrol(person, course) for person in people]
    assert await platform.let_timer_run("close-waiting-lists") == 0
    platform.clock.advance(2 * HOUR)
    assert await platform.let_timer_run("close-waiting-lists") == 1
    assert (await platform.read_enrolment(people[0], enrolments[0]))["status"] == "enrolled"
    assert (await platform.read_enrolment(people[1], enrolments[1]))["status"] == "cancelled"
    assert await platform.let_timer_run("close-waiting-lists") == 0
    refused = await platform.post(f"/enrolments/{enrolments[0]['enrolment_id']}/cancellation", people[0], version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-over")


async def test_a_waiting_list_has_an_end(platform: Platform, trainer: Person, organisation: UUID) -> None:
    course = await platform.course(trainer, organisation, places=1)
    await platform.execute(
        "INSERT INTO enrolments (enrolment_id, version, course_id, volunteer_id, status, queue_number, enrolled_at,"
        " changed_at) SELECT gen_random_uuid(), 1, $1, gen_random_uuid(), 'waitlisted', n, $2, $2"
        " FROM generate_series(1, 500) AS n",
        UUID(course["course_id"]),
        platform.now,
    )
    answer = await platform.post(f"/courses/{course['course_id']}/enrolments", await platform.volunteer())
    assert (answer.status_code, answer.json()["code"]) == (409, "waiting-list-full")


async def test_volunteers_see_their_own_enrolments_and_staff_those_in_their_scope(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    courses = [await platform.course(trainer, organisation, places=1) for _ in range(3)]
    volunteer, other = await platform.volunteer(), await platform.volunteer()
    mine = [await platform.enrol(volunteer, course) for course in courses]
    theirs = await platform.enrol(other, courses[0])
    first = (await platform.get("/enrolments", volunteer, limit=2)).json()
    rest = (await platform.get("/enrolments", volunteer, limit=2, cursor=first["next"])).json()
    seen = [each["enrolment_id"] for each in first["items"] + rest["items"]]
    assert seen == [each["enrolment_id"] for each in reversed(mine)]
    assert rest["next"] is None
    assert (await platform.get(f"/enrolments/{theirs['enrolment_id']}", volunteer)).status_code == 404
    of_course = (await platform.get("/enrolments", trainer, course_id=courses[0]["course_id"])).json()
    assert [each["enrolment_id"] for each in of_course["items"]] == [theirs["enrolment_id"], mine[0]["enrolment_id"]]
    assert [each["waiting_position"] for each in of_course["items"]] == [1, None]
    assert (await platform.get("/enrolments", trainer)).json()["code"] == "course-needed"
    for stranger in (
        await platform.member(Role.TRAINER, await platform.organisation()),
        await platform.member(Role.COORDINATOR, organisation, ["03241"]),
    ):
        assert (await platform.get("/enrolments", stranger, course_id=courses[0]["course_id"])).status_code == 404
        assert (await platform.get(f"/enrolments/{theirs['enrolment_id']}", stranger)).status_code == 404
    administrator = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    assert (await platform.get("/enrolments", administrator, course_id=courses[0]["course_id"])).status_code == 403


async def test_the_table_itself_refuses_to_be_overbooked(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    await platform.course(trainer, organisation, places=1)
    try:
        await platform.execute("UPDATE courses SET places_taken = 2")
    except Exception as error:
        assert type(error).__name__ == "CheckViolationError"
    else:
        raise AssertionError("overbooked")


async def test_enrolments_and_qualifications_are_narrowed_sorted_and_a_file(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    courses = [await platform.course(trainer, organisation, places=1) for _ in range(2)]
    volunteer, other = await platform.volunteer(), await platform.volunteer()
    await platform.enrol(other, courses[1])
    done, waits = [await platform.enrol(volunteer, course) for course in courses]
    await platform.record(trainer, courses[0], attended=[done])
    for status, enrolment in (("attended", done), ("waitlisted", waits)):
        found = (await platform.get("/enrolments", volunteer, status=status)).json()["items"]
        assert [each["enrolment_id"] for each in found] == [enrolment["enrolment_id"]]
    oldest = (await platform.get("/enrolments", volunteer, sort="enrolment_id")).json()["items"]
    assert [each["enrolment_id"] for each in oldest] == [done["enrolment_id"], waits["enrolment_id"]]
    file = await platform.get("/enrolments", trainer, course_id=courses[0]["course_id"], format="csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert done["enrolment_id"] in file.text and waits["enrolment_id"] not in file.text
    for narrowed, count in (
        ({}, 1),
        ({"ended": "true"}, 0),
        ({"qualification": "basic"}, 1),
        ({"qualification": "x1"}, 0),
    ):
        assert len((await platform.get("/qualifications", volunteer, **narrowed)).json()["items"]) == count
    assert "basic" in (await platform.get("/qualifications", volunteer, format="csv", sort="-granted_on")).text
    assert (await platform.get("/enrolments", volunteer, stat="attended")).status_code == 400
