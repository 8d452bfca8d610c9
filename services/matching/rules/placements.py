"""The one state machine of placements: who may move what from where to where. Everything else is refused."""

from dataclasses import dataclass

from services.matching import refusals
from services.matching.models.placements import Actor, Step
from shared.contracts.vocabulary import PlacementStatus

REQUESTED = PlacementStatus.REQUESTED
WAITLISTED = PlacementStatus.WAITLISTED
OFFERED = PlacementStatus.OFFERED
CONFIRMED = PlacementStatus.CONFIRMED
DECLINED = PlacementStatus.DECLINED
UNDECIDED = frozenset((REQUESTED, WAITLISTED, OFFERED))


@dataclass(frozen=True, slots=True)
class Transition:
    """A step: who takes it, from which statuses, to which."""

    actor: Actor
    before: frozenset[PlacementStatus]
    after: PlacementStatus


MACHINE: dict[Step, Transition] = {
    Step.CONFIRM: Transition(Actor.COORDINATOR, frozenset((REQUESTED,)), CONFIRMED),
    Step.DECLINE: Transition(Actor.COORDINATOR, UNDECIDED, DECLINED),
    Step.END: Transition(Actor.COORDINATOR, frozenset((CONFIRMED,)), PlacementStatus.ENDED),
    Step.WITHDRAW: Transition(Actor.VOLUNTEER, UNDECIDED | {CONFIRMED}, PlacementStatus.WITHDRAWN),
    Step.ACCEPT: Transition(Actor.VOLUNTEER, frozenset((OFFERED,)), REQUESTED),
    Step.OFFER: Transition(Actor.SYSTEM, frozenset((WAITLISTED,)), OFFERED),
    Step.EXPIRE: Transition(Actor.SYSTEM, frozenset((OFFERED,)), PlacementStatus.EXPIRED),
    Step.CLOSE: Transition(Actor.SYSTEM, UNDECIDED, DECLINED),
}


def status_after(status: PlacementStatus, step: Step, actor: Actor) -> PlacementStatus:
    """The status to which `actor` moves a placement by `step`.

    Raises
    ------
    Refusal
        `placement-step-impossible`, with the status and the steps that this actor could take instead.
    """
    transition = MACHINE[step]
    if transition.actor is not actor or status not in transition.before:
        raise refusals.step_impossible(status, step, possible_steps(status, actor))
    return transition.after


def possible_steps(status: PlacementStatus, actor: Actor) -> tuple[Step, ...]:
    """The steps that `actor` can take from `status`, in the machine's order."""
    return tuple(step for step, t in MACHINE.items() if t.actor is actor and status in t.before)


def first_status(places_free: int, waiting: int) -> PlacementStatus:
    """What a new request becomes: it holds a place only when one is free and nobody waits for it."""
    return REQUESTED if places_free > 0 and waiting == 0 else WAITLISTED
