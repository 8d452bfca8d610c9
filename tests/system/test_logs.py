"""The logs of a whole journey: JSON lines that lead through all services and name nobody."""

import json

from deploy.local.journey.journey import Walked
from shared.contracts.topics import SERVICES
from tests.system.platform import RunningPlatform

LANDMARKS = (
    ("registry", "organisation-registered"),
    ("registry", "member-invited"),
    ("matching", "offer-published"),
    ("training", "course-published"),
    ("registry", "volunteer-registered"),
    ("training", "qualification-granted"),
    ("matching", "placement-requested"),
    ("matching", "placement-confirmed"),
    ("registry", "erasure-requested"),
    ("registry", "erasure-completed"),
)


def test_every_line_is_one_json_object_that_says_when_and_where(
    whole_platform: RunningPlatform, walked: Walked
) -> None:
    lines = list(whole_platform.log_lines())
    assert len(lines) > len(whole_platform.processes)
    for process, line in lines:
        told = json.loads(line)
        assert {"timestamp", "level", "event", "service", "process"} <= told.keys(), f"{process}: {line}"
        assert process.startswith(f"{told['service']}-{told['process']}-")


def test_no_line_names_a_person_or_holds_a_secret(whole_platform: RunningPlatform, walked: Walked) -> None:
    people = walked.people.invented
    forbidden = {text for person in people for text in (person.name, person.mail, *person.secrets)}
    forbidden |= {part for person in people for part in person.name.split() if walked.people.suffix in part}
    forbidden |= {walked.people.suffix}
    passwords = whole_platform.credentials
    forbidden |= {role.runtime for role in passwords.postgres_roles.values()}
    forbidden |= set(whole_platform.kafka.passwords.values())
    for process, line in whole_platform.log_lines():
        found = [text for text in forbidden if text.casefold() in line.casefold()]
        assert not found, f"{process} logged {found}: {line}"


def test_the_correlation_id_leads_through_every_service_in_order(
    whole_platform: RunningPlatform, walked: Walked
) -> None:
    lines = whole_platform.journey_lines(walked.correlation_id)
    assert {(line["service"], line["process"]) for line in lines} >= {
        (service, process) for service in SERVICES for process in ("api", "worker")
    }
    told = [(line["service"], line["event"]) for line in lines]
    missing = [landmark for landmark in LANDMARKS if landmark not in told]
    assert not missing, f"no line says {missing}; there are {sorted(set(told))}"
    first = [told.index(landmark) for landmark in LANDMARKS]
    assert first == sorted(first)
    caused = [line for line in lines if line["process"] == "worker" and "causation_id" in line]
    assert {line["service"] for line in caused} == set(SERVICES)
