"""Every table that holds something of a person is erased with them, and handed out to them: in every service.

A new table with a person's column fails here until it is in both; what rightly stays, or is no information for the person,
is named below, with the reason.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import BaseModel

from services.matching.api.answers import RecordAnswer as MatchingAnswer
from services.matching.handlers import persons as matching
from services.matching.settings import MatchingSettings
from services.notifications.api import ExportAnswer as NotificationsAnswer
from services.notifications.handlers import erasure as notifications
from services.notifications.handlers import export as notifications_export
from services.notifications.settings import NotificationsSettings
from services.registry.handlers import contacts
from services.registry.handlers import erasures as registry
from services.registry.handlers import exports as registry_exports
from services.registry.handlers import members as registry_members
from services.registry.models.exports import PersonExport
from services.registry.settings import RegistrySettings
from services.registry.store import members as registry_members_store
from services.training.api.answers import RecordAnswer as TrainingAnswer
from services.training.handlers import persons as training
from services.training.settings import TrainingSettings
from shared.access.callers import Caller, CallerKind, Membership
from shared.contracts.privacy import ErasedHere, ErasureRequested
from shared.contracts.topics import SERVICES, log_clean_by
from shared.contracts.vocabulary import Role
from shared.documents import print_document
from shared.documents.records import LANGUAGES, record_document, without_other_persons, words
from shared.messaging.erasure import erase_person
from shared.postgres.database import Database
from shared.postgres.transaction import Transaction
from shared.runtime.clock import SettableClock
from tests.integration.rights.schema import PLATFORM, columns, lift_constraints, plant, rows_about
from tests.support.platform import PlatformDatabase

ANSWERS: dict[str, type[BaseModel]] = {
    "registry": PersonExport,
    "matching": MatchingAnswer,
    "training": TrainingAnswer,
    "notifications": NotificationsAnswer,
}
SETTINGS: dict[str, type[Any]] = {
    "registry": RegistrySettings,
    "matching": MatchingSettings,
    "training": TrainingSettings,
    "notifications": NotificationsSettings,
}

AN_ID_THAT_POINTS_TO_NOTHING = "the organisation's own record names who answered for it: an id that points to nobody"
READ_MODEL_OF_ANOTHER = "a read model: the tombstone of its topic, which the owner buries, takes the row away"

DONE_BY_STAFF = (
    *("campaigns.created_by", "campaigns.submitted_by", "campaigns.decided_by", "imports.requested_by"),
    *("consents.recorded_by", "merges.merged_by", "merges.undone_by"),
)
QUEUES = ("duplicate_checks", "own_contact_checks")

STAYS: dict[str, str] = {
    **{f"{service}.erased_subjects": "so that nobody comes back (design § 2)" for service in SERVICES},
    **{f"{service}.reactions": "that they were erased, once; the rest of the memory goes" for service in SERVICES},
    "registry.erasures": "the receipt: ids and days (Art. 5(2) DSGVO)",
    "notifications.erasures": "the receipt's delivery: ids and days, pruned",
    "registry.audit_log": "who read or changed what: ids only, kept as § 76(4) BDSG says, then forgotten",
    **{f"{service}.members": READ_MODEL_OF_ANOTHER for service in ("matching", "training", "notifications")},
    "matching.placements.invited_by": AN_ID_THAT_POINTS_TO_NOTHING,
    "matching.placements.override_by": AN_ID_THAT_POINTS_TO_NOTHING,
    "registry.offers.coordinator_id": AN_ID_THAT_POINTS_TO_NOTHING,
    "matching.offers.coordinator_id": AN_ID_THAT_POINTS_TO_NOTHING,
    "matching.activities.coordinator_id": AN_ID_THAT_POINTS_TO_NOTHING,
    "registry.placements.coordinator_id": AN_ID_THAT_POINTS_TO_NOTHING,
    **{f"registry.{column}": AN_ID_THAT_POINTS_TO_NOTHING for column in DONE_BY_STAFF},
    "registry.machines": "a machine is nobody",
    "registry.changes": "associations' systems are told by their own number that somebody is gone (Art. 19 DSGVO); pruned",
    "notifications.offers.coordinator_id": AN_ID_THAT_POINTS_TO_NOTHING,
}
"""What may still hold the id of an erased person."""

NOT_HANDED_OUT: dict[str, str] = {
    **{f"{service}.erased_subjects": "only of whom nothing is held any more" for service in SERVICES},
    **{
        f"{service}.person_rights": "the restriction and the requests, as the registry hands them out: two facts of them"
        for service in SERVICES
    },
    **{
        f"{service}.reactions": "which events were taken in: keys of events, nothing about the person"
        for service in SERVICES
    },
    **{
        f"{service}.dead_letters": "events that could not be read: the owner hands out what they say"
        for service in SERVICES
    },
    **{f"{service}.idempotency_keys": "answers that the person has got already, for 24 hours" for service in SERVICES},
    **{
        f"matching.{table}": "made of the profile, which is handed out, so that lists are quick"
        for table in ("postings", "standings")
    },
    "matching.requirement_checks": "that placements are looked at again when something ends: its day is handed out",
    "registry.erasures": "only of whom nothing is held any more",
    "notifications.erasures": "only of whom nothing is held any more",
    **{f"registry.{queue}": "that something is to be looked at again, for seconds" for queue in QUEUES},
    "registry.machines": "a machine is nobody",
    "registry.retained_records": "only of whom nothing is held any more; shown with the receipt",
}
"""What is no information for the person, or cannot be."""


@dataclass(frozen=True)
class Service:
    """A service's database with planted rows of two persons, and its two ways with them."""

    name: str
    database: Database
    settings: Any
    owner: "psycopg.Connection[Any]"
    volunteer: UUID
    member: UUID

    def tables(self) -> list[str]:
        """The tables with a column that names a person."""
        found = {column.table for column in columns(self.owner, self.name) if column.is_person}
        return sorted(found - PLATFORM)


