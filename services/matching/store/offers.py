"""Offers, and what the read models say of organisations and places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.models.offers import Boundary, Offer, OfferStatus
from services.matching.models.places import Place, Plane, Point
from shared.contracts.matching import Translation, WeeklyTime
from shared.contracts.registry import LegalBasis
from shared.contracts.vocabulary import Level, Role
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries = load_queries(__file__, "offers.sql")

SORTS = {"published": None, "urgency": "o.urgency"}
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


async def with_free_places(connection: Any, offer_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Of these offers those where a place can be taken now: of an offer with shifts, in one that has not begun."""
    rows = await queries.with_free_places(connection, offer_ids=list(offer_ids), now=now)
    return {row["offer_id"] for row in rows}


async def lock_offers(connection: Any, offer_ids: Sequence[UUID]) -> list[Offer]:
    """The offers, their rows locked until commit in the order of ids."""
    locked = await queries.lock_offers(connection, offer_ids=list(offer_ids))
    return await offers(connection, [row["offer_id"] for row in locked])


async def lock_offer(connection: Any, offer_id: UUID) -> Offer | None:
    """One offer, its row locked until commit."""
    found = await lock_offers(connection, [offer_id])
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search by place and urgency looks at besides: `location` None leaves an offer where it was."""

    effective_urgency: float
    effective_on: date
    location: Plane | None = None


async def insert_offer(connection: Any, new: Offer, searched: Searched, now: datetime) -> None:
    """Keep a new offer."""
    await queries.insert_offer(
        connection,
        organisation_id=new.organisation_id,
        coordinator_id=new.coordinator_id,
        template_id=new.template_id,
        **_stated(new, searched),
        now=now,
    )


async def update_offer(connection: Any, changed: Offer, searched: Searched, now: datetime) -> None:
    """Keep the state of an offer."""
    await queries.update_offer(connection, **_stated(changed, searched), now=now)


async def count_places(connection: Any, counted: Offer) -> None:
    """Keep how many places are taken and how many wait; the row is locked."""
    await queries.count_places(
        connection,
        offer_id=counted.offer_id,
        places_taken=counted.places_taken,
        waiting=counted.waiting,
        last_queue_number=counted.last_queue_number,
    )


async def every_place_is_confirmed(connection: Any, offer_id: UUID) -> bool:
    """Whether nobody who holds a place is still undecided; the offer's row is locked."""
    return bool(await queries.every_place_is_confirmed(connection, offer_id=offer_id))


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


async def organisation_of_contact(connection: Any, contact_id: UUID) -> UUID | None:
    """Whose contact somebody is; None when they are not known here."""
    found: UUID | None = await queries.organisation_of_contact(connection, contact_id=contact_id)
    return found


async def boundary(connection: Any, boundary_id: UUID) -> Boundary | None:
    """A task boundary, None when it is not known here."""
    row = await queries.boundary_by_id(connection, boundary_id=boundary_id)
    return Boundary(row["district"], tuple(row["organisation_ids"]), row["is_in_force"]) if row else None


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


async def lock_offers_to_confirm(connection: Any, before: date, at_most: int) -> list[Offer]:
    """Offers that nobody has confirmed since then, locked; whoever else is at it takes others."""
    rows = await queries.offers_to_confirm(connection, before=before, at_most=at_most)
    return await offers(connection, [row["offer_id"] for row in rows])


async def lock_offers_whose_urgency_decays(connection: Any, today: date, at_most: int) -> list[Offer]:
    """Offers of whose urgency less may be left than was noted, locked."""
    rows = await queries.offers_whose_urgency_decays(connection, today=today, at_most=at_most)
    return await offers(connection, [row["offer_id"] for row in rows])


async def note_urgency(connection: Any, offer_id: UUID, searched: Searched) -> None:
    """Keep what is left of an offer's urgency."""
    await queries.note_urgency(
        connection,
        offer_id=offer_id,
        effective_urgency=searched.effective_urgency,
        effective_on=searched.effective_on,
    )


