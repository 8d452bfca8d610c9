"""Access and portability (Art. 15, 20 DSGVO): everything that the registry holds of a person, for that person.

A privacy officer sees it only as long as the person waits for the answer to such a request, and that they did is recorded.
What tells of a special category, or of a conviction, they do not see: it is the person's at their own sign-in (Art. 9, 10
DSGVO), and every export for somebody else says so, whether or not there is any.
"""

from collections.abc import Mapping
from uuid import UUID

from services.registry.handlers.audit import record
from services.registry.handlers.requests.asking import answers_of
from services.registry.models.exports import PersonExport
from services.registry.models.requests import EXPORTED_FOR
from services.registry.models.vocabularies import VocabularyName
from services.registry.permissions import PERMISSIONS
from services.registry.store import exports as store
from services.registry.store import requests
from services.registry.store.vocabularies import vocabulary
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.access.rights import no_open_request
from shared.postgres.transaction import Transaction
from shared.runtime.errors import not_found


async def export(tx: Transaction, caller: Caller, subject_id: UUID) -> PersonExport:
    """Everything that is held of a person here (`person-not-found` when nobody is known by this id, `no-open-request`)."""
    PERMISSIONS.require("export-person", caller, Belongs(person=subject_id), what="person")
    to_the_person = caller.is_person(subject_id)
    if not to_the_person:
        if not await requests.has_open(tx.connection, subject_id, EXPORTED_FOR):
            raise no_open_request()
        await record(tx, caller, "exported", "person", subject_id, subject_id, why="person-request")
    found = await store.sections(tx.connection, subject_id, to_the_person=to_the_person)
    if found["volunteer"] is None and found["member"] is None:
        raise not_found("person")
    return PersonExport(
        subject_id=subject_id,
        exported_at=tx.now,
        requests=await answers_of(tx.connection, subject_id),
        only_for_the_person=() if to_the_person else store.ONLY_FOR_THE_PERSON,
        is_complete=all(len(rows) < store.ROWS_AT_MOST for name, rows in found.items() if name in store.LISTS),
        **found,
    )


def terms() -> dict[str, dict[str, Mapping[str, str]]]:
    """The words of what volunteers choose from lists."""
    return {
        name.value: {term: entry.names for term, entry in vocabulary(name).items()}
        for name in (VocabularyName.SKILLS, VocabularyName.WISHES)
    }
