"""What the registry tells of clearances, groups, boundaries, contacts and consents, as matching keeps it."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts import registry
from shared.contracts.base import StateData
from tests.integration.matching.people import CELLE, Person, Platform


async def one(platform: Platform, sql: str, *arguments: object) -> dict[str, Any] | None:
    async with platform.database.reading() as connection:
        row = await connection.fetchrow(sql, *arguments)
    return dict(row) if row else None


def cleared(person: Person, organisation_id: UUID, version: int = 1, **changes: Any) -> registry.ClearanceRecorded:
    state = {
        "clearance_id": uuid4(),
        "version": version,
        "volunteer_id": person.subject_id,
        "organisation_id": organisation_id,
        "legal_basis": registry.LegalBasis.SGB8_72A,
        "kind_of_activity": "homework_help",
        "valid_until": date(2027, 1, 1),
    }
    return registry.ClearanceRecorded.model_validate(state | changes)


def group(*member_ids: UUID, group_id: UUID, version: int = 1, speaker_id: UUID | None = None) -> registry.GroupUpdated:
    return registry.GroupUpdated(
        group_id=group_id,
        version=version,
        speaker_id=speaker_id or member_ids[0],
        member_ids=member_ids,
        formed_at="2026-03-01T12:00:00Z",
    )


async def test_a_clearance_counts_until_it_ends_and_an_older_event_does_not_bring_it_back(
    platform: Platform, organisation: UUID
) -> None:
    person = await platform.volunteer()
    first = cleared(person, organisation)
    later = first.model_copy(update={"version": 2, "valid_until": date(2028, 1, 1)})
    await platform.hear(first)
    await platform.hear(later, first)
    kept = "SELECT version, organisation_id, legal_basis, valid_until FROM clearances WHERE clearance_id = $1"
    assert await one(platform, kept, first.clearance_id) == {
        "version": 2,
        "organisation_id": organisation,
        "legal_basis": "sgb8_72a",
        "valid_until": date(2028, 1, 1),
    }
    await platform.hear(
        registry.ClearanceEnded(clearance_id=first.clearance_id, version=3, volunteer_id=person.subject_id)
    )
    await platform.hear(later)
    assert await one(platform, kept, first.clearance_id) is None


async def test_a_qualification_or_clearance_that_comes_or_goes_leaves_a_check_of_its_volunteer(
    platform: Platform, organisation: UUID
) -> None:
    person = await platform.volunteer()
    await platform.let_timer_run("tell-suggestions")
    held = cleared(person, organisation)
    waiting = "SELECT count(*) FROM suggestion_checks WHERE volunteer_id = $1"
    await platform.hear(held)
    assert await platform.value(waiting, person.subject_id) == 1
    await platform.let_timer_run("tell-suggestions")
    await platform.hear(
        registry.ClearanceEnded(clearance_id=held.clearance_id, version=2, volunteer_id=person.subject_id)
    )
    assert await platform.value(waiting, person.subject_id) == 1


async def test_a_group_follows_its_newest_event_and_goes_when_it_is_dissolved(platform: Platform) -> None:
    people, group_id = [uuid4(), uuid4()], uuid4()
    kept = "SELECT speaker_id, member_ids FROM groups WHERE group_id = $1"
    await platform.hear(group(*people, group_id=group_id, version=2), group(people[1], group_id=group_id))
    assert await one(platform, kept, group_id) == {"speaker_id": people[0], "member_ids": people}
    await platform.hear(registry.GroupDissolved(group_id=group_id, version=3))
    assert await one(platform, kept, group_id) is None


async def test_who_was_erased_is_in_no_group_also_when_an_older_event_names_them(platform: Platform) -> None:
    speaker, member = await platform.volunteers(2)
    theirs, others = uuid4(), uuid4()
    ids = (speaker.subject_id, member.subject_id)
    await platform.hear(group(*ids, group_id=theirs), group(ids[1], ids[0], group_id=others))
    await platform.erase(speaker)
    assert await one(platform, "SELECT 1 FROM groups WHERE group_id = $1", theirs) is None
    kept = "SELECT member_ids FROM groups WHERE group_id = $1"
    assert await one(platform, kept, others) == {"member_ids": [ids[1]]}
    await platform.hear(group(*ids, group_id=theirs, version=2), group(ids[1], ids[0], group_id=others, version=2))
    assert await one(platform, "SELECT 1 FROM groups WHERE group_id = $1", theirs) is None
    assert await one(platform, kept, others) == {"member_ids": [ids[1]]}
    await platform.hear(group(ids[1], group_id=theirs, version=3))
    assert await one(platform, kept, theirs) == {"member_ids": [ids[1]]}


async def test_a_boundary_that_ended_stays_and_says_so(platform: Platform, organisation: UUID) -> None:
    other, boundary_id = uuid4(), uuid4()
    sides = {
        "boundary_id": boundary_id,
        "district": CELLE,
        "kind_of_activity": "homework_help",
        "organisation_ids": (organisation, other),
    }
    agreed = registry.AgreedBoundary(
        revision=1,
        responsible_organisation_id=organisation,
        tasks=(registry.BoundaryTask(task="Begleiten", carried_by="volunteer", organisation_id=organisation),),
        agreed_on=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
    )
    kept = "SELECT status, agreed ->> 'valid_until' AS until FROM boundaries WHERE boundary_id = $1"
    await platform.hear(registry.BoundaryProposed(**sides, version=1, status="proposed"))
    assert await one(platform, kept, boundary_id) == {"status": "proposed", "until": None}
    await platform.hear(registry.BoundaryAgreed(**sides, version=2, status="agreed", agreed=agreed))
    await platform.hear(registry.BoundaryEnded(**sides, version=3, status="ended", agreed=agreed))
    assert await one(platform, kept, boundary_id) == {"status": "ended", "until": "2026-12-31"}


async def test_contacts_and_consents_are_those_that_hold(platform: Platform, organisation: UUID) -> None:
    person, contact_id, member_id = await platform.volunteer(), uuid4(), uuid4()
    contact = registry.ContactRegistered(
        contact_id=contact_id,
        version=1,
        organisation_id=organisation,
        subject_id=member_id,
        district=CELLE,
        topic="volunteering",
    )
    held = registry.HeldConsent(purpose="suggestions_by_mail", text_version="1", given_at="2026-01-01T10:00:00Z")
    told = {"volunteer_id": person.subject_id, "purpose": "suggestions_by_mail", "text_version": "1"}
    await platform.hear(contact, registry.ConsentGiven(**told, version=8, held=(held,)))
    assert await one(platform, "SELECT subject_id, is_stale FROM contacts WHERE contact_id = $1", contact_id) == {
        "subject_id": member_id,
        "is_stale": False,
    }
    purposes = "SELECT purposes FROM consents WHERE volunteer_id = $1"
    assert await platform.value(purposes, person.subject_id) == ["suggestions_by_mail"]
    await platform.hear(
        registry.ContactWithdrawn(contact_id=contact_id, version=2), registry.ConsentWithdrawn(**told, version=9)
    )
    assert await platform.value("SELECT count(*) FROM contacts") == 0
    assert await platform.value(purposes, person.subject_id) == []


@pytest.mark.parametrize("table", ["clearances", "consents"])
async def test_what_is_known_of_a_person_is_handed_out_and_erased_and_stays_away(
    platform: Platform, organisation: UUID, table: str
) -> None:
    person = await platform.volunteer(skills=("cooking",), travel=("bicycle",), undertaking_valid=True)
    held = registry.HeldConsent(purpose="processing", text_version="1", given_at="2026-01-01T10:00:00Z")
    events: tuple[StateData, ...] = (
        cleared(person, organisation),
        registry.ConsentGiven(
            volunteer_id=person.subject_id, version=8, purpose="processing", text_version="1", held=(held,)
        ),
    )
    await platform.hear(*events)
    record = await platform.read("/me/export", person)
    assert record["profile"]["skills"] == ["cooking"] and record["profile"]["undertaking_valid"]
    assert [each["kind_of_activity"] for each in record["clearances"]] == ["homework_help"]
    assert record["consents"] == ["processing"]
    await platform.erase(person)
    await platform.hear(*(event.model_copy(update={"version": 9}) for event in events))
    assert await platform.value(f"SELECT count(*) FROM {table}") == 0
