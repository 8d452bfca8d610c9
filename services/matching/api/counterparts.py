"""`/counterparts`: for whom a volunteer is looked for, without any personal data; and what volunteers wish in a tandem."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.matching.api.tandem_answers import CounterpartAnswer, FittingAnswer, FittingVolunteers, WishesAnswer
from services.matching.handlers import counterparts as handlers
from services.matching.models.tandems import ChangeCounterpart, CounterpartStatus, RecordCounterpart, StateWishes
from shared.http.commands import Command
from shared.http.commands import Query as SignedInQuery
from shared.http.conditional import ExpectedVersion
from shared.http.languages import Language
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["tandems"])


@router.post("/counterparts", status_code=201, response_model=CounterpartAnswer)
async def record_counterpart(body: RecordCounterpart, command: Command) -> Response:
    """A coordinator looks for a volunteer: a reference in the organisation's own file, languages and wishes."""
    return await command.run(
        lambda tx, caller: handlers.record(tx, caller, body),
        status=201,
        shape=CounterpartAnswer,
        location=lambda made: f"/counterparts/{made.counterpart_id}",
    )


@router.get("/counterparts/{counterpart_id}", response_model=CounterpartAnswer)
async def get_counterpart(counterpart_id: UUID, query: SignedInQuery) -> Response:
    """One of them."""
    return await query.run(
        lambda connection, caller: handlers.counterpart(connection, caller, counterpart_id), shape=CounterpartAnswer
    )


@router.put("/counterparts/{counterpart_id}", response_model=CounterpartAnswer)
async def change_counterpart(
    counterpart_id: UUID, body: ChangeCounterpart, command: Command, version: ExpectedVersion
) -> Response:
    """Languages and wishes anew."""
    return await command.run(
        lambda tx, caller: handlers.change(tx, caller, counterpart_id, version, body), shape=CounterpartAnswer
    )


@router.post("/counterparts/{counterpart_id}/closure", response_model=CounterpartAnswer)
async def close_counterpart(counterpart_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Nobody is looked for any more."""
    return await command.run(
        lambda tx, caller: handlers.close(tx, caller, counterpart_id, version), shape=CounterpartAnswer
    )


COUNTERPARTS = Listing(
    "counterparts", CounterpartAnswer, sorts={"recorded": None}, key="counterpart_id", descending=True
)


@router.get("/organisations/{organisation_id}/counterparts", response_model=Page[CounterpartAnswer], responses=CSV)
async def list_counterparts(
    organisation_id: UUID,
    query: SignedInQuery,
    listed: Annotated[Listed, Depends(COUNTERPARTS.asked)],
    status: Annotated[CounterpartStatus | None, Query()] = None,
    language: Annotated[Language | None, Query()] = None,
) -> Response:
    """What an organisation has recorded for the caller's districts, the latest first."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.counterparts(
            connection, caller, organisation_id, asked, status, language
        ),
    )


@router.get("/counterparts/{counterpart_id}/volunteers", response_model=FittingVolunteers)
async def list_fitting_volunteers(
    counterpart_id: UUID,
    query: SignedInQuery,
    limit: Annotated[int, Query(ge=1, le=50, description="How many at most, the best first")] = 20,
) -> Response:
    """Whom a tandem could be proposed to: who holds a place with the organisation in the district."""
    return await query.run(
        lambda connection, caller: handlers.fitting_volunteers(connection, caller, counterpart_id, limit),
        shape=lambda found: FittingVolunteers(volunteers=[FittingAnswer.model_validate(each) for each in found]),
    )


@router.get("/volunteers/{volunteer_id}/tandem-wishes", response_model=WishesAnswer)
async def own_tandem_wishes(volunteer_id: UUID, query: SignedInQuery) -> Response:
    """What the signed-in volunteer wishes to do in a tandem."""
    return await query.run(
        lambda connection, caller: handlers.own_wishes(connection, caller, volunteer_id), shape=WishesAnswer
    )


@router.put("/volunteers/{volunteer_id}/tandem-wishes", response_model=WishesAnswer)
async def state_tandem_wishes(
    volunteer_id: UUID, body: StateWishes, command: Command, version: ExpectedVersion
) -> Response:
    """The volunteer says what they wish."""
    return await command.run(
        lambda tx, caller: handlers.state_wishes(tx, caller, volunteer_id, version, body.wishes), shape=WishesAnswer
    )
