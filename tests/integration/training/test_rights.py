"""Whose data is only to be stored stays where they are; a privacy officer gets what is held only of whoever asked."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.registry import PersonRightsUpdated
from shared.contracts.vocabulary import Role
from tests.integration.training.people import Person, Platform


async def told(platform: Platform, person: Person, **rights: Any) -> None:
    """What the registry tells of a person."""
    version = platform.next_version(person.subject_id)
    await platform.hear(PersonRightsUpdated(subject_id=person.subject_id, version=version, **rights))


async def restrict(platform: Platform, person: Person, *, restricted: bool = True) -> None:
    await told(platform, person, restricted=restricted)


async def test_nothing_new_is_done_with_somebody_whose_data_is_only_stored(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    """Art. 18 DSGVO: no enrolment, no attendance; and the record says that it is locked."""
    course = await platform.course(trainer, organisation)
    person, other = await platform.volunteer(), await platform.volunteer()
    enrolment, others = await platform.enrol(person, course), await platform.enrol(other, course)
    await restrict(platform, person)
    another = await platform.course(trainer, organisation)
    path = f"/courses/{another['course_id']}/enrolments"
    refused = await platform.post(path, person)
    assert (refused.status_code, refused.json()["code"]) == (409, "processing-restricted")
    refused = await platform.record(trainer, course, attended=[enrolment, others])
    assert (refused.status_code, refused.json()["code"]) == (409, "processing-restricted")
    listed = (await platform.get("/enrolments", trainer, course_id=course["course_id"])).json()["items"]
    assert {each["enrolment_id"]: each["restricted"] for each in listed} == {
        enrolment["enrolment_id"]: True,
        others["enrolment_id"]: False,
    }
    assert (await platform.record(trainer, course, attended=[others])).status_code == 200
    await restrict(platform, person, restricted=False)
    assert (await platform.post(path, person)).status_code == 201
    assert (await platform.record(trainer, course, attended=[enrolment, others], version=1)).status_code == 200


async def test_a_place_that_comes_free_goes_to_the_next_who_may_be_told(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    course = await platform.course(trainer, organisation, places=1, sessions=platform.sessions((100, 1)))
    people = [await platform.volunteer() for _ in range(3)]
    first, locked, last = [await platform.enrol(person, course) for person in people]
    await restrict(platform, people[1])
    await platform.post(f"/enrolments/{first['enrolment_id']}/cancellation", people[0], version=1)
    assert (await platform.read_enrolment(people[1], locked))["status"] == "waitlisted"
    assert (await platform.read_enrolment(people[2], last))["status"] == "offered"
    assert (await platform.post(f"/enrolments/{locked['enrolment_id']}/cancellation", people[1], version=1)).is_success


async def test_a_privacy_officer_is_handed_out_only_what_the_person_waits_for_and_that_is_told(
    platform: Platform, trainer: Person, organisation: UUID
) -> None:
    """Art. 5(1)(b), 15 DSGVO."""
    officer = await platform.member(Role.PRIVACY_OFFICER, organisation)
    person = await platform.volunteer()
    await platform.enrol(person, await platform.course(trainer, organisation))
    path = f"/persons/{person.subject_id}/export"
    today: date = platform.clock.today()
    for until in (None, today - timedelta(days=1)):
        await told(platform, person, export_until=until)
        refused = await platform.get(path, officer)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-open-request")
    assert await platform.announced(topic="training.privacy") == []
    await told(platform, person, export_until=today)
    assert len((await platform.get(path, officer)).json()["enrolments"]) == 1
    (noted,) = await platform.announced(topic="training.privacy")
    assert noted.type == "person-exported" and noted.data is not None
    assert noted.data["officer_id"] == str(officer.subject_id)
    assert (await platform.get(path, person)).status_code == 200
    assert len(await platform.announced(topic="training.privacy")) == 1, "one's own is nobody else's business"