async def who_answers(connection: Any, organisation_id: UUID, subject_id: UUID, role: Role, at_most: int) -> list[UUID]:
    """Whoever answers for something of an organisation; when they have left it, those who hold a role in it."""
    rows = await queries.who_answers(
        connection, organisation_id=organisation_id, subject_id=subject_id, role=role.value, at_most=at_most
    )
    return [row["subject_id"] for row in rows]


async def settle_offer(connection: Any, offer_id: UUID) -> None:
    """Remember that nobody undecided is left."""
    await queries.settle_offer(connection, offer_id=offer_id)


async def _offer_if_any(connection: Any, offer_id: UUID | None) -> Offer | None:
    return None if offer_id is None else await offer(connection, offer_id)


def _stated(of: Offer, searched: Searched) -> dict[str, Any]:
    return {
        "offer_id": of.offer_id,
        "version": of.version,
        "title": of.title,
        "description": of.description,
        "translations": {language: text.model_dump(mode="json") for language, text in of.translations.items()},
        "topic": of.topic,
        "district": of.district,
        "postal_code": of.postal_code,
        "location": None if searched.location is None else asyncpg.Point(*searched.location),
        "weekly": [time.model_dump(mode="json") for time in of.weekly],
        "days": sorted({time.day.value for time in of.weekly}),
        "starts_on": of.starts_on,
        "ends_on": of.ends_on,
        "languages_required": list(of.languages_required),
        "language_levels": [level.value for level in of.language_levels],
        "languages_welcome": list(of.languages_welcome),
        "qualifications": list(of.qualifications),
        "skills_required": list(of.skills_required),
        "skills_welcome": list(of.skills_welcome),
        "minimum_age": of.minimum_age,
        "clearance_basis": of.clearance_basis and of.clearance_basis.value,
        "clearance_activity": of.clearance_activity,
        "clearance_stated": of.clearance_stated,
        "boundary_id": of.boundary_id,
        "volunteer_tasks": of.volunteer_tasks,
        "staff_tasks": of.staff_tasks,
        "places": of.places,
        "urgency": of.urgency,
        "urgency_reason": of.urgency_reason,
        "urgency_set_at": of.urgency_set_at,
        "urgency_half_life_days": of.urgency_half_life_days,
        "effective_urgency": searched.effective_urgency,
        "effective_on": searched.effective_on,
        "accompanied_first": of.accompanied_first,
        "contact_id": of.contact_id,
        "confirmed_on": of.confirmed_on,
        "is_stale": of.is_stale,
        "status": of.status.value,
    }


_LISTS = ("languages_required", "languages_welcome", "qualifications", "skills_required", "skills_welcome")


def _offer(row: Any) -> Offer:
    fields = dict(row)
    latitude, longitude = fields.pop("latitude"), fields.pop("longitude")
    for name in _LISTS:
        fields[name] = tuple(fields[name])
    fields["language_levels"] = tuple(Level(level) for level in fields["language_levels"])
    fields["weekly"] = tuple(WeeklyTime.model_validate(time) for time in fields["weekly"])
    fields["translations"] = {
        language: Translation.model_validate(text) for language, text in fields["translations"].items()
    }
    fields["clearance_basis"] = fields["clearance_basis"] and LegalBasis(fields["clearance_basis"])
    fields["status"] = OfferStatus(fields["status"])
    return Offer(**fields, point=None if latitude is None else Point(latitude, longitude))


async def tell_of_move(connection: Any, offer_id: UUID) -> None:
    """Everybody who is placed with an offer is to be told of its new times."""
    await queries.tell_of_move(connection, offer_id=offer_id, first=UUID(int=0))


async def lock_offer_to_tell_of(connection: Any) -> tuple[UUID, UUID] | None:
    """An offer of whose new times not everybody was told, locked, and after which placement to go on."""
    row = await queries.offer_to_tell_of(connection)
    return None if row is None else (row["offer_id"], row["moved_told_after"])


async def told_of_move(connection: Any, offer_id: UUID, after: UUID | None) -> None:
    """How far everybody was told; None: everybody was."""
    await queries.told_of_move(connection, offer_id=offer_id, after=after)
