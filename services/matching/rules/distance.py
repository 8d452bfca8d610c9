"""Distances between the middles of postal codes, and the boxes that an index can be asked for."""

from math import asin, cos, dist, radians, sin, sqrt

from services.matching.models.places import Box, Plane, Point
from shared.geography.plane import plane

EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * radians(1)
_MARGIN = 1.001


def kilometres(one: Point, other: Point) -> float:
    """The great-circle distance (haversine) in kilometres."""
    north = radians(other.latitude - one.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def on_plane(point: Point) -> Plane:
    """The same place in kilometres, for which an index answers "nearest first"."""
    return plane(point.latitude, point.longitude)


def box_around(middle: Point, km: float) -> Box:
    """A box that holds every point within `km` of `middle` (no smaller, a little larger)."""
    high = km / KM_PER_DEGREE * _MARGIN
    angle = sin(min(km / EARTH_RADIUS_KM, radians(90)))
    narrow = cos(radians(min(89.0, abs(middle.latitude))))
    wide = 180.0 if angle >= narrow else _degrees_of_sine(angle / narrow) * _MARGIN
    return Box(middle.latitude - high, middle.latitude + high, middle.longitude - wide, middle.longitude + wide)


def shrink_of_longitude(middle: Point) -> float:
    """How much shorter a degree of longitude is than one of latitude: for a quick order of near points."""
    return cos(radians(middle.latitude))


def _degrees_of_sine(value: float) -> float:
    return asin(value) / radians(1)


def kilometres_on_plane(one: Plane, other: Plane) -> float:
    """The same on the plane, as the index measures it."""
    return dist(one, other)
