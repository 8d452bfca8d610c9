"""Where something is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """WGS 84, degrees."""

    latitude: float
    longitude: float


Plane = tuple[float, float]
"""Kilometres east and north of the middle of Germany (`rules/distance.py`)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of latitudes and longitudes, degrees: what an index can be asked for."""

    south: float
    north: float
    west: float
    east: float


@dataclass(frozen=True, slots=True)
class Place:
    """A postal code with the coordinates of its middle and the districts in which it may lie."""

    postal_code: str
    name: str
    point: Point
    districts: tuple[str, ...]
