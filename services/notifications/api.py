"""HTTP in and out: the own inbox, the own preferences, the own data."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from services.notifications.handlers import export as exporting
from services.notifications.handlers import inbox
from services.notifications.handlers import preferences as preferring
from services.notifications.models import DeliveryStatus
from shared.access.callers import Caller
from shared.http.commands import Command, Query, RecordedQuery
from shared.http.conditional import ExpectedVersion
from shared.http.exports import PDF, Wanted, answer_export, wanted
from shared.http.jwks import jwks_router
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.models import RequestModel

messages_router = APIRouter(prefix="/messages", tags=["messages"])
preferences_router = APIRouter(prefix="/preferences", tags=["preferences"])
persons_router = APIRouter(tags=["persons"])


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MessageAnswer(_Answer):
    """A message of the inbox. `kind` is the name of the mail; `about` the ids of what it names, as far as it names them."""

    message_id: UUID
    kind: str
    language: str
    title: str
    text: str
    about: dict[str, str]
    created_at: datetime
    read_at: datetime | None
    version: int


class PreferencesAnswer(_Answer):
    """What the person is told by mail. The inbox has everything in any case."""

    suggestions_by_mail: bool
    version: int


class ChangePreferences(RequestModel):
    """What is to be told by mail from now on."""

    suggestions_by_mail: bool = Field(strict=True)


class ContactAnswer(_Answer):
    name: str | None
    mail: str | None
    language: str


class MailAnswer(_Answer):
    """A mail that was noted for the person; its text is not kept."""

    delivery_id: UUID
    mail: str
    status: DeliveryStatus
    created_at: datetime
    settled_at: datetime | None


class ExportAnswer(_Answer):
    """Everything that this service holds of a person."""

    service: str = "notifications"
    subject_id: UUID
    exported_at: datetime
    contact: ContactAnswer | None
    consents: list[str]
    member: dict[str, Any] | None
    offers: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    preferences: PreferencesAnswer
    messages: list[MessageAnswer]
    mails: list[MailAnswer]
    is_complete: bool


MESSAGES = Listing(
    "messages",
    MessageAnswer,
    sorts={"message_id": None},
    key="message_id",
    descending=True,
    columns=("message_id", "kind", "created_at", "read_at", "title", "text"),
)


@messages_router.get("", response_model=Page[MessageAnswer], responses=CSV)
async def messages(
    query: Query,
    listed: Annotated[Listed, Depends(MESSAGES.asked)],
    kind: Annotated[str | None, Parameter(max_length=60, description="as the messages name it")] = None,
    unread: Annotated[bool | None, Parameter(description="not read yet, or read")] = None,
) -> Response:
    """The caller's own inbox, the newest first."""
    return await listed.answer(
        query, lambda connection, caller, asked: inbox.messages(connection, caller, asked, kind=kind, unread=unread)
    )


@messages_router.post("/{message_id}/read", response_model=MessageAnswer)
async def read_message(message_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Mark a message of the caller's own inbox as read."""
    return await command.run(
        lambda tx, caller: inbox.read_message(tx, caller, message_id, version), shape=MessageAnswer
    )


@preferences_router.get("", response_model=PreferencesAnswer)
async def preferences(query: Query) -> Response:
    """The caller's own preferences."""
    return await query.run(preferring.preferences, shape=PreferencesAnswer)


@preferences_router.patch("", response_model=PreferencesAnswer)
async def change_preferences(body: ChangePreferences, command: Command, version: ExpectedVersion) -> Response:
    """Change the caller's own preferences."""
    return await command.run(
        lambda tx, caller: preferring.change_preferences(tx, caller, version, body.suggestions_by_mail),
        shape=PreferencesAnswer,
    )


InForm = Annotated[Wanted, Depends(wanted)]


@persons_router.get("/me/export", response_model=ExportAnswer, responses=PDF)
async def export_own(query: RecordedQuery, form: InForm) -> Response:
    """What this service holds of the caller (Art. 15, 20 DSGVO); with `format=pdf` to be read."""
    return await answer_export(
        "notifications", query, form, lambda tx, caller: _export(tx, caller, caller.require_person())
    )


@persons_router.get("/persons/{subject_id}/export", response_model=ExportAnswer, responses=PDF)
async def export_person(subject_id: UUID, query: RecordedQuery, form: InForm) -> Response:
    """What this service holds of a person: for themselves, or for a privacy officer whom they asked. Recorded."""
    return await answer_export("notifications", query, form, lambda tx, caller: _export(tx, caller, subject_id))


async def _export(tx: Any, caller: Caller, subject_id: UUID) -> ExportAnswer:
    return ExportAnswer.model_validate(await exporting.export(tx, caller, subject_id))


def routers() -> list[APIRouter]:
    """All routes of this service."""
    return [messages_router, preferences_router, persons_router, jwks_router()]
