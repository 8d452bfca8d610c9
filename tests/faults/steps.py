"""The numbered steps of api, relay, consumer and postman at which a process can be made to die, or to freeze.

The steps are those between which a crash could tear something apart: before and after every commit, on either side of
Kafka's and of Postgres's. Nothing of this is in the shipped code: the methods are wrapped in the process that is to die.
"""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from services.notifications import postman
from shared.messaging import relay
from shared.messaging.intake import Intake
from shared.messaging.publication import Publication
from shared.messaging.subscription import Subscription
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction


@dataclass(frozen=True)
class Step:
    """Where: the kind of process, and which side of which method."""

    kind: str
    owner: Any
    method: str
    before: bool


STEPS: dict[str, Step] = {
    # The api, and whatever else changes something and announces it.
    "api-1-before-the-outbox": Step("api", Transaction, "flush", before=True),
    "api-2-before-the-commit": Step("api", Transaction, "flush", before=False),
    "api-3-committed": Step("api", Database, "transaction", before=False),
    # The relay.
    "relay-1-leased": Step("worker", Publication, "start", before=True),
    "relay-2-predecessor-fenced": Step("worker", Publication, "start", before=False),
    "relay-3-batch-named": Step("worker", Publication, "publish", before=True),
    "relay-4-batch-sent": Step("worker", AIOKafkaProducer, "send_offsets_to_transaction", before=True),
    "relay-5-name-sent": Step("worker", AIOKafkaProducer, "commit_transaction", before=True),
    "relay-6-batch-committed": Step("worker", AIOKafkaProducer, "commit_transaction", before=False),
    "relay-7-batch-removed": Step("worker", relay.Relay, "_settle", before=False),
    # The consumer.
    "consumer-1-batch-received": Step("worker", Intake, "take", before=True),
    "consumer-2-effect-before-commit": Step("worker", Intake, "apply", before=False),
    "consumer-3-effect-committed": Step("worker", Intake, "take", before=False),
    "consumer-4-before-the-offset": Step("worker", Subscription, "commit", before=True),
    "consumer-5-offset-committed": Step("worker", Subscription, "commit", before=False),
    # The postman.
    "postman-1-before-handing-over": Step("worker", postman.Postman, "_deliver", before=True),
    "postman-2-after-handing-over": Step("worker", postman.Postman, "_deliver", before=False),
}


def stop_at(name: str, passage: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Make this process send itself a signal (SIGKILL, SIGSTOP) at the given passage of a step.

    Raises
    ------
    KeyError
        There is no such step.
    """
    step = STEPS[name]
    left = [passage]

    def pass_by() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), number)

    setattr(step.owner, step.method, _wrapped(getattr(step.owner, step.method), pass_by, before=step.before))


def _wrapped(original: Callable[..., Any], pass_by: Callable[[], None], *, before: bool) -> Callable[..., Any]:
    if hasattr(original, "__wrapped__"):  # an asynchronous context manager
        return _wrapped_context(original, pass_by)

    async def method(*arguments: Any, **named: Any) -> Any:
        if before:
            pass_by()
        answer = await original(*arguments, **named)
        if not before:
            pass_by()
        return answer

    return method


def _wrapped_context(original: Callable[..., Any], pass_by: Callable[[], None]) -> Callable[..., Any]:
    @asynccontextmanager
    async def method(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
        async with original(*arguments, **named) as entered:
            yield entered
        pass_by()

    return method
