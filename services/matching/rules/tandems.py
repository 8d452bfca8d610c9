"""The one state machine of tandems: who moves what from where to where, and which event tells. All else is refused.

A tandem begins with a trial phase when the volunteer accepts, and is agreed when volunteer and coordinator have both said
so. Nobody says it for the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.matching.models.placements import Actor
from services.matching.models.tandems import CheckIn, CheckInStatus, Fitting, Outcome, Tandem, TandemStep, Wish
from services.matching.rules import tandem_refusals as refusals
from shared.contracts import tandems as events
from shared.contracts.vocabulary import PlacementStatus, TandemEndReason, TandemStatus
from shared.runtime.clock import BERLIN

PROPOSED = TandemStatus.PROPOSED
TRIAL = TandemStatus.TRIAL
AGREED = TandemStatus.AGREED
ENDED = TandemStatus.ENDED
VOLUNTEER, COORDINATOR, SYSTEM = Actor.VOLUNTEER, Actor.COORDINATOR, Actor.SYSTEM
LIVE = frozenset((PROPOSED, TRIAL, AGREED))
RUNNING = frozenset((TRIAL, AGREED))
NEW = None
"""From where a tandem comes that is not there yet."""

PROPOSABLE = frozenset(
    (PlacementStatus.REQUESTED, PlacementStatus.CONFIRMED, PlacementStatus.ACTIVE, PlacementStatus.SUSPENDED)
)
"""Statuses of a placement within which a tandem can be proposed: the volunteer holds a place."""
TRIAL_DAYS_AT_MOST = 366
"""Of all prolongations together: after a year it is no trial any more."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step: who takes it, from which statuses, to which, and the event that tells of it.

    `both`: True when the other side has agreed already, False when it has not; None: that does not matter.
    """

    step: TandemStep
    actors: tuple[Actor, ...]
    before: tuple[TandemStatus | None, ...]
    after: TandemStatus
    event: type[events.Tandem]
    both: bool | None = None


MACHINE: tuple[Transition, ...] = (
    Transition(TandemStep.PROPOSE, (COORDINATOR,), (NEW,), PROPOSED, events.TandemProposed),
    Transition(TandemStep.ACCEPT, (VOLUNTEER,), (PROPOSED,), TRIAL, events.TandemTrialStarted),
    Transition(TandemStep.DECLINE, (VOLUNTEER,), (PROPOSED,), ENDED, events.TandemEnded),
    Transition(TandemStep.WITHDRAW, (COORDINATOR,), (PROPOSED,), ENDED, events.TandemEnded),
    Transition(TandemStep.AGREE, (VOLUNTEER, COORDINATOR), (TRIAL,), TRIAL, events.TandemUpdated, both=False),
    Transition(TandemStep.AGREE, (VOLUNTEER, COORDINATOR), (TRIAL,), AGREED, events.TandemAgreed, both=True),
    Transition(TandemStep.PROLONG, (COORDINATOR,), (TRIAL,), TRIAL, events.TandemUpdated),
    Transition(TandemStep.END, (VOLUNTEER, COORDINATOR), (TRIAL, AGREED), ENDED, events.TandemEnded),
    Transition(TandemStep.END, (SYSTEM,), (PROPOSED, TRIAL, AGREED), ENDED, events.TandemEnded),
)

_ALWAYS_SO = {
    TandemStep.DECLINE: TandemEndReason.DECLINED,
    TandemStep.WITHDRAW: TandemEndReason.PROPOSAL_WITHDRAWN,
}
_BY_ITSELF = TandemEndReason.PLACEMENT_OVER
_OF_EITHER = {TandemEndReason.GOAL_REACHED, TandemEndReason.DOES_NOT_FIT, TandemEndReason.OTHER}
REASONS: dict[Actor, frozenset[TandemEndReason]] = {
    VOLUNTEER: frozenset(
        _OF_EITHER | {TandemEndReason.VOLUNTEER_STOPPED, TandemEndReason.MOVED_AWAY, TandemEndReason.NO_TIME}
    ),
    COORDINATOR: frozenset(
        _OF_EITHER
        | {
            TandemEndReason.VOLUNTEER_STOPPED,
            TandemEndReason.OTHER_SIDE_STOPPED,
            TandemEndReason.MOVED_AWAY,
            TandemEndReason.NO_TIME,
        }
    ),
    SYSTEM: frozenset((_BY_ITSELF,)),
}
"""Who may end a tandem that runs for which reason."""

DONE = frozenset((Outcome.GOING_WELL, Outcome.NEEDS_SUPPORT, Outcome.TALK_ARRANGED))
SKIPPED = frozenset((Outcome.NOT_REACHED, Outcome.ON_HOLIDAY, Outcome.OTHER))
"""What may come of a check-in that took place, and of one that did not."""


def transition_of(tandem: Tandem | None, step: TandemStep, actor: Actor) -> Transition:
    """What happens when `actor` takes `step`; None: the tandem is not there yet.

    Raises
    ------
    Refusal
        `tandem-step-impossible`, with the steps that this actor could take instead; `already-agreed`.
    """
    status = tandem.status if tandem else NEW
    if tandem is not None and step is TandemStep.AGREE and status is TRIAL and has_agreed(tandem, actor):
        raise refusals.already_agreed()
    both = tandem is not None and has_agreed(tandem, COORDINATOR if actor is VOLUNTEER else VOLUNTEER)
    for transition in MACHINE:
        fits = transition.step is step and actor in transition.actors and status in transition.before
        if fits and transition.both in (None, both):
            return transition
    raise refusals.step_impossible(status, step, possible_steps(status, actor))


def possible_steps(status: TandemStatus | None, actor: Actor) -> tuple[TandemStep, ...]:
    """The steps that `actor` can take from `status`, in the machine's order."""
    return tuple(dict.fromkeys(t.step for t in MACHINE if actor in t.actors and status in t.before))


