"""Published contacts and their topics in the database."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.registry.models.contacts import ListedContact, StoredContact, Topic
from shared.contracts.vocabulary import Role
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "contacts.sql")

_ORDERS = {"contact_id": None, "confirmed_on": "c.confirmed_on", "stale_from": "c.stale_from"}
_PUBLIC = {"contact_id": None, "district": "c.district", "topic": "c.topic"}
"""Not by name: the order, and the place in it that a cursor holds, would tell the name of whoever's data may only be
stored, which is not shown (Art. 18 DSGVO)."""
_LISTED = ListQuery(__file__, "contacts.sql", "contacts_listed", sorts=_PUBLIC, key="c.contact_id")
_MANAGED = ListQuery(__file__, "contacts.sql", "contacts_managed", sorts=_ORDERS, key="c.contact_id")


async def topics(connection: Any) -> list[Topic]:
    """Every topic."""
    return [Topic(**row) for row in await queries.topics(connection)]


async def add_topic(connection: Any, topic: str, german: str, english: str) -> bool:
    """Add a topic; False when it is there already."""
    return await queries.add_topic(connection, topic=topic, german=german, english=english) is not None


async def topic(connection: Any, name: str) -> Topic | None:
    """One topic, locked."""
    row = await queries.topic_for_update(connection, topic=name)
    return None if row is None else Topic(**row)


async def topics_among(connection: Any, names: Collection[str]) -> frozenset[str]:
    """Which of these topics there are."""
    return frozenset(row["topic"] for row in await queries.topics_among(connection, topics=list(names)))


async def count_topics(connection: Any) -> int:
    """How many topics there are."""
    return int(await queries.count_topics(connection))


async def rename_topic(connection: Any, name: str, german: str, english: str) -> None:
    """Write how a topic is called."""
    await queries.rename_topic(connection, topic=name, german=german, english=english)


async def locations_of_offices(
    connection: Any, offices: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str | None], tuple[tuple[float, float], bool]]:
    """By district and postal code: latitude and longitude, and whether the postal code is known.

    Those in no district are missing.
    """
    rows = await queries.locations_of_offices(
        connection,
        districts=[district for district, _ in offices],
        postal_codes=[postal_code for _, postal_code in offices],
    )
    return {(row["district"], row["postal_code"]): ((row["latitude"], row["longitude"]), row["known"]) for row in rows}


def _rows(placed: Sequence[tuple[StoredContact, tuple[float, float] | None]]) -> list[dict[str, Any]]:
    return [
        {
            **contact.model_dump(mode="json"),
            "east": None if location is None else location[0],
            "north": None if location is None else location[1],
        }
        for contact, location in placed
    ]


async def add_contacts(connection: Any, placed: Sequence[tuple[StoredContact, tuple[float, float]]]) -> None:
    """Insert contacts, each with where it is in the plane of `rules/directory`."""
    await queries.add_contacts(connection, rows=_rows(placed))


async def save_contacts(connection: Any, placed: Sequence[tuple[StoredContact, tuple[float, float] | None]]) -> None:
    """Write contacts; where one is only when it is another place."""
    await queries.save_contacts(connection, rows=_rows(placed))


async def save_contact(connection: Any, contact: StoredContact) -> None:
    """Write a contact that stays where it is."""
    await save_contacts(connection, [(contact, None)])


async def locked(connection: Any, contact_ids: Collection[UUID]) -> dict[UUID, StoredContact]:
    """Contacts, locked until commit; those that are not there are missing."""
    rows = await queries.contacts_for_update(connection, contact_ids=sorted(contact_ids))
    return {row["contact_id"]: StoredContact(**row) for row in rows}


async def contact(connection: Any, contact_id: UUID) -> StoredContact | None:
    """One contact, locked."""
    row = await queries.contact_for_update(connection, contact_id=contact_id)
    return None if row is None else StoredContact(**row)


async def organisation_of(connection: Any, contact_id: UUID) -> UUID | None:
    """The organisation of a contact, which never changes, without locking anything."""
    found: UUID | None = await queries.organisation_of_contact(connection, contact_id=contact_id)
    return found


async def subject_of(connection: Any, contact_id: UUID) -> UUID | None:
    """The member behind a contact, if any, without locking it."""
    found: UUID | None = await queries.subject_of_contact(connection, contact_id=contact_id)
    return found


async def contacts_by_id(connection: Any, contact_ids: Collection[UUID]) -> dict[UUID, ListedContact]:
    """Contacts of verified organisations."""
    rows = await queries.contacts_by_id(connection, contact_ids=list(contact_ids))
    return {row["contact_id"]: ListedContact(**row) for row in rows}


async def standing_in(connection: Any, contact_ids: Collection[UUID], steps: int) -> dict[UUID, StoredContact]:
    """The substitutes of these contacts, and theirs, for so many steps."""
    rows = await queries.contacts_standing_in(connection, contact_ids=list(contact_ids), steps=steps)
    return {row["contact_id"]: StoredContact(**row) for row in rows}


async def substituted_by(connection: Any, contact_id: UUID) -> list[StoredContact]:
    """For whom a contact stands in, locked."""
    return [StoredContact(**row) for row in await queries.substituted_by(connection, contact_id=contact_id)]


async def remove_contact(connection: Any, contact_id: UUID) -> None:
    """Delete a contact."""
    await queries.remove_contact(connection, contact_id=contact_id)


async def near(
    connection: Any,
    here: tuple[float, float],
    within_km: float,
    *,
    topic: str | None,
    language: str | None,
    after: tuple[bool, float, UUID] | None,
    rows: int,
) -> list[ListedContact]:
    """Contacts around a point of the plane: first those that are up to date, each part nearest first."""
    found: list[ListedContact] = []
    for is_stale in (False, True):
        if len(found) >= rows or (after is not None and after[0] and not is_stale):
            continue
        key = after if after is not None and after[0] == is_stale else None
        part = await queries.contacts_near(
            connection,
            here=asyncpg.Point(*here),
            within_km=within_km,
            is_stale=is_stale,
            topic=topic,
            language=language,
            after_km=key[1] if key else None,
            after_id=key[2] if key else None,
            rows=rows - len(found),
        )
        found += [ListedContact(**row) for row in part]
    return found


async def listed(
    connection: Any,
    asked: Asked,
    *,
    district: str | None,
    topic: str | None,
    organisation_id: UUID | None,
    language: str | None,
) -> list[ListedContact]:
    """A stretch of the contacts of verified organisations."""
    rows = await _LISTED.fetch(
        connection, asked, district=district, topic=topic, organisation_id=organisation_id, language=language
    )
    return [ListedContact(**row) for row in rows]


async def managed(
    connection: Any, asked: Asked, organisation_id: UUID, *, districts: list[str] | None, is_stale: bool | None
) -> list[ListedContact]:
    """A stretch of an organisation's contacts, as it sees them itself."""
    rows = await _MANAGED.fetch(
        connection, asked, organisation_id=organisation_id, districts=districts, is_stale=is_stale
    )
    return [ListedContact(**row) for row in rows]


