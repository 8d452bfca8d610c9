"""The feed of changes: what belongs to an association, in an order in which nothing is ever put in late."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.registry.models.changes import Cursor
from services.registry.rules.changes import cursor_of, cursor_text
from shared.runtime.errors import Refusal
from tests.integration.registry.exchange import Association, association, imported, ndjson, volunteer_row
from tests.integration.registry.platform import Person, Registry


async def number(registry: Registry) -> int:
    return await registry.let_timer_run("number-changes")


async def read(registry: Registry, person: Person, **asked: Any) -> dict[str, Any]:
    answer = await registry.get("/changes", person, **asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def rename(registry: Registry, organisation_id: str, connection: Any) -> None:
    await connection.execute(
        "UPDATE organisations SET version = version + 1, name = $2 WHERE organisation_id = $1",
        organisation_id,
        str(uuid4()),
    )


@pytest.fixture
async def at(registry: Registry) -> Association:
    return await association(registry)


async def test_it_tells_what_belongs_to_the_association_and_nothing_else(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    other = await association(registry, "other")
    stranger = await other.machine("elsewhere")
    await number(registry)
    own = await read(registry, machine)
    assert {c["organisation_id"] for c in own["changes"]} == {at.organisation_id}
    assert [(c["kind"], c["change"]) for c in own["changes"]] == [
        ("organisations", "changed"),
        ("members", "changed"),
        ("organisations", "changed"),
        ("members", "changed"),
    ]
    assert own["changes"][0]["state"]["status"] == "verified"
    assert {c["organisation_id"] for c in (await read(registry, stranger))["changes"]} == {other.organisation_id}
    assert (await registry.get("/changes", stranger, organisation_id=at.organisation_id)).status_code == 404
    assert (await registry.get("/changes", registry.staff("nobody"))).status_code == 403
    assert (await registry.get("/changes")).status_code == 401


async def test_a_reader_goes_on_where_the_last_answer_ended(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    await number(registry)
    first = await read(registry, machine, limit=3)
    assert (len(first["changes"]), first["is_complete"]) == (3, False)
    second = await read(registry, machine, after=first["next"], limit=3)
    assert (len(second["changes"]), second["is_complete"]) == (1, True)
    assert await read(registry, machine, after=second["next"]) == {**second, "changes": []}
    assert (await read(registry, machine, after="now"))["next"] == second["next"]


async def test_a_transaction_that_commits_late_is_never_skipped(registry: Registry, at: Association) -> None:
    """Sequences count when a row is written, transactions commit in another order: a reader must not go by the sequence."""
    machine = await at.machine("crm")
    await number(registry)
    cursor = (await read(registry, machine))["next"]
    async with registry.database.pool.acquire() as late:
        opened = late.transaction()
        await opened.start()
        await late.execute(
            "UPDATE members SET version = version + 1 WHERE memberships @> $1",
            [{"organisation_id": at.organisation_id, "role": "integration"}],
        )
        seen = []
        for _ in range(3):
            async with registry.database.transaction() as tx:
                await rename(registry, at.organisation_id, tx.connection)
            await number(registry)
            page = await read(registry, machine, after=cursor)
            seen += page["changes"]
            cursor = page["next"]
        assert [c["kind"] for c in seen] == ["organisations"] * 3
        highest = await registry.value("SELECT max(position) FROM changes WHERE number IS NOT NULL")
        await opened.commit()
    late_position = await registry.value("SELECT position FROM changes WHERE number IS NULL")
    assert late_position < highest
    await number(registry)
    page = await read(registry, machine, after=cursor)
    assert [c["kind"] for c in page["changes"]] == ["members"]


async def test_many_writers_numberers_and_a_reader_at_once_lose_nothing(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    await number(registry)
    cursor = (await read(registry, machine, after="now"))["next"]
    writing = True
    seen: list[Any] = []

    async def write(turns: int) -> None:
        for _ in range(turns):
            async with registry.database.transaction() as tx:
                await tx.connection.execute(
                    "INSERT INTO changes (organisation_id, kind, id, change)"
                    " VALUES ($1, 'contacts', gen_random_uuid(), 'ended')",
                    at.organisation_id,
                )
                await tx.connection.execute("SELECT pg_sleep(random() / 50)")

    async def number_on() -> None:
        while writing:
            await number(registry)
            await asyncio.sleep(0)

    async def follow() -> None:
        nonlocal cursor
        while True:
            ended = not writing
            page = await read(registry, machine, after=cursor, limit=7)
            seen.extend(c["id"] for c in page["changes"])
            cursor = page["next"]
            if ended and page["is_complete"]:
                return
            await asyncio.sleep(0)

    numbering = [asyncio.create_task(number_on()) for _ in range(2)]
    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(20) for _ in range(4)))
    await number(registry)
    writing = False
    await asyncio.gather(*numbering, following)
    assert len(seen) == len(set(seen)) == 80


async def test_deletions_are_told_by_the_external_id(registry: Registry, at: Association) -> None:
    """Art. 19 DSGVO: whoever told of a person hears that they were erased."""
    machine = await at.machine("crm")
    await imported(registry, machine, "volunteers", ndjson([volunteer_row(1)]))
    await number(registry)
    cursor = (await read(registry, machine))["next"]
    assert not [c for c in (await read(registry, machine))["changes"] if c["kind"] == "volunteers"]
    async with registry.database.transaction() as tx:
        await tx.connection.execute("DELETE FROM volunteers")
    await number(registry)
    (change,) = (await read(registry, machine, after=cursor))["changes"]
    assert (change["kind"], change["change"], change["state"]) == ("volunteers", "ended", None)
    assert change["external_ids"] == [{"source": "crm", "external_id": volunteer_row(1)["external_id"]}]


async def test_an_association_hears_that_an_organisation_leaves_it(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    local = await registry.organisation(registry.staff("local"), umbrella_id=at.organisation_id)
    await number(registry)
    cursor = (await read(registry, machine))["next"]
    path, body = f"/organisations/{local['organisation_id']}", {"umbrella_id": None}
    left = await registry.send("PATCH", path, registry.staff("local"), body, version=local["version"])
    assert left.status_code == 200, left.text
    await number(registry)
    (change,) = (await read(registry, machine, after=cursor))["changes"]
    assert (change["kind"], change["id"], change["change"]) == ("organisations", local["organisation_id"], "ended")


async def test_of_a_volunteer_it_hears_only_after_they_agreed(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    person, _ = await registry.volunteer(mail="known@example.org")
    rows = [volunteer_row(1) | {"mail": "known@example.org"}, volunteer_row(2)]
    await imported(registry, machine, "volunteers", ndjson(rows))
    await number(registry)
    cursor = (await read(registry, machine))["next"]
    await registry.send("PATCH", "/volunteers/me", person, {"reach_km": 3}, version=1)
    await number(registry)
    assert (await read(registry, machine, after=cursor))["changes"] == []
    (link,) = (await registry.get("/volunteers/me/links", person)).json()["items"]
    assert (await registry.post(f"/volunteers/me/links/{link['link_id']}/agreement", person)).status_code == 200
    await number(registry)
    (change,) = (await read(registry, machine, after=cursor))["changes"]
    assert (change["change"], change["id"], change["state"]) == ("changed", link["link_id"], None)
    assert change["id"] != str(person.subject_id)
    # Art. 15(1)(c) DSGVO: who was told what of the person.
    (told,) = (await registry.get("/me/export", person)).json()["changes"]
    assert (told["change"], told["external_id"]) == ("changed", link["external_id"])
    assert told["organisation_id"] == link["organisation_id"]


async def test_a_cursor_that_is_too_old_is_said_to_be_gone(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    await number(registry)
    first = await read(registry, machine, limit=1)
    end = (await read(registry, machine))["next"]
    registry.clock.advance(await registry.value("SELECT now()") + timedelta(days=31) - registry.clock.now())
    assert await registry.let_timer_run("prune-changes") == 6
    gone = await registry.get("/changes", machine, after=first["next"])
    assert (gone.status_code, gone.json()["code"]) == (410, "cursor-too-old")
    for after in ({"after": end}, {}):
        page = await read(registry, machine, **after)
        assert (page["changes"], page["is_complete"]) == ([], True)


async def test_a_cursor_from_before_a_restored_backup_is_not_believed(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    await number(registry)
    page = await read(registry, machine, limit=2)
    async with registry.database.transaction() as tx:
        await tx.connection.execute("UPDATE changes SET number = -number")
        await tx.connection.execute(
            "UPDATE changes SET number = position - (SELECT min(position) FROM changes) + 1 + $1",
            cursor_of(page["next"]).number - 1,
        )
    gone = await registry.get("/changes", machine, after=page["next"])
    assert gone.status_code == 410
    ahead = cursor_text(Cursor(10**9, 1))
    assert (await registry.get("/changes", machine, after=ahead)).status_code == 410


@pytest.mark.parametrize("after", ["x", "MTIz", "-1", "MS4", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ", "ü"])
async def test_a_cursor_that_is_none_is_refused(registry: Registry, at: Association, after: str) -> None:
    answer = await registry.get("/changes", await at.machine("crm"), after=after)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor-malformed")


async def test_members_leave_the_feed_with_what_they_are_elsewhere_hidden(registry: Registry, at: Association) -> None:
    machine = await at.machine("crm")
    other = await association(registry, "other")
    await registry.invite(at.admin, {"organisation_id": at.organisation_id}, "coordinator")
    worker = registry.staff("worker")
    await registry.redeem(worker)
    await registry.invite(other.admin, {"organisation_id": other.organisation_id}, "trainer")
    redeemed = (await registry.redeem(worker)).json()
    await number(registry)
    page = await read(registry, machine)
    mine = [c for c in page["changes"] if c["id"] == redeemed["subject_id"]]
    assert [c["change"] for c in mine] == ["changed", "changed"]
    assert {m["role"] for c in mine for m in c["state"]["memberships"]} == {"coordinator"}
    path = f"/members/{redeemed['subject_id']}/memberships/{at.organisation_id}/coordinator"
    assert (await registry.send("DELETE", path, at.admin, version=redeemed["version"])).status_code == 200
    await number(registry)
    (left,) = (await read(registry, machine, after=page["next"]))["changes"]
    assert (left["change"], left["state"]) == ("ended", None)


@given(some.integers(0, 2**63 - 1), some.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_as_it_went(number_: int, position: int) -> None:
    assert cursor_of(cursor_text(Cursor(number_, position))) == Cursor(number_, position)


@given(some.text(max_size=60))
def test_anything_else_is_a_cursor_or_refused(text: str) -> None:
    try:
        cursor_of(text)
    except Refusal as refusal:
        assert refusal.code == "cursor-malformed"
