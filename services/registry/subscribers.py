"""Topic → read model or handler: who deals with whom, and what the others answer when a person is to be erased."""

from typing import Any

from services.registry.handlers import audit, clearance_periods, own_contacts
from services.registry.handlers.erasures import record_answer
from services.registry.rules.dealings import is_dealing
from shared.contracts import matching
from shared.contracts.envelope import Envelope
from shared.contracts.privacy import ErasedHere, PersonExported
from shared.contracts.topics import SERVICES
from shared.messaging.projection import Projection
from shared.messaging.reaction import Reaction
from shared.postgres.transaction import Transaction

OTHERS = tuple(service for service in SERVICES if service != "registry")


def projections() -> list[Projection]:
    """The read models."""
    return [
        Projection(
            name="offers",
            topic="matching.offers",
            events=tuple(matching.Offer.__subclasses__()),
            table="offers",
            key="offer_id",
            row=_offer,
            changed=own_contacts.offers_changed,
        ),
        Projection(
            name="placements",
            topic="matching.placements",
            # Every transition, also one that is published later.
            events=tuple(matching.Placement.__subclasses__()),
            table="placements",
            key="placement_id",
            row=_placement,
            person=True,
            changed=own_contacts.placements_changed,
        ),
    ]


def _offer(offer: matching.Offer) -> dict[str, Any]:
    kept = {"organisation_id", "coordinator_id", "topic", "clearance_activity", "district", "status"}
    return offer.model_dump(mode="json", include=kept)


def _placement(placement: matching.Placement) -> dict[str, Any]:
    kept = {"offer_id", "organisation_id", "coordinator_id", "volunteer_id", "status"}
    return {**placement.model_dump(mode="json", include=kept), "dealt_with": is_dealing(placement)}


def reactions() -> list[Reaction]:
    """Per service that it has erased (once per erasure) and handed out; and what placements mean for clearances."""
    return [
        *(_answers_of(service) for service in OTHERS),
        *(_exports_of(service) for service in OTHERS),
        Reaction(
            name="clearance-periods",
            topic="matching.placements",
            # Every transition, also one that is published later.
            events=tuple(matching.Placement.__subclasses__()),
            handle=clearance_periods.placement_changed,
        ),
    ]


def _answers_of(service: str) -> Reaction:
    async def record(tx: Transaction, event: ErasedHere, _envelope: Envelope) -> None:
        # By the topic, which only its owner can write, not by what the event says.
        await record_answer(tx, service, event)

    return Reaction(
        name=f"erased-by-{service}",
        topic=f"{service}.privacy",
        events=(ErasedHere,),
        handle=record,
        natural_key=lambda event, _: str(event.erasure_id),
        even_when_erased=True,
    )


def _exports_of(service: str) -> Reaction:
    async def record(tx: Transaction, event: PersonExported, _envelope: Envelope) -> None:
        await audit.record_elsewhere(tx, service, event)

    return Reaction(
        name=f"exported-by-{service}",
        topic=f"{service}.privacy",
        events=(PersonExported,),
        handle=record,
        # The audit log outlives the person.
        even_when_erased=True,
    )
