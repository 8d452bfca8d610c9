"""The letter for the free certificate (§ 30a(2) BZRG): made when asked for, stored nowhere."""

from uuid import UUID

from services.registry.handlers import audit
from services.registry.handlers.clearance_reach import reaches
from services.registry.handlers.restrictions import refuse_if_restricted
from services.registry.models.clearances import Purpose
from services.registry.models.vocabularies import VocabularyName, meanings, plain
from services.registry.permissions import PERMISSIONS
from services.registry.rules import clearances as rules
from services.registry.rules.clearance_letters import Letter, letter
from services.registry.store import clearances as store
from services.registry.store import contacts, dealings, organisations, places, volunteers
from services.registry.store.vocabularies import vocabulary
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.documents import Document
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found


async def clearance_letter(
    tx: Transaction,
    caller: Caller,
    organisation_id: UUID,
    purpose: Purpose,
    activity: str | None,
    volunteer_id: UUID | None,
) -> Document:
    """The letter, with name and place of a volunteer; without one, to be filled in.

    Of whom the organisation dealt with, or whom it registered, a coordinator in their districts: it knows the name, and asks
    before anything is taken up.
    """
    PERMISSIONS.require("print-clearance-letter", caller, Belongs(organisation_id), what="organisation")
    organisation = await organisations.organisation(tx.connection, organisation_id)
    if organisation is None:
        raise not_found("organisation")
    if not await store.has_kind(tx.connection, organisation_id, purpose.kind_of_activity):
        raise rules.no_such_kind(await store.kinds_of(tx.connection, organisation_id))
    terms = await store.terms(tx.connection, organisation_id)
    name, place = None, None
    if volunteer_id is not None:
        name, place = await _whom(tx, caller, organisation_id, volunteer_id)
    told = Letter(
        organisation_id=organisation_id,
        organisation=organisation.name,
        legal_basis=purpose.legal_basis,
        stated_basis=purpose.stated_basis,
        activity=activity or await _called(tx, purpose.kind_of_activity),
        certificate_months=terms.certificate_months,
        volunteer=name,
        place=place,
    )
    return letter(told, tx.now)


async def _whom(
    tx: Transaction, caller: Caller, organisation_id: UUID, volunteer_id: UUID
) -> tuple[str | None, str | None]:
    await lock_subject(tx, volunteer_id)
    stored = await volunteers.volunteer(tx.connection, volunteer_id)
    if stored is None or not await dealings.has_to_do_with(tx.connection, organisation_id, volunteer_id):
        raise rules.nothing_to_do_with_them()
    if not await reaches(tx.connection, caller, organisation_id, volunteer_id):
        raise rules.nothing_to_do_with_them()
    await refuse_if_restricted(tx.connection, volunteer_id)
    contact = await volunteers.contact(tx.connection, volunteer_id)
    await audit.record(
        tx,
        caller,
        "read",
        "volunteer-contact",
        volunteer_id,
        concerning=volunteer_id,
        why="clearance-letter",
        organisation_id=organisation_id,
    )
    postal_code = stored.published.postal_code
    place = await places.place(tx.connection, postal_code)
    return (contact.name if contact else None), f"{postal_code} {place.name if place else ''}".strip()


async def _called(tx: Transaction, kind_of_activity: str) -> str:
    """The kind of activity in German, as far as a vocabulary has it: the office that reads the letter knows no terms."""
    words = kind_of_activity.replace("_", " ")
    for name in (VocabularyName.WISHES, VocabularyName.SKILLS):
        entries = vocabulary(name)
        if (term := meanings(entries).get(plain(words))) is not None:
            return entries[term].names["de"]
    topics = {topic.topic: topic.german for topic in await contacts.topics(tx.connection)}
    return topics.get(kind_of_activity, words)
