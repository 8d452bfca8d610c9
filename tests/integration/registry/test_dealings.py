"""Who has dealt with whom, as matching tells it."""

from typing import Any
from uuid import UUID, uuid4

from services.registry.store import dealings
from shared.contracts.vocabulary import PlacementStatus
from tests.integration.registry.platform import Registry
from tests.support import events


async def deals(registry: Registry, organisation_id: UUID, volunteer_id: UUID) -> bool:
    async with registry.database.reading() as connection:
        return await dealings.deals_with(connection, organisation_id, volunteer_id)


async def test_a_request_makes_a_dealing_and_stays_one(registry: Registry) -> None:
    volunteer_id, organisation_id = uuid4(), uuid4()
    asked = events.placement(volunteer_id=volunteer_id, organisation_id=organisation_id)
    await registry.hear(asked)
    assert await deals(registry, organisation_id, volunteer_id)
    assert not await deals(registry, uuid4(), volunteer_id)
    assert not await deals(registry, organisation_id, uuid4())
    later: dict[str, Any] = dict(asked) | {"version": asked.version + 1, "status": PlacementStatus.WITHDRAWN}
    await registry.hear(type(asked).model_validate(later))
    async with registry.database.reading() as connection:
        assert await dealings.organisations_of(connection, volunteer_id) == [organisation_id]
        assert await dealings.dealt_with_among(connection, [organisation_id], [volunteer_id, uuid4()]) == {volunteer_id}


async def test_an_invitation_is_no_dealing(registry: Registry) -> None:
    """Contact data only for those one dealt with (Art. 5(1)(c) DSGVO)."""
    volunteer_id, organisation_id = uuid4(), uuid4()
    await registry.hear(
        events.placement(volunteer_id=volunteer_id, organisation_id=organisation_id, status=PlacementStatus.INVITED)
    )
    assert not await deals(registry, organisation_id, volunteer_id)
    assert await registry.value("SELECT count(*) FROM placements") == 1


async def test_dealings_are_handed_out_and_erased_with_the_person(registry: Registry) -> None:
    """Art. 15, 17 DSGVO: read models too."""
    volunteer, _ = await registry.volunteer()
    offer = events.offer()
    placement = events.placement(volunteer_id=volunteer.subject_id, offer_id=offer.offer_id)
    await registry.hear(offer, placement)
    assert str(placement.placement_id) in (await registry.get("/me/export", volunteer)).text
    answer = await registry.post(f"/volunteers/{volunteer.subject_id}/erasure", volunteer)
    assert answer.status_code == 202
    assert await registry.value("SELECT count(*) FROM placements") == 0
    await registry.hear(events.placement(volunteer_id=volunteer.subject_id))
    assert await registry.value("SELECT count(*) FROM placements") == 0
