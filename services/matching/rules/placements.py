"""The one state machine of placements: who moves what from where to where, and which event tells. All else is refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.matching.models.placements import Actor, Circumstance, Details, Placement, Step
from services.matching.models.pools import Pool
from services.matching.rules import placement_refusals
from shared.contracts import matching as events
from shared.contracts.vocabulary import EndReason, PlacementStatus

REQUESTED = PlacementStatus.REQUESTED
INVITED = PlacementStatus.INVITED
WAITLISTED = PlacementStatus.WAITLISTED
OFFERED = PlacementStatus.OFFERED
CONFIRMED = PlacementStatus.CONFIRMED
ACTIVE = PlacementStatus.ACTIVE
SUSPENDED = PlacementStatus.SUSPENDED
COMPLETED = PlacementStatus.COMPLETED
DECLINED = PlacementStatus.DECLINED
WITHDRAWN = PlacementStatus.WITHDRAWN
EXPIRED = PlacementStatus.EXPIRED
ENDED = PlacementStatus.ENDED

NEW = None
"""From where a placement comes that is not there yet."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step: who takes it, from which statuses, to which, and the event that tells of it.

    `given`: only under this circumstance; None: under any.
    """

    step: Step
    actors: tuple[Actor, ...]
    before: tuple[PlacementStatus | None, ...]
    after: PlacementStatus
    event: type[events.Placement]
    given: Circumstance | None = None

    def fits(self, status: PlacementStatus | None, step: Step, actor: Actor) -> bool:
        """Is this what `actor` does by `step` from `status`, whatever the circumstances?"""
        return step is self.step and actor in self.actors and status in self.before


VOLUNTEER, COORDINATOR, SYSTEM = Actor.VOLUNTEER, Actor.COORDINATOR, Actor.SYSTEM
PLACE_FREE, NONE_FREE = Circumstance.PLACE_FREE, Circumstance.NONE_FREE
BEGUN, NOT_BEGUN = Circumstance.BEGUN, Circumstance.NOT_BEGUN
BY_STAFF_OR_ITSELF = (COORDINATOR, SYSTEM)

# fmt: off
MACHINE: tuple[Transition, ...] = (
    Transition(Step.REQUEST, (VOLUNTEER,), (NEW,), REQUESTED, events.PlacementRequested, PLACE_FREE),
    Transition(Step.REQUEST, (VOLUNTEER,), (NEW,), WAITLISTED, events.PlacementWaitlisted, NONE_FREE),
    Transition(Step.INVITE, (COORDINATOR,), (NEW,), INVITED, events.PlacementInvited),
    Transition(Step.ACCEPT, (VOLUNTEER,), (INVITED,), CONFIRMED, events.PlacementConfirmed, PLACE_FREE),
    Transition(Step.ACCEPT, (VOLUNTEER,), (INVITED,), WAITLISTED, events.PlacementWaitlisted, NONE_FREE),
    Transition(Step.ACCEPT, (VOLUNTEER,), (OFFERED,), REQUESTED, events.PlacementRequested, Circumstance.ASKED),
    Transition(Step.ACCEPT, (VOLUNTEER,), (OFFERED,), CONFIRMED, events.PlacementConfirmed, Circumstance.INVITED),
    Transition(Step.CONFIRM, (COORDINATOR,), (REQUESTED,), CONFIRMED, events.PlacementConfirmed),
    Transition(Step.DECLINE, (COORDINATOR,), (REQUESTED, WAITLISTED, OFFERED), DECLINED, events.PlacementDeclined),
    Transition(Step.DECLINE, (VOLUNTEER,), (INVITED,), DECLINED, events.PlacementDeclined),
    Transition(Step.WITHDRAW, (VOLUNTEER,), (REQUESTED, WAITLISTED, OFFERED, CONFIRMED), WITHDRAWN,
               events.PlacementWithdrawn),
    Transition(Step.WITHDRAW, (VOLUNTEER,), (INVITED,), DECLINED, events.PlacementDeclined),
    Transition(Step.WITHDRAW, (VOLUNTEER,), (ACTIVE,), ENDED, events.PlacementEnded),
    Transition(Step.WITHDRAW, (VOLUNTEER,), (SUSPENDED,), ENDED, events.PlacementEnded, BEGUN),
    Transition(Step.WITHDRAW, (VOLUNTEER,), (SUSPENDED,), WITHDRAWN, events.PlacementWithdrawn, NOT_BEGUN),
    Transition(Step.WITHDRAW, (COORDINATOR,), (INVITED,), WITHDRAWN, events.PlacementWithdrawn),
    Transition(Step.START, BY_STAFF_OR_ITSELF, (CONFIRMED,), ACTIVE, events.PlacementStarted),
    Transition(Step.SUSPEND, BY_STAFF_OR_ITSELF, (CONFIRMED, ACTIVE), SUSPENDED, events.PlacementSuspended),
    Transition(Step.RESUME, BY_STAFF_OR_ITSELF, (SUSPENDED,), ACTIVE, events.PlacementResumed, BEGUN),
    Transition(Step.RESUME, BY_STAFF_OR_ITSELF, (SUSPENDED,), CONFIRMED, events.PlacementResumed, NOT_BEGUN),
    Transition(Step.COMPLETE, BY_STAFF_OR_ITSELF, (ACTIVE,), COMPLETED, events.PlacementCompleted),
    Transition(Step.COMPLETE, (SYSTEM,), (SUSPENDED,), COMPLETED, events.PlacementCompleted, BEGUN),
    Transition(Step.COMPLETE, (SYSTEM,), (SUSPENDED,), ENDED, events.PlacementEnded, NOT_BEGUN),
    Transition(Step.END, (COORDINATOR,), (CONFIRMED, ACTIVE, SUSPENDED), ENDED, events.PlacementEnded),
    Transition(Step.OFFER, (SYSTEM,), (WAITLISTED,), OFFERED, events.PlacementOffered),
    Transition(Step.EXPIRE, (SYSTEM,), (OFFERED, INVITED), EXPIRED, events.PlacementExpired),
    Transition(Step.CLOSE, (SYSTEM,), (REQUESTED, WAITLISTED, OFFERED), DECLINED, events.PlacementDeclined),
    Transition(Step.CLOSE, (SYSTEM,), (INVITED,), WITHDRAWN, events.PlacementWithdrawn),
    Transition(Step.CANCEL, (SYSTEM,), (CONFIRMED, ACTIVE, SUSPENDED), ENDED, events.PlacementEnded),
)
# fmt: on


def transition_of(
    status: PlacementStatus | None, step: Step, actor: Actor, circumstances: Iterable[Circumstance]
) -> Transition:
    """What happens when `actor` takes `step` from `status`; None: the placement is not there yet.

    Raises
    ------
    Refusal
        `placement-step-impossible`, with the reason and the steps that this actor could take instead.
    """
    known = frozenset(circumstances)
    for transition in transitions_possible(status, step, actor):
        if transition.given is None or transition.given in known:
            return transition
    raise ValueError(f"{step} from {status}: nothing is said about {sorted(known)}")


def transitions_possible(status: PlacementStatus | None, step: Step, actor: Actor) -> tuple[Transition, ...]:
    """Where `step` may lead, one for each circumstance.

    Raises
    ------
    Refusal
        `placement-step-impossible`: nowhere.
    """
    found = tuple(transition for transition in MACHINE if transition.fits(status, step, actor))
    if found:
        return found
    others = sorted({one for t in MACHINE if t.step is step and status in t.before for one in t.actors})
    origins = [one for one in PlacementStatus if any(t.fits(one, step, actor) for t in MACHINE)]
    raise placement_refusals.step_impossible(status, step, possible_steps(status, actor), others, origins)


def possible_steps(status: PlacementStatus | None, actor: Actor) -> tuple[Step, ...]:
    """The steps that `actor` can take from `status`, in the machine's order."""
    found = (t.step for t in MACHINE if actor in t.actors and status in t.before)
    return tuple(dict.fromkeys(found))


