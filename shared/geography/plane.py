"""Germany on a plane: kilometres instead of degrees, because an index can answer "nearest first" for them.

Lambert's conformal conic projection as Germany's maps use it (EPSG:4839), on the sphere: true to 0.2 % in Germany.
"""

from math import cos, log, pi, radians, sin, tan

EARTH_RADIUS_KM = 6371.0
_ORIGIN_LATITUDE, _ORIGIN_LONGITUDE = radians(51.0), radians(10.5)
_SOUTHERN, _NORTHERN = radians(48.0 + 2 / 3), radians(53.0 + 2 / 3)


def _steepness(latitude: float) -> float:
    return tan(pi / 4 + latitude / 2)


_CONE = log(cos(_SOUTHERN) / cos(_NORTHERN)) / log(_steepness(_NORTHERN) / _steepness(_SOUTHERN))
_SCALE = EARTH_RADIUS_KM * cos(_SOUTHERN) * _steepness(_SOUTHERN) ** _CONE / _CONE


def plane(latitude: float, longitude: float) -> tuple[float, float]:
    """Kilometres east and north of the middle of Germany; degrees, WGS 84."""
    radius = _SCALE / _steepness(radians(latitude)) ** _CONE
    angle = _CONE * (radians(longitude) - _ORIGIN_LONGITUDE)
    return radius * sin(angle), _SCALE / _steepness(_ORIGIN_LATITUDE) ** _CONE - radius * cos(angle)
