"""Offers, and what the read models say of organisations and places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.matching.models.offers import Offer, OfferFilter
from services.matching.models.places import Place, Point
from shared.contracts.matching import WeeklyTime
from shared.contracts.vocabulary import OfferStatus
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "offers.sql")

SORTS = {"published": None, "urgency": "o.urgency"}
PUBLISHED = ListQuery(__file__, "offers.sql", "published_offers_listed", sorts=SORTS, key="o.offer_id")
OF_ORGANISATION = ListQuery(__file__, "offers.sql", "offers_of_organisation_listed", sorts=SORTS, key="o.offer_id")


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the read model says of an organisation."""

    organisation_id: UUID
    name: str
    is_verified: bool


async def offers(connection: Any, offer_ids: Sequence[UUID]) -> list[Offer]:
    """The offers of these ids, in this order; ids without an offer are left out."""
    rows = await queries.offers_by_ids(connection, offer_ids=list(offer_ids))
    by_id = {row["offer_id"]: _offer(row) for row in rows}
    return [by_id[offer_id] for offer_id in offer_ids if offer_id in by_id]


async def offer(connection: Any, offer_id: UUID) -> Offer | None:
    """One offer, None when there is none."""
    found = await offers(connection, [offer_id])
    return found[0] if found else None


async def lock_offers(connection: Any, offer_ids: Sequence[UUID]) -> list[Offer]:
    """The offers, their rows locked until commit in the order of ids."""
    locked = await queries.lock_offers(connection, offer_ids=list(offer_ids))
    return await offers(connection, [row["offer_id"] for row in locked])


async def lock_offer(connection: Any, offer_id: UUID) -> Offer | None:
    """One offer, its row locked until commit."""
    found = await lock_offers(connection, [offer_id])
    return found[0] if found else None


async def insert_offer(connection: Any, new: Offer, now: datetime) -> None:
    """Keep a new offer."""
    await queries.insert_offer(
        connection,
        organisation_id=new.organisation_id,
        coordinator_id=new.coordinator_id,
        **_published(new),
        now=now,
    )


async def update_offer(connection: Any, changed: Offer, now: datetime) -> None:
    """Keep the published state of an offer."""
    await queries.update_offer(connection, **_published(changed), now=now)


async def count_places(connection: Any, counted: Offer) -> None:
    """Keep how many places are taken and how many wait; the row is locked."""
    await queries.count_places(
        connection,
        offer_id=counted.offer_id,
        places_taken=counted.places_taken,
        waiting=counted.waiting,
        last_queue_number=counted.last_queue_number,
    )


async def published_offers(connection: Any, asked: Asked, narrowed: OfferFilter, today: date) -> list[Offer]:
    """A stretch of the public list."""
    rows = await PUBLISHED.fetch(
        connection,
        asked,
        today=today,
        district=narrowed.district,
        topic=narrowed.topic,
        organisation_id=narrowed.organisation_id,
        language=narrowed.language,
    )
    return await offers(connection, [row["offer_id"] for row in rows])


async def offers_of_organisation(
    connection: Any, asked: Asked, organisation_id: UUID, districts: Sequence[str] | None, status: OfferStatus | None
) -> list[Offer]:
    """A stretch of an organisation's offers, closed ones too; `districts` None: all of them."""
    rows = await OF_ORGANISATION.fetch(
        connection,
        asked,
        organisation_id=organisation_id,
        districts=None if districts is None else list(districts),
        status=status,
    )
    return await offers(connection, [row["offer_id"] for row in rows])


async def place(connection: Any, postal_code: str) -> Place | None:
    """Where a postal code lies, None when it is not known here."""
    row = await queries.place_by_postal_code(connection, postal_code=postal_code)
    if row is None:
        return None
    point = Point(row["latitude"], row["longitude"])
    return Place(row["postal_code"], row["name"], point, tuple(row["districts"]))


async def organisation(connection: Any, organisation_id: UUID) -> Organisation | None:
    """An organisation, None when it is not known here."""
    row = await queries.organisation_by_id(connection, organisation_id=organisation_id)
    return Organisation(**row) if row else None


async def lock_offer_that_is_over(connection: Any, today: date) -> Offer | None:
    """One published offer whose last day has passed, locked."""
    return await _offer_if_any(connection, await queries.offer_that_is_over(connection, today=today))


async def lock_offer_to_settle(connection: Any) -> Offer | None:
    """One closed offer that is not settled, locked."""
    return await _offer_if_any(connection, await queries.offer_to_settle(connection))


async def lock_offer_whose_list_may_move(connection: Any) -> Offer | None:
    """One offer with free places and people waiting, locked."""
    return await _offer_if_any(connection, await queries.offer_whose_list_may_move(connection))


async def settle_offer(connection: Any, offer_id: UUID) -> None:
    """Remember that nobody undecided is left."""
    await queries.settle_offer(connection, offer_id=offer_id)


async def _offer_if_any(connection: Any, offer_id: UUID | None) -> Offer | None:
    return None if offer_id is None else await offer(connection, offer_id)


def _published(of: Offer) -> dict[str, Any]:
    return {
        "offer_id": of.offer_id,
        "version": of.version,
        "title": of.title,
        "description": of.description,
        "topic": of.topic,
        "district": of.district,
        "postal_code": of.postal_code,
        "weekly": [time.model_dump(mode="json") for time in of.weekly],
        "starts_on": of.starts_on,
        "ends_on": of.ends_on,
        "languages_required": list(of.languages_required),
        "languages_welcome": list(of.languages_welcome),
        "qualifications": list(of.qualifications),
        "minimum_age": of.minimum_age,
        "places": of.places,
        "urgency": of.urgency,
        "status": of.status.value,
    }


def _offer(row: Any) -> Offer:
    fields = dict(row)
    latitude, longitude = fields.pop("latitude"), fields.pop("longitude")
    for name in ("languages_required", "languages_welcome", "qualifications"):
        fields[name] = tuple(fields[name])
    fields["weekly"] = tuple(WeeklyTime.model_validate(time) for time in fields["weekly"])
    fields["status"] = OfferStatus(fields["status"])
    return Offer(**fields, point=None if latitude is None else Point(latitude, longitude))
