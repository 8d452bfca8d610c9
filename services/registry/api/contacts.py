"""Published staff contacts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.handlers import contacts as handlers
from services.registry.models.contacts import ContactAnswer, PublishContact
from shared.access.callers import Caller
from shared.contracts.vocabulary import AGS, Term
from shared.http.commands import AnonymousQuery, Command
from shared.http.conditional import ExpectedVersion
from shared.http.paging import Page, PagingQuery

router = APIRouter(prefix="/contacts", tags=["contacts"])


@router.post("", status_code=201, response_model=ContactAnswer)
async def publish_contact(body: PublishContact, command: Command) -> Response:
    """Publish a contact of a verified organisation (its coordinators in their districts, its organisation_admin)."""
    return await command.run(lambda tx, caller: handlers.publish_contact(tx, caller, body), status=201)


@router.get("", response_model=Page[ContactAnswer])
async def contacts(
    query: AnonymousQuery,
    paging: PagingQuery,
    district: Annotated[AGS | None, Query()] = None,
    topic: Annotated[Term | None, Query()] = None,
) -> Response:
    """Contacts of verified organisations, by district and topic."""

    async def read(connection: Any, _: Caller) -> Page[ContactAnswer]:
        after = paging.after(UUID)
        rows = await handlers.contacts(
            connection, after=after[0] if after else None, rows=paging.rows, district=district, topic=topic
        )
        return paging.page(rows, key=lambda row: (str(row.contact_id),), item=lambda row: row)

    return await query.run(read)


@router.delete("/{contact_id}", status_code=204)
async def withdraw_contact(contact_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Withdraw a contact."""
    return await command.run(lambda tx, caller: handlers.withdraw_contact(tx, caller, contact_id, version))
