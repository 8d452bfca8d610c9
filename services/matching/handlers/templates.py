"""Templates: an organisation keeps what it states of an offer, and states the next one from it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.matching import refusals
from services.matching.handlers.offers import publish_offer
from services.matching.models.offers import Offer
from services.matching.models.templates import ChangeTemplate, FromTemplate, SaveTemplate, Template, draft_of, stated_by
from services.matching.permissions import PERMISSIONS, offer_belongs
from services.matching.settings import MatchingSettings
from services.matching.store import offers as offers_store
from services.matching.store import templates as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

TEMPLATES_AT_MOST = 500
"""Of one organisation."""


async def save_template(tx: Transaction, caller: Caller, told: SaveTemplate) -> Template:
    """What an offer states is kept as a template of its organisation."""
    offer = await _readable(tx, caller, told.offer_id)
    PERMISSIONS.require("keep-templates", caller, Belongs(organisation_id=offer.organisation_id), what="offer")
    if await store.count_of_organisation(tx.connection, offer.organisation_id) >= TEMPLATES_AT_MOST:
        raise refusals.too_many("templates", TEMPLATES_AT_MOST)
    template = Template(new_id(), 1, offer.organisation_id, told.name, stated_by(offer), tx.now, tx.now)
    await store.insert_template(tx.connection, template)
    log.info("template-saved", template_id=str(template.template_id))
    return template


async def change_template(
    tx: Transaction, caller: Caller, template_id: UUID, expected: int, told: ChangeTemplate
) -> Template:
    """Another name, or what another offer of the organisation states."""
    template = await _locked(tx, caller, template_id, expected)
    stated = template.stated
    if told.offer_id is not None:
        offer = await _readable(tx, caller, told.offer_id)
        if offer.organisation_id != template.organisation_id:
            raise not_found("offer")
        stated = stated_by(offer)
    changed = replace(template, version=expected + 1, name=told.name or template.name, stated=stated, changed_at=tx.now)
    await store.update_template(tx.connection, changed)
    return changed


async def delete_template(tx: Transaction, caller: Caller, template_id: UUID, expected: int) -> None:
    """The template is no more; offers made from it stay."""
    template = await _locked(tx, caller, template_id, expected)
    await store.delete_template(tx.connection, template.template_id)


async def template(connection: Any, caller: Caller, template_id: UUID) -> Template:
    """One template of the caller's organisation."""
    return _permitted(caller, await store.template(connection, template_id))


async def templates(connection: Any, caller: Caller, organisation_id: UUID, asked: Asked) -> list[Template]:
    """A stretch of an organisation's templates."""
    PERMISSIONS.require("keep-templates", caller, Belongs(organisation_id=organisation_id), what="organisation")
    return await store.templates_of_organisation(connection, asked, organisation_id)


async def offer_from_template(
    tx: Transaction, caller: Caller, template_id: UUID, told: FromTemplate, settings: MatchingSettings
) -> Offer:
    """A new offer as a template states it, with what is different: a draft, or published at once."""
    found = await template(tx.connection, caller, template_id)
    return await publish_offer(tx, caller, draft_of(found, told), settings)


async def _readable(tx: Transaction, caller: Caller, offer_id: UUID) -> Offer:
    offer = await offers_store.offer(tx.connection, offer_id)
    PERMISSIONS.require("read-own-offers", caller, offer_belongs(offer), what="offer")
    if offer is None:
        raise not_found("offer")
    return offer


async def _locked(tx: Transaction, caller: Caller, template_id: UUID, expected: int) -> Template:
    found = _permitted(caller, await store.template(tx.connection, template_id, lock=True))
    if found.version != expected:
        raise version_mismatch(found.version)
    return found


def _permitted(caller: Caller, found: Template | None) -> Template:
    belongs = Belongs(organisation_id=found.organisation_id) if found else Belongs()
    PERMISSIONS.require("keep-templates", caller, belongs, what="template")
    if found is None:
        raise not_found("template")
    return found
