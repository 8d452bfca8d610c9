"""`/activities`: the public directory of what there is, kept by organisations' coordinators."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from services.matching.api.offers import AnybodyQuery
from services.matching.api.searches import OnDay, PostalCodeNear, Text, WithinKm
from services.matching.api.shapes import Answer
from services.matching.handlers import activities as handlers
from services.matching.models.activities import Activity, ActivityChange, ActivityFilter, FoundActivity, NewActivity
from services.matching.settings import MatchingSettings
from shared.contracts.matching import Translation, WeeklyTime
from shared.contracts.vocabulary import AGS, Term
from shared.http.commands import AnonymousQuery, Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.languages import Language
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["activities"])


class ActivityAnswer(Answer):
    """An entry of the directory."""

    activity_id: UUID
    version: int
    organisation_id: UUID
    organisation_name: str
    kind: str
    title: str
    description: str
    translations: dict[str, Translation]
    topic: str
    district: str
    postal_code: str
    place_name: str
    venue: str
    weekly: list[WeeklyTime]
    times: str
    languages: list[str]
    contact_id: UUID | None
    website: str
    confirmed_on: date
    is_stale: bool = Field(description="not confirmed for months: may be out of date")


class FoundActivityAnswer(ActivityAnswer):
    """An entry in a list."""

    distance_km: float | None = Field(description="from the postal code that was named")


def _found(found: FoundActivity) -> FoundActivityAnswer:
    shown = dict(ActivityAnswer.model_validate(found.activity))
    km = found.distance_km
    return FoundActivityAnswer(**shown, distance_km=None if km is None else round(km, 1))


def _value(found: FoundActivity, name: str) -> Any:
    return found.activity.activity_id if name == "activity_id" else found.position


ACTIVITIES = Listing(
    "activities",
    _found,
    sorts={"published": bool, "distance": float},
    key="activity_id",
    descending=True,
    columns=tuple(FoundActivityAnswer.model_fields),
    value=_value,
)
OWN_ACTIVITIES = Listing(
    "own-activities", ActivityAnswer, sorts={"published": None}, key="activity_id", descending=True
)


@router.post("/activities", status_code=201, response_model=ActivityAnswer)
async def enter_activity(body: NewActivity, command: Command) -> Response:
    """A coordinator enters what their organisation does in one of their districts."""
    return await command.run(
        lambda tx, caller: handlers.enter_activity(tx, caller, body),
        status=201,
        shape=ActivityAnswer,
        location=lambda activity: f"/activities/{activity.activity_id}",
    )


@router.get("/activities", response_model=Page[FoundActivityAnswer], responses=CSV)
async def list_activities(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(ACTIVITIES.asked)],
    postal_code: PostalCodeNear = None,
    distance_km: WithinKm = None,
    district: Annotated[AGS | None, Query(description="AGS of the district")] = None,
    topic: Annotated[Term | None, Query()] = None,
    kind: Annotated[Term | None, Query(description="language_cafe, bicycle_workshop, …")] = None,
    language: Annotated[Language | None, Query()] = None,
    day: OnDay = None,
    text: Text = None,
    organisation_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """What there is: the latest or the nearest (`sort=distance`) first, what nobody has confirmed for months last."""
    narrowed = ActivityFilter(district, topic, kind, language, organisation_id, day, text)
    settings = query.state.resource(MatchingSettings)
    return await listed.answer(
        query,
        lambda connection, _, asked: handlers.activities(
            connection, asked, narrowed, postal_code, distance_km, settings
        ),
    )


@router.get("/activities/{activity_id}", response_model=ActivityAnswer)
async def get_activity(activity_id: UUID, query: AnybodyQuery) -> Response:
    """One entry of the directory."""

    async def read(connection: Any, caller: Any) -> Activity:
        return await handlers.activity(connection, caller, activity_id)

    return await query.run(read, shape=ActivityAnswer)


@router.patch("/activities/{activity_id}", response_model=ActivityAnswer)
async def change_activity(
    activity_id: UUID, body: ActivityChange, command: Command, version: ExpectedVersion
) -> Response:
    """Change what is sent, which confirms the rest; what is left out stays."""
    return await command.run(
        lambda tx, caller: handlers.change_activity(tx, caller, activity_id, version, body), shape=ActivityAnswer
    )


@router.post("/activities/{activity_id}/confirmation", response_model=ActivityAnswer)
async def confirm_activity(activity_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Everything is still right."""
    return await command.run(
        lambda tx, caller: handlers.confirm_activity(tx, caller, activity_id, version), shape=ActivityAnswer
    )


@router.delete("/activities/{activity_id}", status_code=204)
async def remove_activity(activity_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """There is no such activity any more."""
    return await command.run(lambda tx, caller: handlers.remove_activity(tx, caller, activity_id, version))


@router.get("/organisations/{organisation_id}/activities", response_model=Page[ActivityAnswer], responses=CSV)
async def list_activities_of_organisation(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(OWN_ACTIVITIES.asked)],
    is_stale: bool | None = None,
) -> Response:
    """An organisation's own entries for its staff; `is_stale=true`: those that wait to be confirmed."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.activities_of_organisation(
            connection, caller, organisation_id, asked, is_stale
        ),
    )
