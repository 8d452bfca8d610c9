"""Published staff contacts, and the topics that they are there for."""

from datetime import date
from math import copysign
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.registry.api.access import settings_of
from services.registry.handlers import contacts as handlers
from services.registry.handlers import topics as topics_handlers
from services.registry.models.contacts import (
    AddTopic,
    ChangeContact,
    ContactAnswer,
    ListedContact,
    ManagedContactAnswer,
    NearContactAnswer,
    PublishContact,
    RenameTopic,
    Topic,
)
from shared.contracts.vocabulary import AGS, PostalCode, Term
from shared.http.commands import AnonymousQuery, Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.languages import Language
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page

router = APIRouter(tags=["contacts"])


def _row_value(row: handlers.Shown, name: str) -> Any:
    return getattr(row[0], name)


CONTACTS = Listing(
    "contacts",
    lambda row: row[1],
    key="contact_id",
    sorts={"contact_id": None, "district": str, "topic": str},
    columns=tuple(ContactAnswer.model_fields),
    value=_row_value,
)
TOPICS = Listing("topics", Topic, {"topic": None, "german": str, "english": str}, key="topic", key_kind=str)
MANAGED_CONTACTS = Listing(
    "own-contacts",
    lambda row: row[1],
    key="contact_id",
    sorts={"contact_id": None, "confirmed_on": date, "stale_from": date},
    columns=tuple(ManagedContactAnswer.model_fields),
    value=_row_value,
)


def _nearness(row: tuple[ListedContact, NearContactAnswer], name: str) -> Any:
    """The order of a search in one number: the distance, below zero (-0.0, too) behind all others."""
    if name != "nearness":
        return getattr(row[0], name)
    return copysign(row[0].distance_km or 0.0, -1.0 if row[0].is_stale else 1.0)


def _where(nearness: float, contact_id: UUID) -> tuple[bool, float, UUID]:
    return copysign(1.0, nearness) < 0, abs(nearness), contact_id


NEAR = Listing(
    "contacts-near",
    lambda row: row[1],
    key="contact_id",
    sorts={"nearness": float},
    columns=tuple(NearContactAnswer.model_fields),
    value=_nearness,
    both_ways=False,
)


@router.get("/topics", response_model=Page[Topic], responses=CSV)
async def topics(query: AnonymousQuery, listed: Annotated[Listed, Depends(TOPICS.asked)]) -> Response:
    """What contacts are there for, with German and English names."""
    return await listed.answer_few(query, lambda connection, _: topics_handlers.topics(connection))


@router.post("/topics", status_code=201, response_model=Topic)
async def add_topic(body: AddTopic, command: Command) -> Response:
    """Add a topic (state_admin)."""
    return await command.run(lambda tx, caller: topics_handlers.add_topic(tx, caller, body), status=201)


@router.put("/topics/{topic}", response_model=Topic)
async def rename_topic(topic: Term, body: RenameTopic, command: Command, version: ExpectedVersion) -> Response:
    """Change how a topic is called (state_admin)."""
    return await command.run(lambda tx, caller: topics_handlers.rename_topic(tx, caller, topic, version, body))


@router.post("/contacts", status_code=201, response_model=ManagedContactAnswer)
async def publish_contact(body: PublishContact, command: Command) -> Response:
    """Publish a contact of a verified organisation (its coordinators in their districts, its organisation_admin)."""
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.publish_contact(tx, caller, settings, body),
        status=201,
        location=lambda contact: f"/contacts/{contact.contact_id}",
        concerns=lambda contact: contact.subject_id,
    )


@router.get("/contacts", response_model=Page[ContactAnswer], responses=CSV)
async def contacts(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(CONTACTS.asked)],
    district: Annotated[AGS | None, Query()] = None,
    topic: Annotated[Term | None, Query()] = None,
    organisation_id: UUID | None = None,
    language: Annotated[Language | None, Query()] = None,
) -> Response:
    """Contacts of verified organisations, with who stands in today for whom."""
    now = query.state.clock.now()
    return await listed.answer(
        query,
        lambda connection, _, asked: handlers.contacts(
            connection,
            asked,
            now,
            district=district,
            topic=topic,
            organisation_id=organisation_id,
            language=language,
        ),
    )


@router.get("/contacts/search", response_model=Page[NearContactAnswer], responses=CSV)
async def search_contacts(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(NEAR.asked)],
    postal_code: Annotated[PostalCode, Query()],
    topic: Annotated[Term | None, Query()] = None,
    language: Annotated[Language | None, Query()] = None,
    within_km: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Contacts around a place: nearest first, those not confirmed for months last; distances in kilometres."""

    now = query.state.clock.now()
    return await listed.answer(
        query,
        lambda connection, _, asked: handlers.contacts_near(
            connection,
            now,
            postal_code,
            within_km=within_km,
            topic=topic,
            language=language,
            after=None if asked.after is None else _where(asked.after[0], asked.after[1]),
            rows=asked.rows,
            skip=asked.skip,
        ),
    )


@router.get("/contacts/{contact_id}", response_model=ContactAnswer)
async def contact(contact_id: UUID, query: AnonymousQuery) -> Response:
    """One contact of a verified organisation."""
    return await query.run(lambda connection, _: handlers.contact(connection, contact_id, query.state.clock.now()))


@router.patch("/contacts/{contact_id}", response_model=ManagedContactAnswer)
async def change_contact(contact_id: UUID, body: ChangeContact, command: Command, version: ExpectedVersion) -> Response:
    """Change a contact, which confirms it too; the contact themself: hours, absences, substitute, how they are reached."""
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.change_contact(tx, caller, settings, contact_id, version, body)
    )


@router.post("/contacts/{contact_id}/confirmation", response_model=ManagedContactAnswer)
async def confirm_contact(contact_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Everything is still right."""
    settings = settings_of(command.state)
    return await command.run(
        lambda tx, caller: handlers.confirm_contact(tx, caller, settings, contact_id, version),
        concerns=lambda contact: contact.subject_id,
    )


@router.delete("/contacts/{contact_id}", status_code=204)
async def withdraw_contact(contact_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Withdraw a contact."""
    return await command.run(lambda tx, caller: handlers.withdraw_contact(tx, caller, contact_id, version))


@router.get("/organisations/{organisation_id}/contacts", response_model=Page[ManagedContactAnswer], responses=CSV)
async def managed_contacts(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(MANAGED_CONTACTS.asked)],
    is_stale: bool | None = None,
) -> Response:
    """An organisation's contacts with what only it sees: absences, substitutes, how many volunteers each looks after."""
    now = query.state.clock.now()
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.managed(connection, caller, asked, now, organisation_id, is_stale),
    )
