"""What an offer must keep, whether it is new or changed."""

from services.matching import refusals
from services.matching.models.offers import Offer
from services.matching.models.places import Place


def check_offer(offer: Offer, place: Place | None) -> None:
    """Refuse an offer that contradicts itself or lies nowhere.

    Raises
    ------
    Refusal
        `offer-period`, `postal-code-unknown` or `district-does-not-fit`.
    """
    if offer.starts_on and offer.ends_on and offer.ends_on < offer.starts_on:
        raise refusals.offer_period()
    if place is None:
        raise refusals.postal_code_unknown()
    if place.districts and offer.district not in place.districts:
        raise refusals.district_does_not_fit(place.districts)


def check_places(places: int, places_taken: int) -> None:
    """Refuse fewer places than are taken.

    Raises
    ------
    Refusal
        `places-below-taken`, with the number taken.
    """
    if places < places_taken:
        raise refusals.places_below_taken(places_taken)
