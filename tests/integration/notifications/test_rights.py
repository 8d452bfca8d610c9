"""While somebody's data is only to be stored, nothing is told but what their rights need (Art. 18 DSGVO)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notifications.handlers.export import export
from services.notifications.rules.mails import MAILS
from shared.access.callers import Caller, CallerKind, Membership
from shared.contracts import matching, registry
from shared.contracts.vocabulary import Role
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id
from tests.integration.notifications import events
from tests.integration.notifications.conftest import Service
from tests.unit.notifications.builders import COORDINATOR, VOLUNTEER, an_event

NEEDED = {
    *("sign-in", "address-confirmation", "address-change-asked"),
    *("restriction-ending", "restriction-ending-member", "erasure-receipt"),
    *(f"person-request-{step}{who}" for step in ("received", "extended", "answered") for who in ("", "-member")),
}


def rights(subject_id: UUID, version: int = 1, **told: Any) -> registry.PersonRightsUpdated:
    return registry.PersonRightsUpdated(subject_id=subject_id, version=version, **told)


async def mails(service: Service) -> set[str]:
    return {row["mail"] for row in await service.rows("SELECT mail FROM deliveries")}


async def messages(service: Service) -> set[str]:
    return {row["mail"] for row in await service.rows("SELECT mail FROM messages")}


def test_only_what_the_rights_of_a_person_need_is_told_meanwhile() -> None:
    assert {name for name, mail in MAILS.items() if mail.while_restricted} == NEEDED


async def test_of_a_volunteer_nothing_is_told_to_anybody(service: Service) -> None:
    await service.consume(rights(VOLUNTEER, restricted=True))
    await service.consume(an_event(matching.PlacementRequested), an_event(matching.MatchSuggested))
    assert await mails(service) == set()
    assert await messages(service) == set()
    told = {"subject_id": VOLUNTEER, "reason": "accuracy_checked", "ends_on": date(2026, 12, 1)}
    await service.consume(registry.RestrictionEnding(**told))
    assert await mails(service) == {"restriction-ending"}
    await service.consume(rights(VOLUNTEER, 2, restricted=False))
    await service.consume(an_event(matching.PlacementRequested, placement_id=new_id()))
    assert "placement-requested-volunteer" in await mails(service)


async def test_staff_get_no_mail_and_find_in_their_inbox_what_came_up(service: Service) -> None:
    await service.consume(rights(COORDINATOR, restricted=True))
    await service.consume(an_event(matching.PlacementRequested))
    assert await mails(service) == {"placement-requested-volunteer"}
    assert "placement-requested-coordinator" in await messages(service)


async def test_a_mail_that_waits_is_not_sent_any_more(service: Service) -> None:
    await service.consume(*events.everything(), an_event(matching.PlacementRequested))
    await service.consume(rights(VOLUNTEER, restricted=True))
    await service.postman().step()
    assert {(status, reason) for _, status, reason in await service.statuses()} == {
        ("dropped", "processing-restricted")
    }


async def test_a_privacy_officer_is_handed_out_only_what_the_person_waits_for_and_that_is_told(
    service: Service,
) -> None:
    """Art. 5(1)(b), 15 DSGVO."""
    membership = Membership(Role.PRIVACY_OFFICER, new_id(), frozenset())
    officer, today = Caller(CallerKind.MEMBER, None, new_id(), (membership,)), service.clock.today()
    for version, until in enumerate((None, today - timedelta(days=1)), start=1):
        await service.consume(rights(VOLUNTEER, version, export_until=until))
        with pytest.raises(Refusal, match="no-open-request"):
            async with service.database.transaction() as tx:
                await export(tx, officer, VOLUNTEER)
    await service.consume(rights(VOLUNTEER, 3, export_until=today))
    async with service.database.transaction() as tx:
        found = await export(tx, officer, VOLUNTEER)
    assert found.subject_id == VOLUNTEER
    told = await service.rows("SELECT headers FROM outbox WHERE topic = 'notifications.privacy'")
    assert len(told) == 1 and "person-exported" in str(told[0]["headers"])
