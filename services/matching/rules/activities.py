"""What an entry of the directory must keep."""

from services.matching import refusals
from services.matching.models.activities import Activity
from services.matching.models.places import Place


def check_activity(activity: Activity, place: Place | None) -> Place:
    """The place where it is; refuse an entry that lies nowhere.

    Raises
    ------
    Refusal
        `translation-into-german`, `postal-code-unknown` or `district-does-not-fit`.
    """
    if "de" in activity.translations:
        raise refusals.translation_into_german()
    if place is None:
        raise refusals.postal_code_unknown()
    if place.districts and activity.district not in place.districts:
        raise refusals.district_does_not_fit(place.districts)
    return place
