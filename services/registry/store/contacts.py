"""Published contacts in the database."""

from typing import Any
from uuid import UUID

from services.registry.models.contacts import ContactAnswer, PublishContact
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "contacts.sql")


async def add_contact(connection: Any, contact_id: UUID, contact: PublishContact) -> None:
    """Insert a contact."""
    await queries.add_contact(
        connection,
        contact_id=contact_id,
        **contact.model_dump(exclude={"languages"}),
        languages=list(contact.languages),
    )


async def contact(connection: Any, contact_id: UUID) -> Any:
    """One contact, locked: contact_id, version, organisation_id, district."""
    return await queries.contact_for_update(connection, contact_id=contact_id)


async def remove_contact(connection: Any, contact_id: UUID) -> None:
    """Delete a contact."""
    await queries.remove_contact(connection, contact_id=contact_id)


async def contacts(
    connection: Any, *, after: UUID | None, rows: int, district: str | None, topic: str | None
) -> list[ContactAnswer]:
    """A page of published contacts."""
    found = await queries.contacts_after(connection, after=after, rows=rows, district=district, topic=topic)
    return [ContactAnswer(**row) for row in found]
