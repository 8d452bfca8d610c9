"""Task boundaries: two organisations write down who does what, and change it only together.

What is agreed can be read by everybody, and offers refer to it by its id; what is only talked about is seen by the two
sides and by the district. Every command locks the boundary's row, so one is first: two sides that agree at once are both
heard, and whoever agrees to what was revised meanwhile is told so.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.own_districts import require_in_district
from services.registry.models.boundaries import (
    AsSide,
    BoundaryAnswer,
    CommentAnswer,
    Outcome,
    ProposeBoundary,
    ResponsibilityAnswer,
    ReviseBoundary,
    RevisionAnswer,
    StoredBoundary,
    WriteComment,
)
from services.registry.models.vocabularies import VocabularyName
from services.registry.permissions import PERMISSIONS
from services.registry.rules import boundaries as rules
from services.registry.store import boundaries as store
from services.registry.store.clearances import has_kind
from services.registry.store.vocabularies import vocabulary
from shared.access.callers import Caller, Role
from shared.access.permissions import Belongs
from shared.contracts.registry import (
    AgreedBoundary,
    Boundary,
    BoundaryAgreed,
    BoundaryDiscussed,
    BoundaryEnded,
    BoundaryProposed,
    BoundaryRevised,
    BoundaryStatus,
)
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal, not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

STEP = 100
TALKS_KEPT = timedelta(days=366)
"""Comments are forgotten so long after the boundary's end; what was agreed stays."""


async def propose(tx: Transaction, caller: Caller, told: ProposeBoundary) -> BoundaryAnswer:
    """One organisation proposes a boundary to another; neither has agreed yet."""
    require_in_district("propose-boundary", caller, told.organisation_id, told.district)
    sides = (told.organisation_id, told.other_organisation_id)
    await _check_sides(tx, sides, told.district)
    rules.check_proposal(told, sides, _today(tx))
    await _check_kind(tx, told.kind_of_activity, sides, told.district)
    boundary = StoredBoundary(
        boundary_id=new_id(),
        version=1,
        district=told.district,
        kind_of_activity=told.kind_of_activity,
        organisation_ids=sides,
        status=BoundaryStatus.PROPOSED,
        counts_until=told.valid_until,
        open=rules.revision_of(told, 1, 1, told.organisation_id, caller.require_person(), tx.now),
    )
    if not await store.add(tx.connection, boundary):
        raise Refusal(
            Reason.CONFLICT,
            "boundary-exists",
            de="Die beiden haben dafür schon eine Abgrenzung, oder verhandeln über eine.",
            en="The two have a boundary for this already, or talk about one.",
        )
    return _told(tx, boundary, BoundaryProposed)


async def _check_sides(tx: Transaction, sides: tuple[UUID, UUID], district: str) -> None:
    if sides[0] == sides[1]:
        raise Refusal(
            Reason.INVALID,
            "boundary-with-oneself",
            de="Eine Abgrenzung braucht zwei Organisationen.",
            en="A boundary needs two organisations.",
        )
    if await store.serving(tx.connection, sides, district) != set(sides):
        raise Refusal(
            Reason.INVALID,
            "organisation-does-not-serve-district",
            de="Beide Organisationen müssen bestätigt und in diesem Landkreis tätig sein.",
            en="Both organisations must be verified and active in this district.",
        )


async def _check_kind(tx: Transaction, kind: str, sides: tuple[UUID, UUID], district: str) -> None:
    """A word that nobody uses for anything would answer for nothing: a term of the vocabulary, or what is offered."""
    terms = vocabulary(VocabularyName.WISHES)
    if kind in terms:
        return
    offered = set(await store.kinds_in(tx.connection, district))
    if kind in offered or any([await has_kind(tx.connection, side, kind) for side in sides]):
        return
    raise rules.kind_unknown(sorted({*terms, *offered}))


async def revise(
    tx: Transaction, caller: Caller, boundary_id: UUID, version: int, told: ReviseBoundary
) -> BoundaryAnswer:
    """A side proposes something else."""
    boundary = await _as_side(tx, caller, "propose-boundary", boundary_id, told)
    rules.check_proposal(told, boundary.organisation_ids, _today(tx))
    await _check_sides(tx, boundary.organisation_ids, boundary.district)
    changed = rules.revised(boundary, told, version, told.organisation_id, caller.require_person(), tx.now)
    await store.save(tx.connection, changed)
    return _told(tx, changed, BoundaryRevised if changed.agreed else BoundaryDiscussed)


