"""Postal codes."""

from pydantic import Field

from shared.contracts.base import StateData, contract
from shared.contracts.vocabulary import (
    AGS,
    PostalCode,
)


class Place(StateData):
    """A postal code with the coordinates of its middle (WGS 84, degrees) and the districts in which it lies."""

    postal_code: PostalCode
    name: str = Field("", max_length=200)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    districts: tuple[AGS, ...] = ()


@contract("place-registered", topic="registry.places", key="postal_code")
class PlaceRegistered(Place):
    pass


@contract("place-updated", topic="registry.places", key="postal_code")
class PlaceUpdated(Place):
    pass
