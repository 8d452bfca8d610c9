"""Volunteers answer to associations that told of them: agree, take their profile over, or object for good."""

from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import erasures
from services.registry.models.exchange import Link as ExternalLink
from services.registry.models.exchange import VolunteerLink
from services.registry.permissions import PERMISSIONS
from services.registry.store import external_ids as store
from shared.access.callers import Caller, CallerKind
from shared.access.links import Link, burn, link_expired
from shared.access.permissions import Belongs
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found

log = structlog.get_logger()


async def object_by_mail(tx: Transaction, link: Link, idempotency_key: str | None) -> None:
    """Whoever was told of by an association does not want it: they are erased, and no import brings them back.

    Art. 17 (1), 21 DSGVO. Whoever has answered before keeps their registration; only the exchange about them ends.
    """
    await burn(tx, link, idempotency_key)
    found = await _told(tx, link)
    if found.by_import and not found.is_confirmed:
        person = Caller(CallerKind.VOLUNTEER, None, found.id)
        await erasures.request_erasure(tx, person, found.id)
    else:
        await lock_subject(tx, found.id)
        await store.suppress_link(tx.connection, found.link_id, tx.now)
    log.info("exchange-objected", link_id=str(found.link_id))


async def agree_by_mail(tx: Transaction, link: Link, idempotency_key: str | None) -> None:
    """A volunteer who was here before lets an association know of them."""
    await lock_subject(tx, link.subject_id)
    await burn(tx, link, idempotency_key)
    found = await _told(tx, link)
    await store.confirm_link(tx.connection, found.link_id, tx.now)
    log.info("exchange-agreed", link_id=str(found.link_id))


async def _told(tx: Transaction, link: Link) -> ExternalLink:
    found = None if link.resource is None else await store.link(tx.connection, link.resource)
    if found is None or found[0].id != link.subject_id:
        raise link_expired()
    return found[0]


async def links(connection: Any, caller: Caller, volunteer_id: UUID) -> list[VolunteerLink]:
    """Which associations know a volunteer by ids of their own, for that volunteer."""
    PERMISSIONS.require("read-links", caller, Belongs(person=volunteer_id), what="volunteer")
    return await store.links_of_volunteer(connection, volunteer_id)


async def agree(tx: Transaction, caller: Caller, link_id: UUID) -> VolunteerLink:
    """Let an association know of oneself."""
    found = await _own(tx, caller, link_id)
    await store.confirm_link(tx.connection, link_id, tx.now)
    log.info("exchange-agreed", link_id=str(link_id))
    return next(each for each in await store.links_of_volunteer(tx.connection, found.id) if each.link_id == link_id)


async def object_(tx: Transaction, caller: Caller, link_id: UUID) -> None:
    """End the exchange with an association for good; one's own registration stays."""
    await _own(tx, caller, link_id)
    await store.suppress_link(tx.connection, link_id, tx.now)
    log.info("exchange-objected", link_id=str(link_id))


async def _own(tx: Transaction, caller: Caller, link_id: UUID) -> ExternalLink:
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    found = await store.link(tx.connection, link_id)
    belongs = Belongs() if found is None else Belongs(person=found[0].id)
    PERMISSIONS.require("answer-link", caller, belongs, what="link")
    if found is None:
        raise not_found("link")
    return found[0]
