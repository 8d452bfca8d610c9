"""An organisation that inspects certificates of conduct, for tests: its people, its offers, what becomes of placements."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.contracts import matching
from shared.contracts.base import EventData
from shared.contracts.vocabulary import PlacementStatus
from shared.runtime.ids import new_id
from tests.integration.registry.platform import CELLE, Person, Registry
from tests.support import events

EVENTS: dict[PlacementStatus, type[matching.Placement]] = {
    PlacementStatus.REQUESTED: matching.PlacementRequested,
    PlacementStatus.INVITED: matching.PlacementInvited,
    PlacementStatus.WAITLISTED: matching.PlacementWaitlisted,
    PlacementStatus.OFFERED: matching.PlacementOffered,
    PlacementStatus.CONFIRMED: matching.PlacementConfirmed,
    PlacementStatus.ACTIVE: matching.PlacementStarted,
    PlacementStatus.SUSPENDED: matching.PlacementSuspended,
    PlacementStatus.COMPLETED: matching.PlacementCompleted,
    PlacementStatus.DECLINED: matching.PlacementDeclined,
    PlacementStatus.WITHDRAWN: matching.PlacementWithdrawn,
    PlacementStatus.EXPIRED: matching.PlacementExpired,
    PlacementStatus.ENDED: matching.PlacementEnded,
}


@dataclass
class Body:
    """An organisation with an admin and a coordinator."""

    registry: Registry
    organisation_id: UUID
    admin: Person
    coordinator: Person
    offers: dict[str, UUID] = field(default_factory=dict)
    _versions: dict[UUID, int] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/organisations/{self.organisation_id}/clearances"

    async def offer(self, kind: str = "homework_help") -> UUID:
        """An offer of a kind of activity, known to the registry."""
        offer = events.offer(
            organisation_id=self.organisation_id, coordinator_id=self.coordinator.subject_id or new_id(), topic=kind
        )
        await self.registry.hear(offer)
        self.offers[kind] = offer.offer_id
        return offer.offer_id

    def placement(
        self, volunteer_id: UUID | None, status: PlacementStatus, placement_id: UUID, *, offer_id: UUID | None = None
    ) -> EventData:
        """The next event of a placement."""
        version = self._versions[placement_id] = self._versions.get(placement_id, 0) + 1
        known = events.placement(
            placement_id,
            version,
            volunteer_id=volunteer_id or new_id(),
            organisation_id=self.organisation_id,
            coordinator_id=self.coordinator.subject_id or new_id(),
            offer_id=offer_id or self.offers["homework_help"],
            status=status,
        )
        return EVENTS[status](**dict(known))

    async def becomes(
        self, volunteer_id: UUID | None, *statuses: str, placement_id: UUID | None = None, kind: str = "homework_help"
    ) -> UUID:
        """Let a placement go through these states, one event after the other."""
        placement_id = placement_id or new_id()
        for status in statuses:
            event = self.placement(volunteer_id, PlacementStatus(status), placement_id, offer_id=self.offers.get(kind))
            await self.registry.hear(event)
        return placement_id

    def told(self, volunteer_id: UUID | None, **changes: Any) -> dict[str, Any]:
        """An inspection of today."""
        today = self.registry.clock.today()
        return {
            "volunteer_id": str(volunteer_id),
            "legal_basis": "sgb8_72a",
            "kind_of_activity": "homework_help",
            "inspected_on": today.isoformat(),
            "certificate_date": (today - timedelta(days=20)).isoformat(),
            "relevant_conviction": False,
        } | changes

    async def record(self, volunteer_id: UUID | None, **changes: Any) -> httpx.Response:
        return await self.registry.post(self.path, self.coordinator, self.told(volunteer_id, **changes))

    async def inspected(self, volunteer_id: UUID | None, **changes: Any) -> dict[str, Any]:
        """A recorded inspection."""
        answer = await self.record(volunteer_id, **changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def shown(self) -> list[dict[str, Any]]:
        """What the organisation's coordinator sees."""
        answer = await self.registry.get(self.path, self.coordinator)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


async def body(registry: Registry, name: str = "one") -> Body:
    """A verified organisation with an offer of homework help."""
    state = await registry.state_admin()
    admin = registry.staff(f"admin-{name}")
    organisation = await registry.organisation(
        admin, verified_by=state, name=f"Demo-Verein {name}", contact_mail=f"admin-{name}@example.org"
    )
    organisation_id = organisation["organisation_id"]
    invited = await registry.invite(admin, organisation, "coordinator", [CELLE])
    assert invited.status_code == 202, invited.text
    coordinator = registry.staff(f"coordinator-{name}")
    redeemed = await registry.redeem(coordinator)
    assert redeemed.status_code == 200, redeemed.text
    found = Body(
        registry,
        UUID(organisation_id),
        admin,
        Person(coordinator.token, UUID(redeemed.json()["subject_id"])),
    )
    await found.offer()
    return found


async def volunteer_of(registry: Registry, inspecting: Body, *statuses: str, **changes: Any) -> Person:
    """A volunteer who has asked that organisation for a placement."""
    person, _ = await registry.volunteer(**changes)
    await inspecting.becomes(person.subject_id, *(statuses or ("requested",)))
    return person