async def comment(tx: Transaction, caller: Caller, boundary_id: UUID, told: WriteComment) -> CommentAnswer:
    """A side comments on what is proposed."""
    boundary = await _as_side(tx, caller, "propose-boundary", boundary_id, told)
    revision = boundary.open.revision if boundary.open else 0
    changed = rules.commented(boundary, await store.count_comments(tx.connection, boundary_id, revision))
    written = CommentAnswer(
        comment_id=new_id(),
        revision=revision,
        organisation_id=told.organisation_id,
        member_id=caller.require_person(),
        text=told.text,
        written_at=tx.now,
    )
    await store.add_comment(tx.connection, boundary_id, written)
    if changed != boundary:
        await store.save(tx.connection, changed)
        _told(tx, changed, BoundaryDiscussed)
    return written


async def agree(tx: Transaction, caller: Caller, boundary_id: UUID, version: int, told: AsSide) -> BoundaryAnswer:
    """A side agrees; when both have, it counts."""
    boundary = await _as_side(tx, caller, "agree-boundary", boundary_id, told)
    await _check_sides(tx, boundary.organisation_ids, boundary.district)
    changed = rules.agreed(boundary, version, told.organisation_id, caller.require_person(), tx.now, _today(tx))
    if changed == boundary:
        return _answer(boundary, inside=True)
    await store.save(tx.connection, changed)
    if changed.open is not None:
        log.info("boundary-agreed-by-one-side", boundary_id=str(boundary_id))
        return _answer(changed, inside=True)
    return _told(tx, changed, BoundaryAgreed)


async def end(tx: Transaction, caller: Caller, boundary_id: UUID, version: int, told: AsSide) -> BoundaryAnswer:
    """A side ends it, or the talks about it."""
    boundary = await _as_side(tx, caller, "agree-boundary", boundary_id, told)
    if boundary.version != version:
        raise version_mismatch(boundary.version)
    changed = rules.ended(boundary, _today(tx))
    await store.save(tx.connection, changed)
    return _told(tx, changed, BoundaryEnded)


async def end_those_over(tx: Transaction) -> int:
    """A timer's step: boundaries whose last day has passed end."""
    over = await store.to_end(tx.connection, _today(tx), STEP)
    for boundary in over:
        changed = rules.ended(boundary, _today(tx))
        await store.save(tx.connection, changed)
        _told(tx, changed, BoundaryEnded)
    return len(over)


async def forget_talks(tx: Transaction) -> int:
    """A timer's step: what was said about boundaries that ended long ago is forgotten."""
    return await store.forget_comments(tx.connection, _today(tx) - TALKS_KEPT, STEP)


async def _as_side(
    tx: Transaction, caller: Caller, operation: str, boundary_id: UUID, told: AsSide | ReviseBoundary
) -> StoredBoundary:
    """The boundary, locked, for a caller who acts for one of its sides."""
    boundary = await store.boundary(tx.connection, boundary_id, lock=True)
    belongs = Belongs()
    if boundary is not None and told.organisation_id in boundary.organisation_ids:
        belongs = Belongs(told.organisation_id, boundary.district)
    PERMISSIONS.require(operation, caller, belongs, what="boundary")
    if boundary is None:
        raise not_found("boundary")
    return boundary


def _is_inside(caller: Caller, boundary: StoredBoundary) -> bool:
    """Whether the caller may follow the talks: a side, or the district."""
    return any(
        PERMISSIONS.allows("read-boundary-talks", caller, Belongs(side, boundary.district))
        for side in boundary.organisation_ids
    )


async def boundary(connection: Any, caller: Caller, boundary_id: UUID) -> BoundaryAnswer:
    """One boundary; what was never agreed is seen by the two sides and the district only."""
    found, inside = await _seen(connection, caller, boundary_id)
    return _answer(found, inside=inside)


async def _seen(connection: Any, caller: Caller, boundary_id: UUID) -> tuple[StoredBoundary, bool]:
    found = await store.boundary(connection, boundary_id)
    inside = found is not None and _is_inside(caller, found)
    if found is None or not (inside or found.agreed):
        raise not_found("boundary")
    return found, inside


