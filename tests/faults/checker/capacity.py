"""No more places taken than there are: of whatever has places, and counted by whoever holds one."""

from collections import Counter

from services.matching.models.placements import HOLDS_A_PLACE
from shared.contracts.topics import SERVICES
from tests.system.platform import RunningPlatform

HOLDS_A_SEAT = ("enrolled", "offered", "attended", "absent")


def overbooked(platform: RunningPlatform, compared: Counter[str] | None = None) -> list[str]:
    """Every table that counts `places_taken` of `places` (offers, shifts, courses, whatever comes), and the counts."""
    tables = platform.rows(
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.columns"
        " WHERE table_schema = ANY(%s) AND column_name IN ('places', 'places_taken')"
        " GROUP BY 1 HAVING count(*) = 2 ORDER BY 1",
        list(SERVICES),
    )
    if compared is not None:
        for table in tables:
            counted = platform.rows(f"SELECT count(*) AS number FROM {table['name']} WHERE places_taken > 0")
            compared[f"places-taken-{table['name']}"] += counted[0]["number"]
    found = [
        f"{table['name']} is overbooked: {row['held'][:200]}"
        for table in tables
        for row in platform.rows(
            f"SELECT t::text AS held FROM {table['name']} AS t WHERE places_taken > places OR places_taken < 0"
        )
    ]
    return found + _miscounted(platform)


def _miscounted(platform: RunningPlatform) -> list[str]:
    found: list[str] = []
    for of, key, table, pool, holding in (
        ("matching.offers", "offer_id", "matching.placements", "pool_id", sorted(HOLDS_A_PLACE)),
        ("matching.shifts", "shift_id", "matching.placements", "pool_id", sorted(HOLDS_A_PLACE)),
        ("training.courses", "course_id", "training.enrolments", "course_id", list(HOLDS_A_SEAT)),
    ):
        found += [
            f"{of} {row['id']}: {row['held']} hold one of {row['places']} places, counted are {row['places_taken']}"
            for row in platform.rows(
                f"SELECT o.{key} AS id, o.places, o.places_taken, count(p.{pool}) AS held"
                f" FROM {of} o LEFT JOIN {table} p ON p.{pool} = o.{key} AND p.status = ANY(%s)"
                f" GROUP BY o.{key} HAVING count(p.{pool}) > o.places OR count(p.{pool}) <> o.places_taken",
                [str(status) for status in holding],
            )
        ]
    return found
