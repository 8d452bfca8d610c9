"""Districts and places: public."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.registry.handlers import places as handlers
from services.registry.models.places import District, PlaceAnswer
from shared.http.commands import AnonymousQuery

router = APIRouter(tags=["places"])


@router.get("/districts", response_model=list[District])
async def districts(query: AnonymousQuery) -> Response:
    """Every district with the coordinates of its seat; there are about 400 in Germany."""
    return await query.run(lambda connection, _: handlers.districts(connection))


@router.get("/places/{postal_code}", response_model=PlaceAnswer)
async def place(postal_code: Annotated[str, Path(pattern=r"^[0-9]{5}$")], query: AnonymousQuery) -> Response:
    """A postal code with its coordinates and the districts in which it may lie, the likeliest first."""
    return await query.run(lambda connection, _: handlers.place(connection, postal_code))
