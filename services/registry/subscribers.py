"""Topic → handler: what the other services answer when a person is to be erased."""

from services.registry.handlers.erasures import record_answer
from shared.contracts.envelope import Envelope
from shared.contracts.privacy import ErasedHere
from shared.contracts.topics import SERVICES
from shared.messaging.reaction import Reaction
from shared.postgres.transaction import Transaction

OTHERS = tuple(service for service in SERVICES if service != "registry")


def reactions() -> list[Reaction]:
    """One per service that answers; an answer counts once per erasure."""
    return [_answers_of(service) for service in OTHERS]


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
