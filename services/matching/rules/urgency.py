"""How much of an offer's urgency is left: it decays towards 1 with its half-life, unless somebody sets it anew."""

from datetime import datetime, timedelta

from services.matching.models.offers import Offer

LEAST = 1.0


def effective_urgency(offer: Offer, now: datetime) -> float:
    """What is left of the urgency at an instant, in 1..5; without a half-life it stays as it was set."""
    if offer.urgency_half_life_days is None or offer.urgency_set_at is None:
        return float(offer.urgency)
    passed = max(timedelta(0), now - offer.urgency_set_at) / timedelta(days=offer.urgency_half_life_days)
    return LEAST + (offer.urgency - LEAST) * float(2.0**-passed)
