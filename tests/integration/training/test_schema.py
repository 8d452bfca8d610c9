"""The schema: every named query fits it, lists use their indexes, read models follow their topics by version."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.training.app import build_worker
from services.training.store import enrolments, qualifications
from services.training.store.courses import PUBLISHED
from services.training.store.queries import queries
from services.training.subscribers import projections
from shared.contracts.base import StateData
from shared.contracts.registry import (
    OrganisationRegistered,
    OrganisationUpdated,
    VolunteerErased,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.contracts.vocabulary import OrganisationKind, OrganisationStatus
from shared.messaging.projection import Projection
from shared.messaging.record import Item
from shared.postgres.lists import ListQuery
from shared.telemetry.metrics import Metrics
from tests.integration.training.people import Platform

NAMES = sorted(name for name in queries.available_queries if not name.endswith("_cursor"))


async def test_every_query_can_be_prepared_against_the_schema(platform: Platform) -> None:
    assert NAMES
    async with platform.database.reading() as connection:
        for name in NAMES:
            await connection.prepare(getattr(queries, name).sql)


async def test_the_worker_has_timers_for_everything_that_the_clock_does(platform: Platform) -> None:
    parts = build_worker(platform.settings, platform.database, platform.clock, Metrics())
    assert {timer.name for timer in parts.timers} == {
        "expire-place-offers",
        "close-waiting-lists",
        "end-expired-qualifications",
        "forget-merges",
    }
    for timer in parts.timers:
        assert await platform.let_timer_run(timer.name) == 0


def volunteer(volunteer_id: UUID, version: int, kind: type[Any] = VolunteerRegistered) -> StateData:
    return kind(  # type: ignore[no-any-return]
        volunteer_id=volunteer_id,
        version=version,
        reach_km=15,
        postal_code="29221",
        district="03351",
        registered_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def organisation(organisation_id: UUID, version: int, status: OrganisationStatus) -> StateData:
    kind = OrganisationRegistered if version == 1 else OrganisationUpdated
    return kind(
        organisation_id=organisation_id,
        version=version,
        name="Demo",
        kind=OrganisationKind.INITIATIVE,
        districts=("03351",),
        status=status,
    )


async def apply(platform: Platform, name: str, *events: StateData) -> None:
    (projection,) = [each for each in projections() if each.name == name]
    assert isinstance(projection, Projection)
    items = [Item(record=None, key=type(event).contract.key_of(event), event=event) for event in events]  # type: ignore[arg-type]
    async with platform.database.transaction() as tx:
        await projection.apply(tx.connection, items, tx.now)


async def test_volunteers_are_known_until_they_are_erased(platform: Platform) -> None:
    volunteer_id = uuid4()
    known = "SELECT version FROM volunteers WHERE volunteer_id = $1"
    await apply(platform, "volunteers", volunteer(volunteer_id, 1))
    await apply(platform, "volunteers", volunteer(volunteer_id, 3, VolunteerUpdated))
    await apply(platform, "volunteers", volunteer(volunteer_id, 2, VolunteerUpdated))
    assert await platform.value(known, volunteer_id) == 3
    erased = VolunteerErased(volunteer_id=volunteer_id, version=4, erased_at=platform.now)
    await apply(platform, "volunteers", erased)
    await apply(platform, "volunteers", volunteer(volunteer_id, 3, VolunteerUpdated))
    assert await platform.value(known, volunteer_id) is None


async def test_an_organisation_is_as_its_newest_version_says(platform: Platform) -> None:
    organisation_id = uuid4()
    status = "SELECT status FROM organisations WHERE organisation_id = $1"
    await apply(platform, "organisations", organisation(organisation_id, 2, OrganisationStatus.VERIFIED))
    await apply(platform, "organisations", organisation(organisation_id, 1, OrganisationStatus.REGISTERED))
    assert await platform.value(status, organisation_id) == "verified"
    await apply(platform, "organisations", organisation(organisation_id, 3, OrganisationStatus.SUSPENDED))
    assert await platform.value(status, organisation_id) == "suspended"


INDEXES = {
    "next_waiting": ("enrolments_waiting",),
    "is_enrolled": ("enrolments_once",),
    "courses_with_overdue_offers": ("enrolments_offered",),
    "courses_to_close": ("courses_to_close",),
    "expired_qualifications": ("qualifications_by_expiry",),
    "live_qualifications": ("qualifications_once",),
    "marks_of_enrolments": ("attendance_by_enrolment",),
    "sessions_of": ("sessions_by_course",),
}


async def test_what_is_asked_often_is_answered_by_an_index(platform: Platform) -> None:
    async with platform.database.reading() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for name, indexes in INDEXES.items():
            sql = getattr(queries, name).sql
            unknown = ", ".join(["NULL"] * len(set(re.findall(r"\$[0-9]+", sql))))
            await connection.execute(f"PREPARE asked AS {sql}")
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE asked ({unknown})"))
            await connection.execute("DEALLOCATE asked")
            assert any(index in plan for index in indexes), f"{name}\n{plan}"


@pytest.mark.parametrize(
    ("listed", "whose", "index"),
    [
        (enrolments.LISTED, "volunteer_id", "enrolments_by_volunteer"),
        (enrolments.LISTED, "course_id", "enrolments_by_course"),
        (qualifications.LISTED, "volunteer_id", "qualifications_by_volunteer"),
    ],
)
async def test_what_is_somebodys_is_listed_by_an_index(
    platform: Platform, listed: ListQuery, whose: str, index: str
) -> None:
    nothing = dict.fromkeys(listed.parameters)
    async with platform.database.reading() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for asked, _ in listed.shapes():
            statement, arguments = listed.statement(asked, {**nothing, whose: uuid4()})
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *arguments))
            assert index in plan, f"{asked}\n{plan}"


async def test_every_order_of_the_list_of_courses_is_answered_by_an_index(platform: Platform) -> None:
    sought = {"district": "03351", "grants": "basic", "organisation_id": uuid4()}
    async with platform.database.reading() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for asked, given in PUBLISHED.shapes():
            told = {name: value if name in given else None for name, value in sought.items()}
            statement, arguments = PUBLISHED.statement(asked, {"earliest": datetime.now(UTC), **told})
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *arguments))
            assert "courses_by_" in plan, f"{asked} {given}\n{plan}"
