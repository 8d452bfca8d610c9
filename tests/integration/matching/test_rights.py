"""Whose data is only to be stored, and whose may be handed out: known here as the registry tells it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.access.rights import is_restricted, refuse_if_restricted, restricted_among
from shared.contracts.registry import PersonRightsUpdated
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Refusal
from tests.integration.matching.people import Person, Platform


async def told(platform: Platform, person: Person, **rights: Any) -> None:
    """What the registry tells of a person."""
    version = platform.next_version(f"rights of {person.subject_id}")
    await platform.hear(PersonRightsUpdated(subject_id=person.subject_id, version=version, **rights))


async def test_a_restriction_is_known_until_it_ends_and_goes_with_the_person(platform: Platform) -> None:
    """Art. 18 DSGVO."""
    person, other = await platform.volunteers(2)
    await told(platform, person, restricted=True)
    async with platform.database.reading() as connection:
        assert await is_restricted(connection, person.subject_id)
        both = (person.subject_id, other.subject_id)
        assert await restricted_among(connection, both) == {person.subject_id}
        with pytest.raises(Refusal, match="processing-restricted"):
            await refuse_if_restricted(connection, *both)
    await told(platform, person, restricted=False)
    async with platform.database.reading() as connection:
        await refuse_if_restricted(connection, *both)
    await told(platform, person, restricted=True)
    await platform.erase(person)
    assert await platform.value("SELECT count(*) FROM person_rights") == 0


async def test_a_privacy_officer_is_handed_out_only_what_the_person_waits_for_and_that_is_told(
    platform: Platform, organisation: UUID
) -> None:
    """Art. 5(1)(b), 15 DSGVO."""
    officer = await platform.member(Role.PRIVACY_OFFICER, organisation)
    (person,) = await platform.volunteers(1)
    path, today = f"/persons/{person.subject_id}/export", platform.clock.today()
    for until in (None, today - timedelta(days=1)):
        await told(platform, person, export_until=until)
        refused = await platform.get(path, officer)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-open-request")
    assert await platform.announced(topic="matching.privacy") == []
    await told(platform, person, export_until=today)
    assert (await platform.get(path, officer)).json()["subject_id"] == str(person.subject_id)
    (noted,) = await platform.announced(topic="matching.privacy")
    assert noted.type == "person-exported" and noted.data is not None
    assert noted.data["officer_id"] == str(officer.subject_id)
