"""Volunteers answer to associations that told of them: agree, take their profile over, or object for good."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import erasures
from services.registry.handlers.sign_in import take_over
from services.registry.models.exchange import Link as ExternalLink
from services.registry.models.exchange import VolunteerLink
from services.registry.permissions import PERMISSIONS
from services.registry.store import external_ids as store
from services.registry.store import imported_volunteers, merges
from shared.access.callers import Caller, CallerKind
from shared.access.links import Link, burn, link_expired
from shared.access.permissions import Belongs
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found

log = structlog.get_logger()


async def answer_by_mail(tx: Transaction, link: Link, idempotency_key: str | None, *, agrees: bool) -> None:
    """Whoever was told of by an association agrees, or objects for good.

    Art. 14, 17 (1), 21 DSGVO. Objecting, whoever is here only because the association told of them is erased, and no
    import brings them back; of everybody else only the exchange ends. Agreeing, they take over what was told of them, or
    let the association hear what changes.

    Raises
    ------
    Refusal
        `link-used`, `link-expired` (also when it went to an address that the association corrected since).
    """
    await burn(tx, link, idempotency_key)
    found = None if link.resource is None else await store.link(tx.connection, link.resource)
    if found is None or link.subject_id is None:
        raise link_expired()
    # A token counts whole seconds.
    if await store.was_told_again(tx.connection, found.link_id, link.expires_at + timedelta(seconds=1)):
        raise link_expired()
    if found.id != link.subject_id:
        # Merged since: nothing was proved of the survivor's address, so it ends the link and nothing else.
        if agrees or found.id != await merges.survivor_of(tx.connection, link.subject_id):
            raise link_expired()
        await lock_subject(tx, found.id)
        await _answer(tx, found, agrees=False)
        log.info("exchange-objected", link_id=str(found.link_id))
        return
    own = await imported_volunteers.own_profiles(tx.connection, [found.id])
    if not agrees and found.by_import and not found.is_confirmed and found.id not in own:
        await erasures.request_erasure(tx, Caller(CallerKind.VOLUNTEER, None, found.id), found.id)
    else:
        await lock_subject(tx, found.id)
        await _answer(tx, found, agrees=agrees)
    log.info("exchange-agreed" if agrees else "exchange-objected", link_id=str(found.link_id))


async def _answer(tx: Transaction, found: ExternalLink, *, agrees: bool) -> None:
    if not agrees:
        await store.suppress_links(tx.connection, [found.link_id], tx.now)
    elif found.by_import:
        await take_over(tx, found.id)
    else:
        await store.confirm_link(tx.connection, found.link_id, tx.now)


async def links(connection: Any, caller: Caller, volunteer_id: UUID) -> list[VolunteerLink]:
    """Which associations know a volunteer by ids of their own, for that volunteer."""
    PERMISSIONS.require("read-links", caller, Belongs(person=volunteer_id), what="volunteer")
    return await store.links_of_volunteer(connection, volunteer_id)


async def agree(tx: Transaction, caller: Caller, link_id: UUID) -> VolunteerLink:
    """Let an association know of oneself."""
    found = await _own(tx, caller, link_id)
    await _answer(tx, found, agrees=True)
    log.info("exchange-agreed", link_id=str(link_id))
    return next(each for each in await store.links_of_volunteer(tx.connection, found.id) if each.link_id == link_id)


async def object_(tx: Transaction, caller: Caller, link_id: UUID) -> None:
    """End the exchange with an association for good; one's own registration stays."""
    await _answer(tx, await _own(tx, caller, link_id), agrees=False)
    log.info("exchange-objected", link_id=str(link_id))


async def _own(tx: Transaction, caller: Caller, link_id: UUID) -> ExternalLink:
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    found = await store.link(tx.connection, link_id)
    belongs = Belongs() if found is None else Belongs(person=found.id)
    PERMISSIONS.require("answer-link", caller, belongs, what="link")
    if found is None:
        raise not_found("link")
    return found
