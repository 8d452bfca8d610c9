"""Undertakings of confidentiality: signed before a volunteer sees personal data of others; a new text asks again.

Promise: whoever shows a volunteer personal data of other people asks `may_see_others` first, which looks at the text that
is in force now, not at what was true when somebody last looked.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.volunteers import required, save
from services.registry.models.undertakings import SignUndertaking, UndertakingsAnswer, UndertakingText
from services.registry.permissions import PERMISSIONS
from services.registry.rules.consents import text_shown
from services.registry.rules.undertakings import check_signed_text
from services.registry.store import texts, volunteers
from services.registry.store import undertakings as store
from shared.access.callers import Caller, CallerKind
from shared.access.permissions import Belongs
from shared.contracts.registry import UndertakingDue
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

STEP = 100


def text(language: str) -> UndertakingText:
    """The text in force."""
    shown = text_shown(texts.undertaking_text(), language)
    return UndertakingText(text_version=shown.version, language=shown.language, title=shown.title, text=shown.text)


async def undertakings(connection: Any, caller: Caller, volunteer_id: UUID) -> UndertakingsAnswer:
    """What I have signed, and whether the text in force is among it."""
    PERMISSIONS.require("own-undertakings", caller, Belongs(person=volunteer_id), what="volunteer")
    return await _answer(connection, volunteer_id)


async def sign(tx: Transaction, caller: Caller, volunteer_id: UUID, signed: SignUndertaking) -> UndertakingsAnswer:
    """Sign the text in force; signing it again changes nothing.

    Raises
    ------
    Refusal
        `volunteer-not-found`, `undertaking-text-unknown`.
    """
    PERMISSIONS.require("own-undertakings", caller, Belongs(person=volunteer_id), what="volunteer")
    await lock_subject(tx, volunteer_id)
    stored = await required(tx.connection, volunteer_id, lock=True)
    language = check_signed_text(text_shown(texts.undertaking_text(), signed.language), signed.text_version)
    await store.sign(tx.connection, volunteer_id, signed.text_version, language, tx.now)
    if (stored.published.undertaking_valid, stored.undertaking_version) != (True, signed.text_version):
        state = stored.published.model_copy(update={"undertaking_valid": True})
        await save(tx, replace(stored, published=state, undertaking_version=signed.text_version))
        log.info("undertaking-signed", volunteer_id=str(volunteer_id))
    return await _answer(tx.connection, volunteer_id)


async def may_see_others(connection: Any, caller: Caller) -> bool:
    """Whether the caller may be shown personal data of others: staff are bound by their employer.

    Art. 29, Art. 32 (4) DSGVO.
    """
    if caller.kind is not CallerKind.VOLUNTEER:
        return True
    return await store.has_signed(connection, caller.require_person(), _in_force())


async def ask_again(tx: Transaction) -> int:
    """A timer's step: there is a new text, so whoever signed an earlier one is asked again."""
    version = _in_force()
    outdated = await store.outdated(tx.connection, version, STEP)
    for volunteer_id in outdated:
        stored = await volunteers.volunteer(tx.connection, volunteer_id)
        if stored is None:
            continue
        state = stored.published.model_copy(update={"undertaking_valid": False})
        await save(tx, replace(stored, published=state))
        tx.publish(UndertakingDue(volunteer_id=volunteer_id, text_version=version))
    return len(outdated)


async def _answer(connection: Any, volunteer_id: UUID) -> UndertakingsAnswer:
    signed, version = await store.signed(connection, volunteer_id), _in_force()
    is_valid = any(each.text_version == version for each in signed)
    return UndertakingsAnswer(is_valid=is_valid, text_version=version, signed=signed)


def _in_force() -> str:
    return texts.undertaking_text()[0].version