def has_agreed(tandem: Tandem, actor: Actor) -> bool:
    """Whether this side has agreed."""
    if actor is VOLUNTEER:
        return tandem.agreed_by_volunteer_at is not None
    return actor is COORDINATOR and tandem.agreed_by_coordinator_at is not None


def moved(
    tandem: Tandem, transition: Transition, actor: Actor, now: datetime, *, reason: TandemEndReason | None = None
) -> Tandem:
    """The tandem after a transition.

    Raises
    ------
    Refusal
        `tandem-end-reason`: the reason is not one that this actor can give.
    """
    step, today = transition.step, now.astimezone(BERLIN).date()
    after = replace(tandem, version=tandem.version + 1, status=transition.after, changed_at=now)
    if step is TandemStep.ACCEPT:
        return replace(after, trial_until=today + timedelta(days=tandem.trial_days))
    if step is TandemStep.AGREE:
        return replace(
            after,
            agreed_by_volunteer_at=now if actor is VOLUNTEER else tandem.agreed_by_volunteer_at,
            agreed_by_coordinator_at=now if actor is COORDINATOR else tandem.agreed_by_coordinator_at,
            agreed_on=today if after.status is AGREED else None,
        )
    if after.status is ENDED:
        because = _ALWAYS_SO.get(step, reason)
        if step is TandemStep.END and because not in REASONS[actor]:
            raise refusals.end_reason(sorted(REASONS[actor]))
        return replace(after, ended_at=now, end_reason=because)
    return after


def taken_up_again(tandem: Tandem, now: datetime) -> Tandem:
    """The tandem as it was before it ended because its placement was over, which it is no longer."""
    status = AGREED if tandem.agreed_on else TRIAL if tandem.trial_until else PROPOSED
    return replace(tandem, version=tandem.version + 1, status=status, changed_at=now, ended_at=None, end_reason=None)


def check_placement(status: PlacementStatus) -> None:
    """Refuse a proposal to somebody who holds no place with the organisation.

    Raises
    ------
    Refusal
        `tandem-without-placement`.
    """
    if status not in PROPOSABLE:
        raise refusals.without_placement()


def check_beginning(status: PlacementStatus, undertaking_valid: bool) -> None:
    """Refuse the beginning before the placement has begun, or without a signed undertaking.

    From then on the volunteer learns about another person (Art. 32(4) DSGVO, Verpflichtung auf Vertraulichkeit).

    Raises
    ------
    Refusal
        `placement-not-active` or `undertaking-missing`.
    """
    if status is not PlacementStatus.ACTIVE:
        raise refusals.placement_not_active()
    if not undertaking_valid:
        raise refusals.undertaking_missing()


def prolonged(tandem: Tandem, until: date, today: date) -> Tandem:
    """The trial with another last day.

    Raises
    ------
    Refusal
        `trial-period`: not later than before, in the past, or more than a year after the proposal.
    """
    before = tandem.trial_until or today
    latest = tandem.proposed_at.astimezone(BERLIN).date() + timedelta(days=TRIAL_DAYS_AT_MOST)
    if not max(before, today) < until <= latest:
        raise refusals.trial_period(latest)
    return replace(tandem, trial_until=until)


def settled(check_in: CheckIn, outcome: Outcome, status: CheckInStatus, now: datetime) -> CheckIn:
    """The check-in after it took place, or did not.

    Raises
    ------
    Refusal
        `check-in-settled`, `check-in-outcome`.
    """
    if check_in.status is not CheckInStatus.DUE:
        raise refusals.check_in_settled()
    allowed = DONE if status is CheckInStatus.DONE else SKIPPED
    if outcome not in allowed:
        raise refusals.check_in_outcome(sorted(allowed))
    return replace(check_in, version=check_in.version + 1, status=status, outcome=outcome, settled_at=now)


def next_due(check_in_days: int, today: date) -> date:
    """When to ask next: the interval counts from the day on which it was asked, so nothing piles up."""
    return today + timedelta(days=check_in_days)


def by_fit(fitting: Iterable[Fitting], languages: Iterable[str], wishes: Iterable[Wish]) -> list[Fitting]:
    """Whom to propose: most languages in common first, then wishes, then those with the fewest tandems."""
    spoken, wished = set(languages), set(wishes)
    shared = [
        replace(
            each,
            languages=tuple(code for code in each.languages if code in spoken),
            wishes=tuple(wish for wish in each.wishes if wish in wished),
        )
        for each in fitting
    ]
    return sorted(shared, key=lambda each: (-len(each.languages), -len(each.wishes), each.tandems, each.placement_id))
