"""Districts and places: public."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.registry.handlers import places as handlers
from services.registry.models.places import District, PlaceAnswer
from shared.http.commands import AnonymousQuery
from shared.http.listing import CSV, Listed, Listing, Page

router = APIRouter(tags=["places"])

DISTRICTS = Listing(
    "districts",
    District,
    sorts={"ags": None, "name": str},
    key="ags",
    key_kind=str,
    value=lambda row, name: row.sort_name if name == "name" else getattr(row, name),
)


@router.get("/districts", response_model=Page[District], responses=CSV)
async def districts(
    query: AnonymousQuery,
    listed: Annotated[Listed, Depends(DISTRICTS.asked)],
    land: Annotated[str | None, Query(pattern=r"^[0-9]{2}$", description="first two digits of the key")] = None,
    words: Annotated[str | None, Query(min_length=1, max_length=100, description="of the name")] = None,
) -> Response:
    """The districts with the coordinates of their seats; there are about 400 in Germany."""
    return await listed.answer(query, lambda connection, _, asked: handlers.districts(connection, asked, land, words))


@router.get("/places/{postal_code}", response_model=PlaceAnswer)
async def place(postal_code: Annotated[str, Path(pattern=r"^[0-9]{5}$")], query: AnonymousQuery) -> Response:
    """A postal code with its coordinates and the districts in which it may lie, the likeliest first."""
    return await query.run(lambda connection, _: handlers.place(connection, postal_code))
