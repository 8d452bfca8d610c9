"""What a plan weighs, and what it says about places that it leaves open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.matching.models.offers import Offer
from services.matching.models.plans import Funnel, OpenNeed, PlannedNeed, WhyOpen
from services.matching.models.volunteers import Commitment, Dated
from services.matching.rules.assignment import MICRO
from services.matching.rules.times import commitments_overlap

COUNTED_FROM = 5
"""Fewer people than that are not told as a number."""


def benefit(score: float, urgency: float, weight_of_filling: float) -> int:
    """What a pairing is worth to the plan, in millionths, at least one.

    Parameters
    ----------
    score
        Of the pairing, in [0, 1]: distance, preferences, fairness and the rest as in every list of suggestions.
    urgency
        What the decay has left of it, 1 to 5.
    weight_of_filling
        In [0, 1]: how much it counts that an urgent place is filled at all, against who fills it.
    """
    filling = urgency / 5
    return max(1, round(MICRO * (weight_of_filling * filling + (1 - weight_of_filling) * score)))


def why_open(funnel: Funnel, filled: int) -> WhyOpen:
    """Where the volunteers around an offer get fewer than its places: the first condition that nobody more meets.

    `filled` of the places go to people who fit; the question is what the next one lacks. Whoever fits meets every condition,
    also where the look at those around was bounded and did not see them.
    """
    stages = (
        (WhyOpen.NO_ONE_NEAR, funnel.near),
        (WhyOpen.NO_ONE_WITH_LANGUAGE, funnel.speaking),
        (WhyOpen.NO_ONE_CLEARED, funnel.cleared),
        (WhyOpen.NO_ONE_QUALIFIED, funnel.qualified),
        (WhyOpen.NO_ONE_OF_AGE, funnel.of_age),
    )
    for reason, left in stages:
        if max(left, funnel.fitting) <= filled:
            return reason
    if funnel.fitting > filled:
        return WhyOpen.NEEDED_ELSEWHERE
    return WhyOpen.NO_ONE_AVAILABLE


def counted(people: int) -> int | None:
    """A number of people as it may be told to whoever sees no persons: None for one to four."""
    return people if people == 0 or people >= COUNTED_FROM else None


def told_stages(stages: Mapping[str, int]) -> Mapping[str, int | None]:
    """How many people are left after each condition, as far as it may be told; each are some of those before them.

    A stage is told when nobody or five at least are in it, and nobody or five at least left since the last that was told:
    less would follow from the two.
    """
    told: dict[str, int | None] = {}
    before: int | None = None
    for stage, people in stages.items():
        left_out = 0 if before is None else before - people
        may_be_told = counted(people) is not None and left_out >= 0 and counted(left_out) is not None
        told[stage] = people if may_be_told else None
        before = people if may_be_told else before
    return told


def as_told(need: PlannedNeed) -> PlannedNeed:
    """A need for whoever is not its coordinator.

    `filled` and `best_alone` count places, and as each of them is somebody, people too. A need that is filled altogether
    says of people only that there are as many at least. Where places stay open, the number is that of everybody who could
    be found, and one to four are not told.
    """
    return replace(need, filled=_told(need, need.filled), best_alone=_told(need, need.best_alone))


def _told(need: PlannedNeed, people: int | None) -> int | None:
    if people is None or people >= need.places_open:
        return people
    return counted(people)


def summary(needs: Sequence[PlannedNeed], asked: int, worth: float, worth_alone: float) -> dict[str, Any]:
    """A plan in figures, beside what is so today and what the best pairing one after the other would bring.

    `to_others`: the figures that are others for whoever is not the coordinator of all its needs.

    Parameters
    ----------
    asked
        How many different people are proposed.
    worth, worth_alone
        The objective of the plan and of the greedy choice.
    """
    topics = sorted({each.topic for each in needs})
    urgent = [each for each in needs if each.urgency >= 4]
    figures = {
        "needs": len(needs),
        "places_open": sum(each.places_open for each in needs),
        "urgent_places_open": sum(each.places_open for each in urgent),
        "people": asked,
        "worth": round(worth, 6),
        "worth_alone": round(worth_alone, 6),
        "topics": [
            {
                "topic": topic,
                "needs": sum(each.topic == topic for each in needs),
                "places_open": sum(each.places_open for each in needs if each.topic == topic),
            }
            for topic in topics
        ],
    }
    return {
        **_with_sums(figures, _sums(needs)),
        "to_others": _with_sums({**figures, "people": counted(asked)}, _told_sums(needs)),
    }


_FILLED: Mapping[str, Callable[[PlannedNeed], int | None]] = {
    "filled": lambda need: need.filled,
    "best_alone": lambda need: need.best_alone,
}
Sums = Mapping[str, Mapping[str | None, int | None]]
"""Of each figure the sum over a topic; None: over all of them; `URGENT`: over what is urgent."""
URGENT = "*urgent"


def _with_sums(figures: Mapping[str, Any], sums: Sums) -> dict[str, Any]:
    """The figures with how many places are filled."""
    topics = [{**each, **{name: sums[name][each["topic"]] for name in _FILLED}} for each in figures["topics"]]
    found = {name: sums[name][None] for name in _FILLED}
    return {**figures, **found, **{f"urgent_{name}": sums[name][URGENT] for name in _FILLED}, "topics": topics}


def _sums(needs: Sequence[PlannedNeed]) -> Sums:
    return {
        name: {of: sum(filled(each) or 0 for each in some) for of, some in _groups(needs).items()}
        for name, filled in _FILLED.items()
    }


def _told_sums(needs: Sequence[PlannedNeed]) -> Sums:
    """The sums that may be told: less everything that is told, nobody or five at least are left over."""
    found: dict[str, dict[str | None, int | None]] = {}
    for name, filled in _FILLED.items():
        withheld = [each for each in needs if filled(as_told(each)) is None]
        sums: dict[str | None, int | None] = {}
        for of, some in _groups(needs).items():
            inside = {each.pool_id for each in some}
            within = [each for each in withheld if each.pool_id in inside]
            without = [each for each in withheld if each.pool_id not in inside and of == URGENT]
            is_told = all(counted(sum(filled(each) or 0 for each in part)) is not None for part in (within, without))
            sums[of] = sum(filled(each) or 0 for each in some) if is_told else None
        # What is left over in topics whose sum is not told must not follow from the sum of all.
        unknown = [each for each in withheld if sums[each.topic] is None]
        if counted(sum(filled(each) or 0 for each in unknown)) is None:
            sums[None] = None
        found[name] = sums
    return found


def _groups(needs: Sequence[PlannedNeed]) -> Mapping[str | None, Sequence[PlannedNeed]]:
    groups: dict[str | None, list[PlannedNeed]] = {None: list(needs), URGENT: []}
    for each in needs:
        groups.setdefault(each.topic, []).append(each)
        if each.urgency >= 4:
            groups[URGENT].append(each)
    return groups


def overlapping(needs: Sequence[tuple[OpenNeed, Offer]]) -> list[tuple[int, int]]:
    """Pairs of needs, by index, that one person cannot take together: their times meet, or they are of one offer."""
    found = []
    busy = [_commitment(need, offer) for need, offer in needs]
    for later, one in enumerate(busy):
        for earlier in range(later):
            other = busy[earlier]
            if one.offer_id == other.offer_id or commitments_overlap(one, other):
                found.append((earlier, later))
    return found


def _commitment(need: OpenNeed, offer: Offer) -> Commitment:
    """What somebody who takes the place is busy with."""
    if need.starts_at and need.ends_at:
        return Commitment(offer.offer_id, (), offer.starts_on, offer.ends_on, Dated(need.starts_at, need.ends_at))
    return Commitment(offer.offer_id, offer.weekly, offer.starts_on, offer.ends_on, None)
