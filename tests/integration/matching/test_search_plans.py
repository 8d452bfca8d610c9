"""The public searches read few rows, however many there are: every list, in every order, with every filter.

Counted are the rows that the scans of a plan really touched, on 8,000 offers in six towns and the country around them.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import psycopg
import pytest

from services.matching.store import activities, offer_search, shifts, templates
from services.matching.store.nearest import nearest
from shared.postgres.lists import Asked, ListQuery
from tests.integration.matching.people import Platform
from tests.support.platform import PlatformDatabase
from tests.support.served import emptied

SQL = Path(offer_search.__file__).with_suffix(".sql").read_text(encoding="utf-8")
MANY = 8_000
ORGANISATION = UUID(int=7)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE = asyncpg.Point(0.0, 0.0)
GIVEN: dict[str, Any] = {
    "today": NOW.date(),
    "now": NOW,
    "since": NOW,
    "until": datetime(2026, 4, 1, tzinfo=UTC),
    "district": "03001",
    "districts": ["03001"],
    "topic": "topic_7",
    "kind": "topic_7",
    "organisation_id": ORGANISATION,
    "offer_id": UUID(int=1),
    "series_id": uuid4(),
    "language": "ti",
    "day": "sunday",
    "words": "Wort77",
    "here": HERE,
    "within_km": 25.0,
    "is_stale": False,
}
FILL = f"""
INSERT INTO organisations SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 'Demo', 'verified'
FROM generate_series(0, 99) AS n;
INSERT INTO offers (
    offer_id, version, organisation_id, coordinator_id, title, description, topic, district, postal_code, weekly, days,
    languages_required, language_levels, languages_welcome, qualifications, places, urgency, urgency_set_at,
    effective_urgency, effective_on, status, confirmed_on, is_stale, location, created_at, changed_at
)
SELECT
    ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 1,
    ('00000000-0000-0000-0000-' || lpad(to_hex(n % 100), 12, '0'))::uuid, gen_random_uuid(),
    'Angebot Wort' || n % 400, 'Etwas mit Menschen', 'topic_' || n % 40, lpad((3000 + n % 45)::text, 5, '0'), '29221', '[]',
    CASE WHEN n % 70 = 0 THEN ARRAY['sunday'] ELSE ARRAY['tuesday'] END,
    CASE WHEN n % 80 = 0 THEN ARRAY['ti'] ELSE '{{}}' END,
    CASE WHEN n % 80 = 0 THEN ARRAY['B1'] ELSE '{{}}' END, ARRAY['de'], '{{}}', 2, 3, now(), 1 + (n % 400) / 100.0,
    '2026-03-01', 'published', '2026-03-01', n % 10 = 0,
    -- Two thirds in six towns, the others anywhere within 400 kilometres.
    CASE WHEN n % 3 < 2 THEN point((n % 6) * 50 + random() * 8, random() * 8)
    ELSE point(random() * 400 - 200, random() * 400 - 200) END,
    now(), now()
FROM generate_series(1, {MANY}) AS n;
INSERT INTO activities (
    activity_id, version, organisation_id, coordinator_id, kind, title, description, translations, topic, district,
    postal_code, venue, weekly, days, times, languages, website, confirmed_on, is_stale, location, created_at, changed_at
)
SELECT
    offer_id, 1, organisation_id, coordinator_id, topic, title, description, '{{}}', topic, district, postal_code, '',
    '[]', days, '', languages_required || languages_welcome, '', confirmed_on, is_stale, location, now(), now()
FROM offers;
INSERT INTO shifts (
    shift_id, version, offer_id, organisation_id, local_start, starts_at, ends_at, places, minimum_staffing, status,
    created_at, changed_at
)
SELECT
    gen_random_uuid(), 1, offer_id, organisation_id, '2026-03-03T15:00',
    '2026-03-03T14:00Z'::timestamptz + day * interval '1 day',
    '2026-03-03T16:00Z'::timestamptz + day * interval '1 day', 2, 1, 'planned', now(), now()
FROM (SELECT offer_id, organisation_id FROM offers LIMIT 800) AS o, generate_series(0, 9) AS day;
INSERT INTO offer_templates
SELECT offer_id, 1, organisation_id, 'Vorlage', '{{}}', now(), now() FROM offers;
ANALYZE;
"""
LISTS = (
    offer_search.PUBLISHED,
    offer_search.NEAR,
    activities.PUBLISHED,
    activities.NEAR,
    activities.OF_ORGANISATION,
    shifts.OF_OFFER,
    shifts.UNDERSTAFFED,
    templates.OF_ORGANISATION,
)
UPWARDS_ONLY = (offer_search.NEAR, activities.NEAR)
"""The farthest first is refused: no index gives that."""


def _scans(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Of each scan: the table, and the rows that it touched."""
    if "Relation Name" in node and "Scan" in node["Node Type"]:
        rows = (
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        )
        yield node["Relation Name"], round(rows * node["Actual Loops"])
    for inner in node.get("Plans", []):
        yield from _scans(inner)


