"""Districts and places, as they are stored and shown."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from shared.contracts.vocabulary import AGS, PostalCode


class District(BaseModel):
    """A Landkreis or a kreisfreie Stadt."""

    ags: AGS
    name: str = Field(min_length=1, max_length=200)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    attribution: str = Field("", max_length=200, description="whom to name where this is shown, by the data's licence")
    seat: str = Field("", exclude=True)
    """The town where its administration sits, as far as it is known."""
    sort_name: str = Field("", exclude=True)


class NamedDistrict(BaseModel):
    """A district to choose from."""

    ags: AGS
    name: str


class PlaceAnswer(BaseModel):
    """A postal code with the districts in which it may lie; `exact` is false when they were estimated."""

    postal_code: PostalCode
    name: str | None = Field(description="null: no source that was loaded knows it")
    latitude: float
    longitude: float
    districts: list[NamedDistrict]
    exact: bool
    attribution: str = Field("", description="whom to name where this is shown, by the data's licence; empty: nobody")


@dataclass(frozen=True)
class PlaceFacts:
    """What is known of one postal code from a source. Degrees, WGS 84."""

    postal_code: str
    name: str
    latitude: float
    longitude: float
    districts: tuple[str, ...]
    exact: bool
    attribution: str = ""


@dataclass(frozen=True)
class BadLine:
    """A line of a file that says nothing: its number, from 1, and a word for what is wrong."""

    number: int
    fault: str


@dataclass(frozen=True)
class Loaded:
    """What a load did: districts new or changed; places told, new, changed, left as they were; lines that were skipped."""

    districts: int = 0
    places: int = 0
    registered: int = 0
    updated: int = 0
    unchanged: int = 0
    bad_lines: tuple[BadLine, ...] = ()
    bad_line_count: int = 0
