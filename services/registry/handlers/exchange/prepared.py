"""A row about a volunteer of which everything is known, and the shapes in which it is stored and published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.registry.handlers.vocabularies import skills_of, wishes_of
from services.registry.models.addresses import mail_hash
from services.registry.models.ages import Ages
from services.registry.models.exchange import Incoming, Link, Outcome, Result, RowFault, VolunteerRow
from services.registry.models.places import NamedDistrict
from services.registry.rules.ages import ages_of
from services.registry.rules.places import chosen_district
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Refusal
from shared.runtime.ids import new_id

CLOCKS_APART = timedelta(minutes=5)
FIRST_CONSENT = datetime(2000, 1, 1, tzinfo=UTC)
"""What a system that knows no day writes lies long before, at the beginning of all calendars, where no reader follows."""


@dataclass(frozen=True)
class Prepared:
    """A row of which everything is known."""

    item: Incoming[VolunteerRow]
    volunteer_id: UUID
    link_id: UUID
    district: str
    ages: Ages
    mail_hash: bytes
    plain: Mapping[str, Any]
    """The row, JSON-ready: made once, because many are told at a time."""
    told: Mapping[str, Any]
    """What is published of it."""


def prepared(
    tx: Transaction,
    item: Incoming[VolunteerRow],
    link: Link | None,
    districts: Mapping[str, list[NamedDistrict]],
) -> Prepared | Result:
    """A row with what follows from it; a result at once when it cannot be taken over."""
    row = item.row
    if row.consent.given_at < FIRST_CONSENT:
        return _refused(item, "#/consent/given_at", "consent-too-early")
    if row.consent.given_at > tx.now + CLOCKS_APART:
        return _refused(item, "#/consent/given_at", "consent-in-the-future")
    if row.postal_code not in districts:
        return _refused(item, "#/postal_code", "postal-code-unknown")
    pointer = "#/skills"
    try:
        # Only terms leave the registry, whoever tells them.
        skills_of(row.skills, ())
        pointer = "#/wishes"
        wishes_of(row.wishes)
        pointer = "#/district"
        district = chosen_district(districts[row.postal_code], row.district)
        pointer = "#/birth_date"
        ages = ages_of(row.birth_date, tx.now.astimezone(BERLIN).date())
    except Refusal as refusal:
        return _refused(item, pointer, refusal.code)
    volunteer_id, plain = link.id if link else new_id(), row.model_dump(mode="json")
    return Prepared(
        item,
        volunteer_id,
        link.link_id if link else new_id(),
        district,
        ages,
        mail_hash(row.mail),
        plain,
        _told(volunteer_id, plain, district, ages),
    )


def _told(volunteer_id: UUID, plain: Mapping[str, Any], district: str, ages: Ages) -> dict[str, Any]:
    """What is published of a row; each list of terms in its order, each term once."""
    return {
        "volunteer_id": volunteer_id,
        "languages": plain["languages"],
        "availability": plain["availability"],
        "reach_km": plain["reach_km"],
        "postal_code": plain["postal_code"],
        "skills": sorted(set(plain["skills"])),
        "wishes": sorted(set(plain["wishes"])),
        "travel": sorted(set(plain["travel"])),
        "district": district,
        "age_reached": ages.reached,
    }


def volunteer_row(each: Prepared) -> dict[str, Any]:
    """A row of `volunteers`, JSON-ready."""
    consent = each.plain["consent"]
    return {
        **each.told,
        "volunteer_id": str(each.volunteer_id),
        "language": each.plain["language"],
        "reaches_16_on": each.ages.reaches_16_on,
        "reaches_18_on": each.ages.reaches_18_on,
        "text_version": consent["text_version"],
        "given_at": consent["given_at"],
    }


def contact_row(each: Prepared) -> dict[str, Any]:
    """A row of `volunteer_contacts`, JSON-ready."""
    row = each.item.row
    return {
        "volunteer_id": str(each.volunteer_id),
        "name": row.name,
        "mail": row.mail,
        "mail_hash": each.mail_hash.hex(),
        "language": row.language,
    }


def link_row(each: Prepared, volunteer_id: UUID, *, by_import: bool, held_back: bool = False) -> dict[str, Any]:
    """A row of `external_ids`, JSON-ready."""
    return {
        "link_id": str(each.link_id),
        "external_id": each.item.external_id,
        "id": str(volunteer_id),
        "digest": each.item.digest.hex(),
        "spelling_digest": each.item.spelling.hex(),
        "fingerprint": each.item.fingerprint.hex(),
        "by_import": by_import,
        "held_back": held_back,
    }


def _refused(item: Incoming[VolunteerRow], pointer: str, code: str) -> Result:
    return Result(item.number, Outcome.REFUSED, (RowFault(pointer, code),))
