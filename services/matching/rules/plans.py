"""What a plan weighs, and what it says about places that it leaves open."""

from collections.abc import Mapping, Sequence

from services.matching.models.offers import Offer
from services.matching.models.plans import Funnel, OpenNeed, PlannedNeed, WhyOpen
from services.matching.rules.assignment import MICRO
from services.matching.rules.times import periods_overlap, times_overlap

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

    `filled` of the places go to people who fit; the question is what the next one lacks.
    """
    stages = (
        (WhyOpen.NO_ONE_NEAR, funnel.near),
        (WhyOpen.NO_ONE_WITH_LANGUAGE, funnel.speaking),
        (WhyOpen.NO_ONE_CLEARED, funnel.cleared),
        (WhyOpen.NO_ONE_QUALIFIED, funnel.qualified),
        (WhyOpen.NO_ONE_OF_AGE, funnel.of_age),
    )
    for reason, left in stages:
        if left <= filled:
            return reason
    if funnel.fitting > filled:
        return WhyOpen.NEEDED_ELSEWHERE
    return WhyOpen.NO_ONE_AVAILABLE


def counted(people: int) -> int | None:
    """A number of people as it may be told to whoever sees no persons: None for one to four."""
    return people if people == 0 or people >= COUNTED_FROM else None


def summary(needs: Sequence[PlannedNeed], asked: int, worth: float, worth_alone: float) -> Mapping[str, object]:
    """A plan in figures, beside what is so today and what the best pairing one after the other would bring.

    Parameters
    ----------
    asked
        How many different people are proposed.
    worth, worth_alone
        The objective of the plan and of the greedy choice.
    """
    topics: dict[str, dict[str, int]] = {}
    for each in needs:
        of_topic = topics.setdefault(each.topic, {"needs": 0, "places_open": 0, "filled": 0, "best_alone": 0})
        of_topic["needs"] += 1
        of_topic["places_open"] += each.places_open
        of_topic["filled"] += each.filled
        of_topic["best_alone"] += each.best_alone
    urgent = [each for each in needs if each.urgency >= 4]
    return {
        "needs": len(needs),
        "places_open": sum(each.places_open for each in needs),
        "filled": sum(each.filled for each in needs),
        "best_alone": sum(each.best_alone for each in needs),
        "urgent_places_open": sum(each.places_open for each in urgent),
        "urgent_filled": sum(each.filled for each in urgent),
        "urgent_best_alone": sum(each.best_alone for each in urgent),
        "people": asked,
        "worth": round(worth, 6),
        "worth_alone": round(worth_alone, 6),
        "topics": [{"topic": topic, **counts} for topic, counts in sorted(topics.items())],
    }


def overlapping(needs: Sequence[tuple[OpenNeed, Offer]]) -> list[tuple[int, int]]:
    """Pairs of needs, by index, that one person cannot take together: their times meet, or they are of one offer."""
    found = []
    for later, (need, offer) in enumerate(needs):
        for earlier in range(later):
            other, other_offer = needs[earlier]
            if offer.offer_id == other_offer.offer_id or _meet(need, offer, other, other_offer):
                found.append((earlier, later))
    return found


def _meet(need: OpenNeed, offer: Offer, other: OpenNeed, other_offer: Offer) -> bool:
    if need.starts_at and need.ends_at and other.starts_at and other.ends_at:
        return need.starts_at < other.ends_at and other.starts_at < need.ends_at
    if need.starts_at or other.starts_at:
        return False
    return periods_overlap(
        offer.starts_on, offer.ends_on, other_offer.starts_on, other_offer.ends_on
    ) and times_overlap(offer.weekly, other_offer.weekly)
