"""The sample's composition root, subscribers and handlers on one page.

It projects volunteers and its own offers, and reacts to organisations. What an organisation is called tells the reaction
how to behave: `fails`, `refused`, `needs <volunteer id>`, `slow`.
"""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from shared.contracts.envelope import Envelope
from shared.contracts.matching import Offer, OfferClosed, OfferCreated, OfferUpdated
from shared.contracts.registry import (
    Organisation,
    OrganisationRegistered,
    OrganisationUpdated,
    Volunteer,
    VolunteerErased,
    VolunteerRegistered,
    VolunteerUpdated,
)
from shared.messaging.erasure import erasure
from shared.messaging.projection import Projection
from shared.messaging.reaction import Reaction
from shared.postgres.queries import load_queries
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal, not_yet_known
from shared.runtime.service import Service, WorkerParts
from shared.runtime.settings import Settings
from shared.telemetry import correlation
from tests.support import events

NAME = "matching"
FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"
PROJECTIONS, REACTIONS = f"{NAME}.projections", f"{NAME}.reactions"

queries: Any = load_queries(__file__)


async def _tell(tx: Transaction, volunteers: list[UUID]) -> None:
    await queries.add_told(tx.connection, volunteers=[str(volunteer) for volunteer in volunteers])


def _person(event: Volunteer) -> dict[str, Any]:
    return {
        "district": event.district,
        "reach_km": event.reach_km,
        "languages": [language.model_dump(mode="json") for language in event.languages],
    }


def _offer(event: Offer) -> dict[str, Any]:
    return {"title": event.title}


PEOPLE = Projection(
    name="people",
    topic="registry.volunteers",
    events=(VolunteerRegistered, VolunteerUpdated),
    ended=(VolunteerErased,),
    table="people",
    key="volunteer_id",
    row=_person,
    person=True,
    changed=_tell,
)
OFFERS = Projection(
    name="offers",
    topic="matching.offers",
    events=(OfferCreated, OfferUpdated, OfferClosed),
    table="offers",
    key="offer_id",
    row=_offer,
)


async def react(tx: Transaction, event: Organisation, envelope: Envelope) -> None:
    """Leave a row; behave as the organisation's name says."""
    journey = correlation.current_or_new()
    await queries.add_effect(
        tx.connection,
        key=str(event.organisation_id),
        version=event.version,
        correlation_id=journey.correlation_id,
        causation_id=journey.causation_id,
    )
    word, _, argument = event.name.partition(" ")
    if word == "fails":
        raise RuntimeError("as told")
    if word == "refused":
        raise Refusal(Reason.CONFLICT, "as-told", de="Wie verlangt.", en="As told.")
    if word == "needs" and not await queries.person_known(tx.connection, volunteer_id=UUID(argument)):
        raise not_yet_known("volunteer")
    if word == "too-slow":
        await tx.connection.execute("SELECT pg_sleep(60)", timeout=0.1)
    if word == "slow":
        await asyncio.sleep(float(argument or 1))
    if word == "publishes":
        tx.publish(events.offer(UUID(argument)))


EFFECTS = Reaction(
    name="effects", topic="registry.organisations", events=(OrganisationRegistered, OrganisationUpdated), handle=react
)


async def erase(tx: Transaction, subject_id: UUID) -> int:
    """Delete the person's placements and bury their keys."""
    placements = await queries.delete_placements(tx.connection, volunteer_id=subject_id)
    for placement in placements:
        tx.bury("matching.placements", placement["placement_id"], person=subject_id)
    return len(placements)


def parts(*_: Any) -> WorkerParts:
    """What the sample's worker does."""
    return WorkerParts(projections=[PEOPLE, OFFERS], reactions=[EFFECTS, erasure(NAME, erase)])


def _no_api(*_: Any) -> FastAPI:
    return FastAPI()


SERVICE = Service(name=NAME, folder=FOLDER, settings=Settings, api=_no_api, worker=parts)