@pytest.fixture(scope="module")
def platform(database_without_kafka: Callable[..., PlatformDatabase]) -> PlatformDatabase:
    return database_without_kafka(*SERVICES)


@asynccontextmanager
async def planted(platform: PlatformDatabase, name: str) -> AsyncIterator[Service]:
    """The service with one row about a volunteer and one about a member in every table."""
    settings = platform.settings(name, SETTINGS[name])
    database = await Database.connect(settings, SettableClock(), name)
    with psycopg.connect(platform.admin_dsn, autocommit=True, options=f"-csearch_path={name}") as owner:
        owner.execute("SET session_replication_role = replica")
        service = Service(name, database, settings, owner, uuid4(), uuid4())
        every = columns(owner, name)
        of_one_row = {column.table for column in every if column.name in ("only_row", "the_one", "is_only")}
        tables = sorted({column.table for column in every} - PLATFORM - of_one_row)
        for person in (service.volunteer, service.member):
            if person == service.volunteer:
                list(_constraints_read(owner, name))
                lift_constraints(owner, name)
            member = person == service.member
            chosen = [table for table in tables if table not in _NOT_PLANTED | _OF_OTHERS[member]]
            plant(owner, name, person, chosen, member=member)
        yield service
    await database.close()


def _constraints_read(owner: "psycopg.Connection[Any]", name: str) -> Iterator[Any]:
    from tests.integration.rights.schema import _allowed

    return _allowed(owner, name)


_NOT_PLANTED = frozenset(
    (
        *("places", "districts", "contact_topics", "erased_subjects", "erasures", "retained_records"),
        # What matching counts: words, places, months; nobody's rows.
        *("posted_terms", "posted_places", "numbered_words", "statistics_months", "statistics"),
        # Kept by the database itself as the volunteers' rows are: see test_persons of matching.
        *("postings", "standings"),
    )
)
_OF_OTHERS = {
    False: frozenset(("members", "member_contacts")),
    True: frozenset(("volunteers", "volunteer_contacts")),
}
"""Nobody is both here, so that each way is seen to do its part."""


def caller_for(person: UUID, *, member: bool) -> Caller:
    if member:
        return Caller(CallerKind.MEMBER, None, person, (Membership(Role.COORDINATOR, uuid4(), frozenset({"03351"})),))
    return Caller(CallerKind.VOLUNTEER, None, person)


async def handed_out(service: Service, person: UUID, *, member: bool) -> tuple[list[str], dict[str, Any]]:
    """The statements that an export runs, and what it says."""
    statements: list[str] = []
    caller = caller_for(person, member=member)
    async with service.database.transaction() as tx:
        with tx.connection.query_logger(lambda record: statements.append(record.query)):
            if service.name == "registry":
                found: Any = await registry_exports.export(tx, caller, person)
            elif service.name == "matching":
                found = await matching.record(tx, caller, person)
            elif service.name == "training":
                found = await training.record(tx, caller, person)
            else:
                found = await notifications_export.export(tx, caller, person)
    record: dict[str, Any] = ANSWERS[service.name].model_validate(found, from_attributes=True).model_dump()
    return statements, record


async def erase(service: Service, person: UUID, *, member: bool) -> None:
    """The whole way of an erasure through one service."""
    async with service.database.transaction() as tx:
        if service.name == "registry":
            await _erase_in_registry(tx, person, member=member)
        elif service.name == "notifications":
            event = ErasureRequested(erasure_id=uuid4(), subject_id=person, requested_at=tx.now, with_receipt=False)
            await notifications.begin_erasure(tx, event)
        else:
            handler: Callable[[Transaction, UUID], Awaitable[int]] = lambda tx, subject_id: (  # noqa: E731
                (matching if service.name == "matching" else training).erase(tx, subject_id, service.settings)
            )
            await erase_person(tx, person, handler)


