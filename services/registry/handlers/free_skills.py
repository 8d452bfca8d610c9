"""When the vocabulary of skills has grown: what people told in their own words counts as the term that it now is."""

from dataclasses import replace
from uuid import UUID

import structlog

from services.registry.handlers import volunteers
from services.registry.handlers.vocabularies import skills_of
from services.registry.store import volunteers as store
from shared.postgres.subjects import lock_subjects
from shared.postgres.transaction import Transaction

log = structlog.get_logger()

STEP = 1000


async def look_again(tx: Transaction, after: UUID) -> tuple[UUID | None, int]:
    """A step through all volunteers, in the order of their ids: how far it came (None: through), and who has a term more.

    May be repeated. Whoever's data may only be stored stays as they are (Art. 18 DSGVO).
    """
    looked_at = await store.free_skills_after(tx.connection, after, STEP)
    meant = [volunteer_id for volunteer_id, free in looked_at if skills_of((), free)[0]]
    erased = await lock_subjects(tx, meant) if meant else frozenset()
    changed = 0
    for stored in await store.some_locked(tx.connection, [each for each in meant if each not in erased]):
        if stored.restricted:
            continue
        # Terms that are stored stay as they are, also one that the vocabulary does not have: nobody told it now.
        known, free = skills_of((), stored.skills_free)
        if free != stored.skills_free:
            skills = tuple(sorted({*stored.published.skills, *known}))
            state = stored.published.model_copy(update={"skills": skills})
            await volunteers.save(tx, replace(stored, published=state, skills_free=free))
            changed += 1
    return (looked_at[-1][0] if len(looked_at) == STEP else None), changed