async def count_by_organisation(connection: Any, organisation_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many contacts these organisations have published."""
    rows = await queries.count_contacts_by_organisation(connection, organisation_ids=list(organisation_ids))
    return {row["organisation_id"]: row["contacts"] for row in rows}


async def same(
    connection: Any, roles: Collection[tuple[UUID, str, str, UUID]]
) -> dict[tuple[UUID, str, str, UUID], UUID]:
    """The contacts that members are already: by organisation, district, topic and member."""
    organisations, districts, topics, members = (list(column) for column in zip(*roles, strict=True))
    rows = await queries.same_contacts(
        connection, organisation_ids=organisations, districts=districts, topics=topics, subject_ids=members
    )
    return {
        (row["organisation_id"], row["district"], row["topic"], row["subject_id"]): row["contact_id"] for row in rows
    }


async def to_remind(connection: Any, today: date, rows: int) -> list[StoredContact]:
    """Contacts that were not confirmed in time, locked."""
    found = await queries.contacts_to_remind(connection, today=today, rows=rows)
    return [StoredContact(**row) for row in found]


async def members_with_role(connection: Any, organisation_id: UUID, role: Role, rows: int) -> list[UUID]:
    """Who holds a role in an organisation."""
    found = await queries.members_with_role(connection, organisation_id=organisation_id, role=role.value, rows=rows)
    return [row["subject_id"] for row in found]


async def to_check(connection: Any, rows: int) -> list[tuple[UUID, bool, bool, UUID | None]]:
    """Contacts of whose member or organisation something changed: id, is it usable, is its member one still, and who that
    is. Their checks are locked, they themselves are not."""
    found = await queries.contacts_to_check(connection, rows=rows)
    return [(row["contact_id"], row["is_usable"], row["is_member"], row["seen"]) for row in found]


async def checked(connection: Any, contact_ids: Collection[UUID]) -> None:
    """These contacts were looked at."""
    await queries.contacts_checked(connection, contact_ids=list(contact_ids))
