"""A small application with one endpoint of each kind, without any server behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
from fastapi import APIRouter, FastAPI, Response
from pydantic import Field

from shared.access.identity import Identity
from shared.contracts.vocabulary import AGS
from shared.http.app import create_app
from shared.http.commands import AnonymousCommand, AnonymousQuery, Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.models import Line, RequestModel, Text
from shared.http.paging import PagingQuery
from shared.http.settings import HttpSettings
from shared.runtime.errors import Reason, Refusal, not_found, not_yet_known, version_mismatch
from shared.runtime.settings import IssuerKind, Settings

SECRET = "postgresql://matching:hunter2@db"


class Urgency(StrEnum):
    LOW = "low"
    HIGH = "high"


class NewOffer(RequestModel):
    title: Line
    description: Text = ""
    note: Text | None = None
    district: AGS = "03351"
    places: int = Field(1, ge=1, le=100)
    urgency: Urgency = Urgency.LOW
    languages: list[str] = Field([], max_length=3)
    starts_at: datetime | None = None
    topic: Line = ""


class AcceptingTokens:
    """Takes `good` for a coordinator's token and everything else for forged."""

    async def identify(self, token: str) -> Identity:
        if token != "good":
            raise Refusal(Reason.UNAUTHENTICATED, "token-invalid", de="Nein.", en="No.")
        return Identity("https://sign-in.example", "coordinator-1", IssuerKind.STAFF)


router = APIRouter(prefix="/offers", tags=["offers"])


@router.post("", status_code=201)
async def create_offer(body: NewOffer, command: Command) -> Response:
    """Create an offer."""
    return Response(status_code=201)


@router.post("/drafts")
async def check_offer(body: NewOffer) -> dict[str, Any]:
    """Echo what was understood."""
    return body.model_dump(mode="json")


@router.post("/public", status_code=202)
async def ask(body: NewOffer, command: AnonymousCommand) -> Response:
    """Ask, without being signed in."""
    return Response(command.idempotency_key, 202)


@router.get("")
async def list_offers(query: AnonymousQuery, paging: PagingQuery) -> dict[str, Any]:
    """List offers."""
    return {"limit": paging.limit, "after": paging.after(str, UUID)}


@router.put("/{offer_id}")
async def update_offer(offer_id: UUID, body: NewOffer, command: Command, version: ExpectedVersion) -> dict[str, int]:
    """Update an offer."""
    return {"version": version}


@router.get("/mine")
async def my_offers(query: Query) -> dict[str, Any]:
    """Whose token it is."""
    assert query.identity is not None
    return {"subject": query.identity.subject}


@router.get("/client")
async def client(query: AnonymousQuery) -> dict[str, str]:
    """Where the request came from."""
    return {"client": query.client}


REFUSALS: dict[str, Exception] = {
    "invalid": Refusal(Reason.INVALID, "too-early", de="Zu früh.", en="Too early."),
    "forbidden": Refusal(Reason.FORBIDDEN, "forbidden", de="Nein.", en="No."),
    "not-found": not_found("offer"),
    "conflict": Refusal(Reason.CONFLICT, "offer-closed", de="Geschlossen.", en="Closed.", offer_id=UUID(int=7)),
    "not-yet-known": not_yet_known("offer"),
    "version-mismatch": version_mismatch(7),
    "too-many": Refusal(Reason.TOO_MANY, "too-many-requests", de="Oft.", en="Often.", retry_after_seconds=12.2),
    "mistake": RuntimeError(SECRET),
    "database-away": ConnectionRefusedError(SECRET),
}


@router.get("/refused/{how}")
async def refused(how: str, mail: str | None = None) -> None:
    """Refuse in one of the ways."""
    raise REFUSALS[how]


forms = APIRouter()


@forms.post("/confirm")
async def confirm(command: AnonymousCommand) -> Response:
    """The button of a mailed link."""
    return Response(command.idempotency_key)


def settings(**changes: Any) -> Settings:
    terms: dict[str, Any] = {
        "mode": "test",
        "postgres_dsn": "postgresql://127.0.0.1:1/tandem",
        "kafka_bootstrap": "127.0.0.1:1",
        "http_port": 0,
    }
    return Settings(**(terms | changes))


def application(http: HttpSettings | None = None) -> FastAPI:
    accepting: Any = AcceptingTokens()
    return create_app(
        "matching",
        settings(),
        [router, forms],
        tokens=accepting,
        http=http or HttpSettings(),
        form_paths=["/confirm"],
    )


@asynccontextmanager
async def client_of(app: FastAPI, address: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://matching") as connected:
        yield connected


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """A body of unknown length."""
    for part in parts:
        await asyncio.sleep(0)
        yield part