async def boundaries(
    connection: Any,
    caller: Caller,
    asked: Asked,
    *,
    district: str | None = None,
    kind_of_activity: str | None = None,
    organisation_id: UUID | None = None,
    status: BoundaryStatus | None = None,
) -> list[BoundaryAnswer]:
    """Boundaries that count; those of the caller's organisations and district in any state."""
    found = await store.listed(
        connection,
        asked,
        own=caller.organisations(Role.ORGANISATION_ADMIN),
        near=[
            (near, its_district)
            for near in caller.organisations(Role.COORDINATOR)
            for its_district in caller.districts(Role.COORDINATOR, organisation_id=near)
        ],
        districts=caller.districts(Role.DISTRICT_ADMIN),
        district=district,
        kind_of_activity=kind_of_activity,
        organisation_id=organisation_id,
        status=status,
    )
    return [_answer(each, inside=_is_inside(caller, each)) for each in found]


async def revisions(connection: Any, caller: Caller, boundary_id: UUID) -> list[RevisionAnswer]:
    """The history, latest first: for everybody what was agreed, for the sides and the district all of it."""
    _, inside = await _seen(connection, caller, boundary_id)
    once_agreed = (Outcome.AGREED, Outcome.REPLACED, Outcome.ENDED)
    return [
        RevisionAnswer.of(each, inside=inside)
        for each in await store.revisions(connection, boundary_id)
        if inside or each.outcome in once_agreed
    ]


async def comments(connection: Any, caller: Caller, asked: Asked, boundary_id: UUID) -> list[CommentAnswer]:
    """What was said, for the two sides and the district."""
    found = await store.boundary(connection, boundary_id)
    if found is None or not _is_inside(caller, found):
        PERMISSIONS.require("read-boundary-talks", caller, Belongs(), what="boundary")
        raise not_found("boundary")
    return await store.comments(connection, asked, boundary_id)


async def responsibilities(connection: Any, caller: Caller, district: str, today: date) -> list[ResponsibilityAnswer]:
    """Who is responsible for which kind of activity in a district: overlaps and gaps, for the district."""
    PERMISSIONS.require("read-responsibilities", caller, Belongs(district=district), what="district")
    kinds = await store.kinds_in(connection, district)
    in_force = await store.in_force(connection, district, today)
    serving = await store.serving(connection, {each.responsible_id for each in in_force}, district)
    return rules.responsibilities(kinds, in_force, serving)


def _today(tx: Transaction) -> date:
    return tx.now.astimezone(BERLIN).date()


def _told(tx: Transaction, boundary: StoredBoundary, event: type[Boundary]) -> BoundaryAnswer:
    """Announce the state, and show it to whoever changed it."""
    state = {
        "boundary_id": boundary.boundary_id,
        "version": boundary.version,
        "district": boundary.district,
        "kind_of_activity": boundary.kind_of_activity,
        "organisation_ids": boundary.organisation_ids,
        "status": boundary.status,
        "agreed": _agreed(boundary),
    }
    tx.publish(event.model_validate({name: state[name] for name in event.model_fields}))
    log.info(event.contract.type, boundary_id=str(boundary.boundary_id), version=boundary.version)
    return _answer(boundary, inside=True)


def _agreed(boundary: StoredBoundary) -> AgreedBoundary | None:
    agreed = boundary.agreed
    if agreed is None:
        return None
    return AgreedBoundary(
        revision=agreed.revision,
        responsible_organisation_id=agreed.responsible_id,
        tasks=agreed.tasks,
        agreed_on=max(yes.agreed_at for yes in agreed.agreements.values()).astimezone(BERLIN).date(),
        valid_until=agreed.valid_until,
    )


def _answer(boundary: StoredBoundary, *, inside: bool) -> BoundaryAnswer:
    return BoundaryAnswer(
        boundary_id=boundary.boundary_id,
        version=boundary.version,
        district=boundary.district,
        kind_of_activity=boundary.kind_of_activity,
        organisation_ids=boundary.organisation_ids,
        status=boundary.status,
        agreed=RevisionAnswer.of(boundary.agreed, inside=inside) if boundary.agreed else None,
        open=RevisionAnswer.of(boundary.open, inside=True) if boundary.open and inside else None,
        ended_on=boundary.ended_on,
    )
