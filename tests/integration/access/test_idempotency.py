"""A repeated command is done once and answered twice."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest
from fastapi import APIRouter, Response

from shared.access.callers import Caller
from shared.access.permissions import Belongs, Permissions, Relation
from shared.contracts.vocabulary import Role
from shared.http.commands import AnonymousCommand, Command
from shared.http.idempotency import key_of
from shared.http.models import Line, RequestModel
from shared.http.pruning import prune_idempotency_keys
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from shared.runtime.errors import Reason, Refusal
from tests.integration.access.conftest import Connect
from tests.integration.access.issuing import STAFF, VOLUNTEERS, Issuers

Count = Callable[[str], Awaitable[int]]
KEY = {"Idempotency-Key": "0192-key-of-the-client"}


class Book(RequestModel):
    person: Line


class Desk:
    """Books places; can be told to refuse, to fail or to deadlock."""

    def __init__(self) -> None:
        self.refuse: Exception | None = None
        self.failures: list[Exception] = []
        self.calls = 0
        self.minted = 0
        self.concerned: UUID | None = None
        self.erases = False

    async def book(self, tx: Transaction, caller: Caller, body: Book) -> dict[str, Any]:
        self.calls += 1
        booking_id = await tx.connection.fetchval(
            "INSERT INTO bookings (person) VALUES ($1) RETURNING booking_id", body.person
        )
        if self.erases:
            await tx.connection.execute(
                "INSERT INTO erased_subjects (subject_id, erased_at) VALUES ($1, $2)", self.concerned, tx.now
            )
        if self.failures:
            raise self.failures.pop()
        if self.refuse is not None:
            raise self.refuse
        return {"booking_id": booking_id, "by": caller.kind}

    async def mint(self, tx: Transaction, caller: Caller) -> dict[str, Any]:
        self.minted += 1
        return {"access_token": f"secret-token-{self.minted}"}

    def router(self) -> APIRouter:
        router = APIRouter()

        @router.post("/bookings", status_code=201)
        async def book(body: Book, command: Command, x: int = 0) -> Response:
            return await command.run(
                lambda tx, caller: self.book(tx, caller, body),
                status=201,
                location=lambda booked: f"/bookings/{booked['booking_id']}",
                concerns=lambda booked: self.concerned,
            )

        @router.post("/other-bookings", status_code=201)
        async def book_elsewhere(body: Book, command: Command) -> Response:
            return await command.run(lambda tx, caller: self.book(tx, caller, body), status=201)

        @router.post("/anonymous-bookings", status_code=202)
        async def book_anonymously(body: Book, command: AnonymousCommand) -> Response:
            return await command.run(lambda tx, caller: self.book(tx, caller, body), status=202)

        @router.post("/tokens")
        async def mint(command: AnonymousCommand) -> Response:
            return await command.run(self.mint, secret=True, again=self.mint)

        return router


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(connect: Connect, desk: Desk, issuers: Issuers) -> httpx.AsyncClient:
    client = await connect(desk.router())
    client.headers.update(issuers.bearer("coordinator-1"))
    return client


async def test_a_repetition_is_answered_again_and_does_nothing(client: httpx.AsyncClient, count: Count) -> None:
    first = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    again = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count("bookings") == 1


@pytest.mark.parametrize("path", ["/bookings", "/anonymous-bookings"])
async def test_of_twenty_equal_requests_at_once_one_is_done(
    client: httpx.AsyncClient, count: Count, desk: Desk, path: str
) -> None:
    answers = await asyncio.gather(*(client.post(path, json={"person": "a"}, headers=KEY) for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.status_code for answer in answers}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in answers].count("true") == 19
    assert await count("bookings") == 1
    assert desk.calls == 1


async def test_different_keys_are_different_commands(client: httpx.AsyncClient, count: Count) -> None:
    for number in range(3):
        await client.post("/bookings", json={"person": "a"}, headers={"Idempotency-Key": f"key-number-{number}"})
    assert await count("bookings") == 3


async def test_a_key_belongs_to_one_caller(connect: Connect, desk: Desk, issuers: Issuers, count: Count) -> None:
    client = await connect(desk.router())
    person = uuid4()
    for headers in (
        issuers.bearer("coordinator-1"),
        issuers.bearer("coordinator-2"),
        issuers.bearer(person, VOLUNTEERS),
    ):
        answer = await client.post("/bookings", json={"person": "a"}, headers=KEY | headers)
        assert "idempotency-replayed" not in answer.headers
    assert await count("bookings") == 3


@pytest.mark.parametrize(
    ("path", "person"),
    [("/bookings", "b"), ("/other-bookings", "a"), ("/bookings?x=1", "a")],
    ids=["body", "path", "query"],
)
async def test_the_same_key_for_another_command_is_refused_and_nothing_stored(
    client: httpx.AsyncClient, count: Count, path: str, person: str
) -> None:
    await client.post("/bookings", json={"person": "a"}, headers=KEY)
    answer = await client.post(path, json={"person": person}, headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"
    assert await count("bookings") == 1


async def test_a_refused_command_leaves_nothing_and_may_be_tried_again(
    client: httpx.AsyncClient, count: Count, desk: Desk
) -> None:
    desk.refuse = Refusal(Reason.CONFLICT, "full", de="Voll.", en="Full.")
    answer = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert answer.json()["code"] == "full"
    assert await count("bookings") == await count("idempotency_keys") == 0
    desk.refuse = None
    answer = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


async def test_an_error_of_ours_leaves_nothing(client: httpx.AsyncClient, count: Count, desk: Desk) -> None:
    desk.refuse = RuntimeError("secret")
    answer = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert await count("bookings") == await count("idempotency_keys") == 0


async def test_a_request_refused_for_its_input_stores_nothing(client: httpx.AsyncClient, count: Count) -> None:
    for body in ({"person": "a", "colour": 1}, {"person": "a\x00"}, {}):
        answer = await client.post("/bookings", json=body, headers=KEY)
        assert answer.status_code == 422
    assert await count("bookings") == await count("idempotency_keys") == 0


async def test_a_victim_of_a_deadlock_is_run_again(client: httpx.AsyncClient, count: Count, desk: Desk) -> None:
    desk.failures = [asyncpg.DeadlockDetectedError("a"), asyncpg.SerializationError("b")]
    answer = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert answer.status_code == 201
    assert await count("bookings") == 1
    desk.failures = [asyncpg.DeadlockDetectedError("a")] * 3
    answer = await client.post("/bookings", json={"person": "b"}, headers={"Idempotency-Key": "another-key"})
    assert answer.status_code == 503
    assert await count("bookings") == 1


async def test_after_24_hours_the_key_is_free(client: httpx.AsyncClient, count: Count, clock: SettableClock) -> None:
    await client.post("/bookings", json={"person": "a"}, headers=KEY)
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    answer = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert answer.headers["idempotency-replayed"] == "true"
    clock.advance(timedelta(seconds=1))
    answer = await client.post("/bookings", json={"person": "b"}, headers=KEY)
    assert answer.status_code == 201
    answer = await client.post("/bookings", json={"person": "b"}, headers=KEY)
    assert answer.headers["idempotency-replayed"] == "true"
    assert await count("bookings") == 2


async def test_old_keys_are_pruned_and_young_ones_kept(
    client: httpx.AsyncClient, database: Database, count: Count, clock: SettableClock
) -> None:
    for number in range(3):
        await client.post("/bookings", json={"person": "a"}, headers={"Idempotency-Key": f"old-key-{number}"})
    clock.advance(timedelta(hours=23))
    await client.post("/bookings", json={"person": "a"}, headers={"Idempotency-Key": "young-key"})
    clock.advance(timedelta(hours=1))
    async with database.transaction() as tx:
        assert await prune_idempotency_keys(tx, at_most=2) == 2
        assert await prune_idempotency_keys(tx, at_most=2) == 1
        assert await prune_idempotency_keys(tx, at_most=2) == 0
    assert await count("idempotency_keys") == 1


async def test_an_answer_with_tokens_is_made_anew_and_never_stored(
    connect: Connect, desk: Desk, database: Database
) -> None:
    client = await connect(desk.router())
    first = await client.post("/tokens", headers=KEY)
    again = await client.post("/tokens", headers=KEY)
    assert first.json() == {"access_token": "secret-token-1"}
    assert again.json() == {"access_token": "secret-token-2"}
    assert again.headers["idempotency-replayed"] == "true"
    stored = await database.pool.fetchrow("SELECT * FROM idempotency_keys")
    assert stored is not None
    assert stored["body"] is None
    assert stored["secret"] is True
    assert "secret-token" not in str(dict(stored))


async def test_stored_answers_belong_to_the_person_they_concern(
    connect: Connect, desk: Desk, database: Database, issuers: Issuers
) -> None:
    client = await connect(desk.router())
    person, other = uuid4(), uuid4()
    headers = KEY | issuers.bearer(person, VOLUNTEERS)
    await client.post("/bookings", json={"person": "a"}, headers=headers)
    assert await database.pool.fetchval("SELECT subject_id FROM idempotency_keys") == person
    desk.concerned = other
    await client.post("/bookings", json={"person": "a"}, headers=headers | {"Idempotency-Key": "another-key"})
    key = hashlib.sha256(b"another-key").hexdigest()
    found = await database.pool.fetchval("SELECT subject_id FROM idempotency_keys WHERE key = $1", key)
    assert found == other


async def test_what_a_command_said_cannot_be_tried_out_from_what_is_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    """A fingerprint of three facts of which there are few is their text, for whoever has all else it is made of."""
    key, body = KEY["Idempotency-Key"], b'{"person":"a"}'
    await client.post("/bookings", content=body, headers=KEY | {"Content-Type": "application/json"})
    stored = dict(await database.pool.fetchrow("SELECT * FROM idempotency_keys") or {})
    assert key not in str(stored)
    known = key_of(None, stored["key"], "POST", "/bookings", body)
    assert stored["fingerprint"] == key_of(None, key, "POST", "/bookings", body).fingerprint
    assert stored["fingerprint"] != known.fingerprint


async def test_who_called_is_stored_as_a_hash_only(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/bookings", json={"person": "a"}, headers=KEY)
    caller = await database.pool.fetchval("SELECT caller FROM idempotency_keys")
    assert len(caller) == 64
    assert "coordinator" not in caller


async def test_of_a_command_that_erases_whom_it_concerns_no_answer_is_kept(
    client: httpx.AsyncClient, desk: Desk, count: Count
) -> None:
    """The claim of the key comes first and the answer last: the erasure in between finds neither to delete."""
    desk.concerned, desk.erases = uuid4(), True
    answer = await client.post("/bookings", json={"person": "a"}, headers=KEY)
    assert answer.status_code == 201
    assert await count("idempotency_keys") == 0


HOUSE, OTHER = uuid4(), uuid4()
PERMISSIONS = Permissions({"book": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED}})
COORDINATOR = {"organisation_id": str(HOUSE), "role": "coordinator", "districts": ["03351"]}
ELSEWHERE = {"organisation_id": str(OTHER), "role": "coordinator", "districts": ["03351"]}


def decided_by_matrix(caller: Caller) -> None:
    PERMISSIONS.require("book", caller, Belongs(HOUSE, "03351"), what="booking")


def decided_by_role(caller: Caller) -> None:
    assert caller.has_role(Role.COORDINATOR, organisation_id=HOUSE, district="03351")


def decided_by_list(caller: Caller) -> None:
    assert HOUSE in caller.organisations(Role.COORDINATOR)


def decided_without_being_asked(caller: Caller) -> None:
    assert any(membership.organisation_id == HOUSE for membership in caller.memberships)


DECISIONS: dict[str, Callable[[Caller], None]] = {
    each.__name__: each for each in (decided_by_matrix, decided_by_role, decided_by_list, decided_without_being_asked)
}


@pytest.fixture
async def deciding(connect: Connect, desk: Desk, issuers: Issuers, database: Database) -> httpx.AsyncClient:
    """A client of commands that a coordinator of HOUSE may give, each of which finds that out in another way."""
    router = APIRouter()

    @router.post("/decided/{name}", status_code=201)
    async def book(name: str, body: Book, command: Command) -> Response:
        async def handle(tx: Transaction, caller: Caller) -> dict[str, Any]:
            DECISIONS[name](caller)
            return await desk.book(tx, caller, body)

        return await command.run(handle, status=201)

    for organisation in (HOUSE, OTHER):
        await database.pool.execute("INSERT INTO organisations VALUES ($1, 1, 'verified')", organisation)
    client = await connect(router)
    client.headers.update(issuers.bearer("coordinator-1"))
    return client


async def appoint(database: Database, *memberships: dict[str, Any]) -> None:
    await database.pool.execute("DELETE FROM members")
    sql = "INSERT INTO members (subject_id, version, issuer, subject, memberships) VALUES ($1, 1, $2, $3, $4)"
    await database.pool.execute(sql, UUID(int=1), STAFF, "coordinator-1", list(memberships))


LOST: dict[str, tuple[list[dict[str, Any]], set[int]]] = {
    "every role": ([], {403}),
    "the role": ([COORDINATOR | {"role": "trainer"}], {403}),
    "the organisation": ([ELSEWHERE], {404}),
    "the districts": ([COORDINATOR | {"districts": []}], {404}),
}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("lost", LOST)
async def test_whoever_lost_what_a_command_needs_is_not_answered_again(
    deciding: httpx.AsyncClient, database: Database, desk: Desk, decision: str, lost: str
) -> None:
    """Art. 32 DSGVO: a withdrawn role is gone at once, also for what was answered to it before."""
    await appoint(database, COORDINATOR)
    asked: dict[str, Any] = {"url": f"/decided/{decision}", "json": {"person": "a"}, "headers": KEY}
    first = await deciding.post(**asked)
    assert first.status_code == 201, first.text
    memberships, refused = LOST[lost]
    await appoint(database, *memberships)
    again = await deciding.post(**asked)
    assert again.status_code in refused
    assert "booking_id" not in again.text
    assert "idempotency-replayed" not in again.headers
    await appoint(database, COORDINATOR, ELSEWHERE)
    assert (await deciding.post(**asked)).content == first.content
    assert desk.calls == 1


async def test_a_refused_repetition_says_what_the_command_would(
    deciding: httpx.AsyncClient, database: Database
) -> None:
    """The same problem as without the key, also while the organisation is suspended."""
    await appoint(database, COORDINATOR)
    path, body = "/decided/decided_by_matrix", {"person": "a"}
    await deciding.post(path, json=body, headers=KEY)
    for change in ("UPDATE organisations SET status = 'suspended'", "DELETE FROM organisations", "DELETE FROM members"):
        await database.pool.execute(change)
        again = await deciding.post(path, json=body, headers=KEY)
        afresh = await deciding.post(path, json=body, headers={"Idempotency-Key": "a-key-of-another-command"})
        assert again.status_code == afresh.status_code >= 400
        assert again.json()["code"] == afresh.json()["code"]


async def test_another_role_that_allows_it_too_is_as_good_and_an_unrelated_one_may_go(
    deciding: httpx.AsyncClient, database: Database
) -> None:
    await appoint(database, COORDINATOR, ELSEWHERE)
    path, body = "/decided/decided_by_matrix", {"person": "a"}
    first = await deciding.post(path, json=body, headers=KEY)
    await appoint(database, {"organisation_id": str(HOUSE), "role": "organisation_admin", "districts": []})
    again = await deciding.post(path, json=body, headers=KEY)
    assert again.content == first.content


async def test_whoever_came_back_after_an_erasure_is_somebody_else(
    deciding: httpx.AsyncClient, database: Database
) -> None:
    await appoint(database, COORDINATOR)
    path, body = "/decided/decided_by_matrix", {"person": "a"}
    await deciding.post(path, json=body, headers=KEY)
    await database.pool.execute("UPDATE members SET subject_id = $1", uuid4())
    assert (await deciding.post(path, json=body, headers=KEY)).status_code == 403
    stored = await database.pool.fetchval("SELECT granted FROM idempotency_keys")
    assert str(UUID(int=1)) not in orjson.dumps(stored).decode()
