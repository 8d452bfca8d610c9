"""After the journey nothing is left of whoever was erased: no row, no key, no address."""

from typing import Any

import orjson
import pytest

from deploy.local.journey.journey import Walked
from deploy.local.journey.people import Person
from shared.contracts.topics import SERVICES, TOPICS, Kind
from tests.support.event_log import event_log
from tests.system.platform import RunningPlatform
from tests.system.traces import MAY_REMEMBER_THE_ID, tables_with


@pytest.fixture(scope="module")
def erased(walked: Walked) -> Person:
    """Whoever asked to be erased in the journey."""
    return walked.people.volunteers[0]


def test_every_service_answered_with_what_it_erased(walked: Walked) -> None:
    receipt = walked.walk.receipt
    assert {answer["service"] for answer in receipt["services"]} == set(SERVICES)
    assert all(answer["records"] > 0 for answer in receipt["services"])
    assert receipt["waiting_for"] == []
    assert receipt["log_clean_by"] == max(answer["log_clean_by"] for answer in receipt["services"])


def test_name_and_address_are_in_no_table_of_any_service(whole_platform: RunningPlatform, erased: Person) -> None:
    assert tables_with(whole_platform, erased.name) == set()
    assert tables_with(whole_platform, erased.mail) == set()


def test_the_search_finds_those_who_stayed(whole_platform: RunningPlatform, walked: Walked) -> None:
    other = walked.people.volunteers[1]
    assert tables_with(whole_platform, other.mail) == {
        "registry.volunteer_contacts",
        "notifications.volunteer_contacts",
    }


def test_the_id_is_kept_only_so_that_nobody_comes_back(whole_platform: RunningPlatform, erased: Person) -> None:
    subject_id = str(erased.subject_id)
    assert tables_with(whole_platform, subject_id) <= MAY_REMEMBER_THE_ID
    for service in SERVICES:
        remembered = whole_platform.rows(f"SELECT reaction FROM {service}.reactions WHERE subject_id = %s", subject_id)
        assert all(row["reaction"].startswith("eras") for row in remembered), remembered
        assert whole_platform.rows(f"SELECT 1 FROM {service}.erased_subjects WHERE subject_id = %s", subject_id)


async def test_a_tombstone_is_the_last_record_of_every_key_of_theirs(
    whole_platform: RunningPlatform, erased: Person
) -> None:
    buried: dict[str, int] = {}
    async with event_log(whole_platform.kafka) as log:
        for topic in (topic for topic in TOPICS.values() if topic.kind is Kind.STATE):
            records = await log.read(topic.name)
            theirs = {record.key for record in records if _is_about(record, str(erased.subject_id))}
            last = {record.key: record.value for record in records}
            alive = [key for key in theirs if last[key] is not None]
            assert not alive, f"{topic.name} still holds {len(alive)} keys"
            if theirs:
                buried[topic.name] = len(theirs)
    assert buried == {
        "registry.volunteers": 1,
        "registry.volunteer-contacts": 1,
        "registry.consents": 1,
        "matching.placements": 1,
        "training.enrolments": 1,
        "training.qualifications": 1,
    }


def _is_about(record: Any, subject_id: str) -> bool:
    if record.key == subject_id.encode():
        return True
    value = orjson.loads(record.value) if record.value else {}
    return isinstance(value, dict) and value.get("volunteer_id") == subject_id