def is_over(status: PlacementStatus) -> bool:
    """Nothing leads out of it."""
    return not any(status in transition.before for transition in MACHINE)


def circumstances_of(placement: Placement, place_free: bool) -> frozenset[Circumstance]:
    """What decides where a step leads. `place_free`: for everybody who comes together."""
    return frozenset(
        (
            PLACE_FREE if place_free else NONE_FREE,
            Circumstance.ASKED if placement.invited_by is None else Circumstance.INVITED,
            NOT_BEGUN if placement.started_at is None else BEGUN,
        )
    )


def has_place(pool: Pool, together: int = 1) -> bool:
    """Whether so many at once get places now: enough are free, and nobody waits for them."""
    return pool.places_free >= together and pool.waiting == 0


def due_at(status: PlacementStatus, pool: Pool, offered_until: datetime | None) -> datetime | None:
    """When something happens by itself to a placement of this status; None: never."""
    if status in (OFFERED, INVITED):
        return offered_until
    if status is CONFIRMED:
        return pool.starts_at or pool.ends_at
    if status in (ACTIVE, SUSPENDED):
        return pool.ends_at
    if status in (REQUESTED, WAITLISTED):
        # Of an offer without shifts whoever is undecided is declined when it is closed.
        return pool.shift.ends_at if pool.shift else None
    return None


def moved(placement: Placement, transition: Transition, pool: Pool, details: Details, now: datetime) -> Placement:
    """The placement after a transition."""
    after = transition.after
    offered_until = details.offered_until if after in (OFFERED, INVITED) else None
    return replace(
        placement,
        version=placement.version + 1,
        status=after,
        # Whoever accepts an invitation when nothing is free queues up at that moment.
        queue_number=pool.last_queue_number + 1 if after is WAITLISTED else placement.queue_number,
        changed_at=now,
        offered_until=offered_until,
        volunteer_acted=placement.volunteer_acted or transition.step is Step.ACCEPT,
        confirmed_at=placement.confirmed_at or (now if after is CONFIRMED else None),
        started_at=placement.started_at or (now if after is ACTIVE else None),
        suspended_at=now if after is SUSPENDED else None,
        suspended_because=details.suspended_because if after is SUSPENDED else None,
        completed_at=now if after is COMPLETED else None,
        ended_at=now if after is ENDED else None,
        end_reason=(details.end_reason or EndReason.NEED_OVER) if after is ENDED else None,
        override_reason=details.override_reason or placement.override_reason,
        override_by=details.override_by if details.override_reason else placement.override_by,
        override_at=now if details.override_reason else placement.override_at,
        due_at=due_at(after, pool, offered_until),
    )


def step_due(placement: Placement, pool: Pool, now: datetime) -> Step | None:
    """What happens by itself to a placement at this time; None: nothing yet."""
    due = due_at(placement.status, pool, placement.offered_until)
    if due is None or now < due:
        return None
    return _DUE.get(placement.status)


_DUE: dict[PlacementStatus, Step] = {
    OFFERED: Step.EXPIRE,
    INVITED: Step.EXPIRE,
    CONFIRMED: Step.START,
    ACTIVE: Step.COMPLETE,
    SUSPENDED: Step.COMPLETE,
    REQUESTED: Step.CLOSE,
    WAITLISTED: Step.CLOSE,
}