async def _erase_in_registry(tx: Transaction, person: UUID, *, member: bool) -> None:
    if member:
        found = await registry_members_store.member(tx.connection, person, lock=True)
        assert found is not None
        await registry_members.end_member(tx, found)
        # What is published of a member as a staff contact goes within a second.
        await contacts.look_again(tx)
        return
    accepted = await registry.request_erasure(tx, caller_for(person, member=False), person)
    for name in SERVICES:
        event = ErasedHere(
            erasure_id=accepted.erasure_id,
            subject_id=person,
            service=name,
            deleted_at=tx.now,
            records=1,
            log_clean_by=log_clean_by(tx.now.date()),
        )
        await registry.record_answer(tx, name, event)


@pytest.mark.parametrize("name", SERVICES)
async def test_every_table_about_a_person_is_in_the_export(platform: PlatformDatabase, name: str) -> None:
    """Art. 15, 20 DSGVO: everything, from every service."""
    async with planted(platform, name) as service:
        statements, _ = await handed_out(service, service.volunteer, member=False)
        statements += (await handed_out(service, service.member, member=True))[0]
        read = {match[1] for each in statements for match in re.finditer(r"\b(?:FROM|JOIN)\s+(\w+)", each)}
        expected = {table for table in service.tables() if f"{name}.{table}" not in NOT_HANDED_OUT}
        assert " ".join(sorted(expected - read)) == "", "held of a person, but not in the export"


@pytest.mark.parametrize("name", SERVICES)
async def test_every_name_in_an_export_has_a_german_and_an_english_word(platform: PlatformDatabase, name: str) -> None:
    """Art. 12(1) DSGVO: intelligible, in clear and plain language."""
    async with planted(platform, name) as service:
        for person, member in ((service.volunteer, False), (service.member, True)):
            _, record = await handed_out(service, person, member=member)
            names = set(names_in(record))
            assert " ".join(sorted(names - words()["names"].keys())) == ""
            for language in LANGUAGES:
                pdf = await print_document(record_document(name, record, service.database.clock.now(), language))
                assert pdf.startswith(b"%PDF-")


@pytest.mark.parametrize("name", SERVICES)
async def test_no_other_person_is_in_an_export(platform: PlatformDatabase, name: str) -> None:
    """Art. 15(4) DSGVO."""
    async with planted(platform, name) as service:
        for person, other, member in (
            (service.volunteer, service.member, False),
            (service.member, service.volunteer, True),
        ):
            # Whatever names anybody in what is about the person names somebody else, too.
            for column in (each for each in columns(service.owner, name) if each.is_person):
                about = [c.name for c in columns(service.owner, name) if c.table == column.table and c.is_person]
                if len(about) > 1 and column.name == about[-1] and column.type == "uuid":
                    service.owner.execute(f'UPDATE {name}."{column.table}" SET "{column.name}" = %s', [other])
            _, record = await handed_out(service, person, member=member)
            assert str(other) not in str(without_other_persons(record, person))


def names_in(value: Any) -> Iterator[str]:
    """Every name of an export, however deep, but those inside of what is data itself."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name != "about":
                yield from names_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from names_in(inner)


@pytest.mark.parametrize("name", SERVICES)
async def test_nothing_of_an_erased_volunteer_stays(platform: PlatformDatabase, name: str) -> None:
    """Art. 17 DSGVO: across every service and read model."""
    async with planted(platform, name) as service:
        await erase(service, service.volunteer, member=False)
        assert left(service, service.volunteer) == ""


@pytest.mark.parametrize("name", SERVICES)
async def test_nothing_of_a_member_stays_when_their_last_role_is_gone(platform: PlatformDatabase, name: str) -> None:
    """Art. 17(1)(a) DSGVO: members have the same rights."""
    async with planted(platform, name) as service:
        await erase(service, service.member, member=True)
        assert left(service, service.member) == ""


def left(service: Service, person: UUID) -> str:
    """The tables, with their columns, in which the id of a person still occurs though nothing says that it may."""
    everywhere = {column.table for column in columns(service.owner, service.name)} - {"outbox"}
    found = {table: rows_about(service.owner, service.name, table, person) for table in sorted(everywhere)}
    return " ".join(
        f"{table}.{column}"
        for table, where in found.items()
        for column in where
        if not {f"{service.name}.{table}", f"{service.name}.{table}.{column}"} & STAYS.keys()
    )


async def test_what_is_named_as_staying_exists(platform: PlatformDatabase) -> None:
    with psycopg.connect(platform.admin_dsn) as owner:
        every = [(name, column) for name in SERVICES for column in columns(owner, name)]
    there = {f"{name}.{each.table}" for name, each in every} | {
        f"{name}.{each.table}.{each.name}" for name, each in every
    }
    assert (STAYS.keys() | NOT_HANDED_OUT.keys()) <= there
