"""In which district a postal code lies: exactly by import, otherwise estimated from the seats of the districts."""

from collections.abc import Iterable, Sequence
from math import asin, cos, radians, sin, sqrt

from services.registry.models.places import District, NamedDistrict
from shared.runtime.errors import Reason, Refusal

EARTH_RADIUS_KM = 6371.0
CANDIDATES_AT_MOST = 8
DISTANCE_RATIO = 2.5
DISTANCE_MARGIN_KM = 10.0
"""A seat is a candidate when it is at most so much farther than the nearest one. With these numbers 98.9 % of the postal
codes of Niedersachsen have their true district among the candidates, 2.5 candidates on average, and a code in the middle of
a district has one."""

SEAT_WITHIN_KM = 60.0
"""Nobody lives farther from the seat of their district; where the nearest seat is farther, its Land is not loaded."""
SEAT_RADIUS_KM = 4.0
LAND = "03"
"""The AGS of Niedersachsen begins so."""

NIEDERSACHSEN = (
    (19271, 19273), (21202, 21449), (21522, 21522), (21601, 21789), (26001, 27478), (27607, 27809), (28784, 29399),
    (29431, 31868), (34331, 34353), (34355, 34355), (37001, 37194), (37197, 37199), (37401, 37649), (37689, 37691),
    (37697, 38479), (38501, 38729), (48442, 48465), (48478, 48480), (48486, 48488), (48497, 48531), (49001, 49459),
    (49551, 49849),
)  # fmt: skip
"""The ranges of postal codes of the Land, both ends included."""


def kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance of two points in degrees (haversine)."""
    north = radians(other_latitude - latitude)
    east = radians(other_longitude - longitude)
    half = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(half, 1.0)))


def lies_in_niedersachsen(postal_code: str) -> bool:
    """Whether the postal code belongs to the Land."""
    number = int(postal_code)
    return any(first <= number <= last for first, last in NIEDERSACHSEN)


def estimated_districts(
    postal_code: str, latitude: float, longitude: float, districts: Iterable[District]
) -> tuple[str, ...]:
    """The districts (AGS) in which a postal code probably lies, nearest seat first; none where none is near.

    Which postal codes lie in Niedersachsen is known, so no district of it is offered to others, and no other to it.
    """
    here = lies_in_niedersachsen(postal_code)
    near = sorted(
        (kilometres(latitude, longitude, d.latitude, d.longitude), d.ags)
        for d in districts
        if d.ags.startswith(LAND) == here
    )
    if not near or near[0][0] > SEAT_WITHIN_KM:
        return ()
    farthest = max(near[0][0] * DISTANCE_RATIO, near[0][0] + DISTANCE_MARGIN_KM)
    return tuple(ags for distance, ags in near[:CANDIDATES_AT_MOST] if distance <= farthest)


def seat_of(postal_code: str, latitude: float, longitude: float, districts: Iterable[District]) -> str:
    """The name of the town when the postal code is that of a district's seat, otherwise empty."""
    here = lies_in_niedersachsen(postal_code)
    distances = (
        (kilometres(latitude, longitude, d.latitude, d.longitude), d.seat)
        for d in districts
        if d.seat and d.ags.startswith(LAND) == here
    )
    near = min(distances, default=None)
    return near[1] if near is not None and near[0] <= SEAT_RADIUS_KM else ""


def chosen_district(candidates: Sequence[NamedDistrict], chosen: str | None) -> str:
    """The district of a person in a place.

    Raises
    ------
    Refusal
        `district-needed` with the choices, `district-not-here` when the chosen one is none of them, `place-not-served`
        when the place lies in no district that is known here.
    """
    if not candidates:
        raise Refusal(
            Reason.INVALID,
            "place-not-served",
            de="Für diese Postleitzahl ist hier noch kein Landkreis hinterlegt.",
            en="No district is recorded here for this postal code yet.",
        )
    if chosen is None:
        if len(candidates) == 1:
            return candidates[0].ags
        raise Refusal(
            Reason.INVALID,
            "district-needed",
            de="Zu dieser Postleitzahl kommen mehrere Landkreise in Frage. Bitte wählen Sie Ihren aus.",
            en="This postal code may lie in several districts. Please choose yours.",
            districts=[district.model_dump() for district in candidates],
        )
    if chosen not in {district.ags for district in candidates}:
        raise Refusal(
            Reason.INVALID,
            "district-not-here",
            de="Dieser Landkreis gehört nicht zu der Postleitzahl.",
            en="This district does not belong to the postal code.",
            districts=[district.model_dump() for district in candidates],
        )
    return chosen


def place_not_found() -> Refusal:
    """There is no place with this postal code. Places are public: this has nothing to do with anybody's scope."""
    return Refusal(
        Reason.NOT_FOUND,
        "place-not-found",
        de="Diese Postleitzahl gibt es nicht.",
        en="There is no such postal code.",
    )


def postal_code_unknown() -> Refusal:
    """There is no such postal code."""
    return Refusal(
        Reason.INVALID,
        "postal-code-unknown",
        de="Diese Postleitzahl gibt es nicht.",
        en="There is no such postal code.",
    )
