"""Roles are those of this moment: read in the transaction that acts."""

from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Response

from shared.access.callers import CallerKind, Role, caller_of
from shared.access.identity import Identity
from shared.access.members import members_projection
from shared.contracts.base import StateData
from shared.contracts.registry import MemberRegistered, Membership, MemberUpdated, MemberWithdrawn
from shared.http.commands import Query
from shared.messaging.record import Item
from shared.postgres.database import Database
from shared.runtime.errors import Refusal
from shared.runtime.settings import IssuerKind
from tests.integration.access.conftest import Connect
from tests.integration.access.issuing import STAFF, VOLUNTEERS, Issuers

ORGANISATION = uuid4()
COORDINATOR = Identity(STAFF, "coordinator-1", IssuerKind.STAFF)


def member(
    subject_id: UUID, version: int = 1, *memberships: Membership, subject: str = "coordinator-1"
) -> dict[str, Any]:
    event = MemberRegistered(
        subject_id=subject_id, version=version, issuer=STAFF, subject=subject, memberships=memberships
    )
    return {"subject_id": subject_id, "version": version, **members_projection().row(event)}


async def store(database: Database, row: dict[str, Any]) -> None:
    await database.pool.execute(
        "INSERT INTO members (subject_id, version, issuer, subject, memberships) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (subject_id) DO UPDATE SET memberships = excluded.memberships, version = excluded.version",
        *row.values(),
    )


def coordinating(*districts: str) -> Membership:
    return Membership(organisation_id=ORGANISATION, role=Role.COORDINATOR, districts=districts)


async def test_a_member_has_the_roles_of_the_read_model(database: Database) -> None:
    person = uuid4()
    await store(database, member(person, 1, coordinating("03351", "03359")))
    async with database.reading() as connection:
        await connection.execute("INSERT INTO organisations VALUES ($1, 1, 'verified')", ORGANISATION)
        caller = await caller_of(connection, COORDINATOR)
    assert (caller.kind, caller.subject_id) == (CallerKind.MEMBER, person)
    assert caller.has_role(Role.COORDINATOR, organisation_id=ORGANISATION, district="03359")
    assert not caller.has_role(Role.COORDINATOR, organisation_id=uuid4(), district="03359")


async def test_an_unknown_member_has_an_identity_and_nothing_else(database: Database) -> None:
    async with database.reading() as connection:
        caller = await caller_of(connection, COORDINATOR)
    assert (caller.identity, caller.subject_id, caller.memberships) == (COORDINATOR, None, ())
    with pytest.raises(Refusal, match="forbidden"):
        caller.require_person()


async def test_the_same_subject_of_another_issuer_is_somebody_else(database: Database) -> None:
    await store(database, member(uuid4(), 1, coordinating("03351")))
    async with database.reading() as connection:
        caller = await caller_of(connection, Identity("https://other.example", "coordinator-1", IssuerKind.STAFF))
    assert caller.memberships == ()


async def test_another_subject_of_the_same_issuer_is_somebody_else(database: Database) -> None:
    await store(database, member(uuid4(), 1, coordinating("03351")))
    async with database.reading() as connection:
        caller = await caller_of(connection, Identity(STAFF, "coordinator-2", IssuerKind.STAFF))
    assert (caller.subject_id, caller.memberships) == (None, ())


async def test_a_withdrawn_role_is_gone_at_the_next_request(
    connect: Connect, database: Database, issuers: Issuers
) -> None:
    router = APIRouter()

    @router.get("/roles")
    async def roles(query: Query) -> Response:
        async def read(connection: Any, caller: Any) -> list[str]:
            return sorted(caller.roles)

        return await query.run(read)

    client: httpx.AsyncClient = await connect(router)
    headers, person = issuers.bearer("coordinator-1"), uuid4()
    await store(database, member(person, 1, coordinating("03351")))
    assert (await client.get("/roles", headers=headers)).json() == ["coordinator"]
    await store(database, member(person, 2))
    assert (await client.get("/roles", headers=headers)).json() == []


async def test_an_erased_person_is_nobody(connect: Connect, database: Database, issuers: Issuers) -> None:
    volunteer, staff = uuid4(), uuid4()
    await store(database, member(staff, 1, coordinating("03351")))
    identity = Identity(VOLUNTEERS, str(volunteer), IssuerKind.VOLUNTEER)
    async with database.reading() as connection:
        caller = await caller_of(connection, identity)
        assert (caller.kind, caller.subject_id, caller.roles) == (
            CallerKind.VOLUNTEER,
            volunteer,
            frozenset((Role.VOLUNTEER,)),
        )
        for person in (volunteer, staff):
            await connection.execute("INSERT INTO erased_subjects VALUES ($1, now())", person)
        with pytest.raises(Refusal, match="token-invalid"):
            await caller_of(connection, identity)
        assert (await caller_of(connection, COORDINATOR)).memberships == ()


@pytest.mark.parametrize("subject", ["anna", "1", "00000000-0000-0000-0000-00000000000x"])
async def test_a_volunteers_token_without_a_subject_id_is_refused(database: Database, subject: str) -> None:
    async with database.reading() as connection:
        with pytest.raises(Refusal, match="token-invalid"):
            await caller_of(connection, Identity(VOLUNTEERS, subject, IssuerKind.VOLUNTEER))


async def test_staff_cannot_pass_for_a_volunteer(database: Database) -> None:
    async with database.reading() as connection:
        caller = await caller_of(connection, Identity(STAFF, str(uuid4()), IssuerKind.STAFF))
    assert (caller.kind, caller.subject_id) == (CallerKind.MEMBER, None)


async def test_the_projection_follows_the_registry(database: Database) -> None:
    person, projection, record = uuid4(), members_projection(), Mock()
    now = database.clock.now()

    async def after(event: StateData) -> frozenset[Role]:
        async with database.transaction() as tx:
            await projection.apply(tx.connection, [Item(record, key=str(person), event=event)], now)
            return (await caller_of(tx.connection, COORDINATOR)).roles

    terms: dict[str, Any] = {"subject_id": person, "issuer": STAFF, "subject": "coordinator-1"}
    updated = MemberUpdated(version=3, memberships=(coordinating("03351"),), **terms)
    assert await after(MemberRegistered(version=1, memberships=(), **terms)) == frozenset()
    assert await after(updated) == {Role.COORDINATOR}
    assert await after(MemberUpdated(version=2, memberships=(), **terms)) == {Role.COORDINATOR}
    assert await after(MemberWithdrawn(version=4, subject_id=person)) == frozenset()
    assert await after(updated) == frozenset()


async def test_a_role_of_a_later_release_is_left_out(database: Database) -> None:
    row = member(uuid4(), 1, coordinating("03351"))
    row["memberships"].append({"organisation_id": str(ORGANISATION), "role": "auditor", "districts": []})
    await store(database, row)
    async with database.reading() as connection:
        assert (await caller_of(connection, COORDINATOR)).roles == {Role.COORDINATOR}


async def test_of_two_with_the_same_identity_the_later_counts(database: Database) -> None:
    first, second = UUID(int=1), UUID(int=2)
    await store(database, member(first, 1, coordinating("03351")))
    await store(database, member(second, 1))
    async with database.reading() as connection:
        assert (await caller_of(connection, COORDINATOR)).subject_id == second
