"""Districts and places, as they are stored and shown."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from shared.contracts.vocabulary import AGS, PostalCode


class District(BaseModel):
    """A Landkreis or a kreisfreie Stadt."""

    ags: AGS
    name: str
    latitude: float
    longitude: float
    seat: str = Field("", exclude=True)
    """The town where its administration sits; of the shipped districts only."""


class NamedDistrict(BaseModel):
    """A district to choose from."""

    ags: AGS
    name: str


class PlaceAnswer(BaseModel):
    """A postal code with the districts in which it may lie; `exact` is false when they were estimated."""

    postal_code: PostalCode
    name: str
    latitude: float
    longitude: float
    districts: list[NamedDistrict]
    exact: bool


@dataclass(frozen=True)
class PlaceFacts:
    """What is known of one postal code from a source. Degrees, WGS 84."""

    postal_code: str
    name: str
    latitude: float
    longitude: float
    districts: tuple[str, ...]
    exact: bool


@dataclass(frozen=True)
class Loaded:
    """What a load did: places told, written anew, changed, left as they were, and the numbers of unreadable lines."""

    places: int = 0
    registered: int = 0
    updated: int = 0
    unchanged: int = 0
    bad_lines: tuple[int, ...] = ()