async def touched(connection: Any, statement: str, arguments: list[Any]) -> dict[str, int]:
    """How many rows of each table a statement really touches."""
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    found: dict[str, int] = {}
    for table, rows in _scans((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
        found[table] = found.get(table, 0) + rows
    return found


def ways(listed: ListQuery) -> Iterator[tuple[Asked, dict[str, Any]]]:
    for asked, given in listed.shapes():
        if not (asked.descending and listed in UPWARDS_ONLY):
            yield (
                asked,
                {
                    name: None if name in listed.optional and name not in given else GIVEN[name]
                    for name in listed.parameters
                },
            )


@pytest.fixture
def filled(platform: Platform, matching_database: PlatformDatabase) -> Iterator[Platform]:
    with psycopg.connect(matching_database.admin_dsn, autocommit=True, options="-csearch_path=matching") as owner:
        # Neither triggers nor keys to other tables: what they keep is not looked at here.
        owner.execute("SET session_replication_role = replica")
        owner.execute("SELECT setseed(0.4)")
        owner.execute(FILL.encode())
    yield platform
    emptied(matching_database, "matching")


async def test_no_search_reads_more_than_a_small_part(filled: Platform) -> None:
    wrong = []
    async with filled.database.reading() as connection:
        for listed in LISTS:
            for asked, parameters in ways(listed):
                statement, arguments = listed.statement(asked, parameters)
                rows = await touched(connection, statement, arguments)
                given = [name for name in listed.optional if parameters[name] is not None]
                allowed = 300 if listed in UPWARDS_ONLY and not given else MANY / 5
                if (most := max(rows.values(), default=0)) > allowed:
                    wrong.append(f"{listed.name} by {asked.sort}{' down' * asked.descending}, {given}: {most} {rows}")
    assert not wrong, "\n".join(wrong)


async def test_what_is_similar_and_what_a_district_has_is_read_by_index(filled: Platform) -> None:
    today = NOW.date()
    near = {"offer_id": uuid4(), "topic": "topic_7", "words": "'Wort77' | 'Werkstatt'", "here": HERE}
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("similar_offers", near | {"within_km": 5.0, "today": today, "at_most": 10}),
        ("coverage_of_district", {"district": "03001", "now": NOW, "today": today}),
        ("doubled_in_district", {"district": "03001", "today": today, "within_km": 5.0}),
    ]
    async with filled.database.reading() as connection:
        for name, parameters in wanted:
            written = SQL.split(f"-- name: {name}\n")[1].split("-- name: ")[0]
            order = dict.fromkeys(re.findall(r"(?<![:\w]):([a-z_]\w*)", written.partition("\n")[2]))
            rows = await touched(
                connection, getattr(offer_search.queries, name).sql, [parameters[each] for each in order]
            )
            assert max(rows.values()) <= MANY / 8, (name, rows)


class Explaining:
    """A connection that counts the rows which its statements touch."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.rows = connection, 0

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        self.rows += max((await touched(self.connection, statement, list(arguments))).values(), default=0)
        return await self.connection.fetch(statement, *arguments)


@pytest.mark.parametrize(("listed", "named"), [(offer_search.NEAR, "offer_id"), (activities.NEAR, "activity_id")])
async def test_a_wide_search_with_a_common_filter_reads_no_more_than_the_nearest_and_finds_the_same(
    filled: Platform, listed: ListQuery, named: str
) -> None:
    within_km, given = 200.0, dict.fromkeys(listed.optional) | {"day": "tuesday"}
    parameters = {name: given.get(name, GIVEN.get(name)) for name in listed.parameters if name != "is_stale"}
    async with filled.database.reading() as connection:
        at_once = await listed.fetch(
            connection, Asked("distance", 60), **parameters | {"within_km": within_km, "is_stale": False}
        )
        counting = Explaining(connection)
        first = await nearest(counting, listed, Asked("distance", 30), parameters, within_km, named)
        last = list(first.items())[-1]
        second = await nearest(
            counting, listed, Asked("distance", 30, after=(last[1], last[0])), parameters, within_km, named
        )
        assert [*first, *second] == [row[named] for row in at_once]
        assert counting.rows <= MANY / 3, counting.rows
        rare = await nearest(
            connection, listed, Asked("distance", 5_000), parameters | {"day": "sunday"}, within_km, named
        )
        everywhere = "SELECT count(*) FROM {} WHERE 'sunday' = ANY (days) AND location <@ circle(point(0, 0), 200)"
        assert len(rare) == await connection.fetchval(
            everywhere.format("offers" if named == "offer_id" else "activities")
        )
