"""Task boundaries in the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.models.boundaries import Agreement, CommentAnswer, InForce, Outcome, Revision, StoredBoundary
from shared.contracts.registry import BoundaryStatus, BoundaryTask
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "boundaries.sql")
LIST = ListQuery(__file__, "boundaries.sql", "boundaries_listed", sorts={"boundary_id": None}, key="b.boundary_id")
COMMENTS = ListQuery(__file__, "boundaries.sql", "comments_listed", sorts={"comment_id": None}, key="c.comment_id")


async def add(connection: Any, boundary: StoredBoundary) -> bool:
    """Insert a boundary; False when the two have one for this kind of activity and district already."""
    columns = _columns(boundary)
    columns |= {
        "district": boundary.district,
        "kind_of_activity": boundary.kind_of_activity,
        "one_organisation_id": boundary.organisation_ids[0],
        "other_organisation_id": boundary.organisation_ids[1],
    }
    if await queries.add_boundary(connection, **columns) is None:
        return False
    await _save_revisions(connection, boundary)
    return True


async def save(connection: Any, boundary: StoredBoundary) -> None:
    """Write a boundary's state; its row is locked."""
    await queries.save_boundary(connection, **_columns(boundary))
    await _save_revisions(connection, boundary)


def _columns(boundary: StoredBoundary) -> dict[str, Any]:
    return {
        "boundary_id": boundary.boundary_id,
        "version": boundary.version,
        "status": boundary.status.value,
        "agreed_revision": boundary.agreed.revision if boundary.agreed else None,
        "open_revision": boundary.open.revision if boundary.open else None,
        "counts_until": boundary.counts_until,
        "ended_on": boundary.ended_on,
    }


async def _save_revisions(connection: Any, boundary: StoredBoundary) -> None:
    going_on = [each for each in (boundary.agreed, boundary.open) if each is not None]
    await queries.close_other_revisions(
        connection, boundary_id=boundary.boundary_id, going_on=[each.revision for each in going_on]
    )
    for each in going_on:
        await queries.save_revision(
            connection,
            boundary_id=boundary.boundary_id,
            revision=each.revision,
            outcome=each.outcome.value,
            responsible_organisation_id=each.responsible_id,
            tasks=[task.model_dump(mode="json") for task in each.tasks],
            valid_until=each.valid_until,
            proposing_organisation_id=each.proposed_by,
            member_id=each.proposed_by_member,
            proposed_at=each.proposed_at,
            proposed_version=each.proposed_version,
        )
        for side, yes in each.agreements.items():
            await queries.save_agreement(
                connection,
                boundary_id=boundary.boundary_id,
                revision=each.revision,
                organisation_id=side,
                **yes.model_dump(),
            )


async def _revisions(connection: Any, rows: Sequence[Any]) -> list[tuple[UUID, Revision]]:
    """Of some boundaries, each with its boundary, with who agreed to it."""
    boundary_ids = list({row["boundary_id"] for row in rows})
    agreements: dict[tuple[UUID, int], dict[UUID, Agreement]] = defaultdict(dict)
    for row in await queries.agreements_of_boundaries(connection, boundary_ids=boundary_ids) if rows else []:
        yes = Agreement(member_id=row["member_id"], agreed_at=row["agreed_at"])
        agreements[row["boundary_id"], row["revision"]][row["organisation_id"]] = yes
    return [(row["boundary_id"], _revision(row, agreements[row["boundary_id"], row["revision"]])) for row in rows]


def _revision(row: Any, agreements: dict[UUID, Agreement]) -> Revision:
    return Revision(
        revision=row["revision"],
        outcome=Outcome(row["outcome"]),
        responsible_id=row["responsible_organisation_id"],
        tasks=tuple(BoundaryTask.model_validate(task) for task in row["tasks"]),
        valid_until=row["valid_until"],
        proposed_by=row["proposing_organisation_id"],
        proposed_by_member=row["member_id"],
        proposed_at=row["proposed_at"],
        proposed_version=row["proposed_version"],
        agreements=agreements,
    )


async def _whole(connection: Any, rows: Sequence[Any]) -> list[StoredBoundary]:
    ids = [row["boundary_id"] for row in rows]
    found = await queries.current_revisions(connection, boundary_ids=ids) if ids else []
    revisions = {(boundary_id, each.revision): each for boundary_id, each in await _revisions(connection, found)}
    return [
        StoredBoundary(
            boundary_id=row["boundary_id"],
            version=row["version"],
            district=row["district"],
            kind_of_activity=row["kind_of_activity"],
            organisation_ids=(row["one_organisation_id"], row["other_organisation_id"]),
            status=BoundaryStatus(row["status"]),
            counts_until=row["counts_until"],
            agreed=revisions.get((row["boundary_id"], row["agreed_revision"])),
            open=revisions.get((row["boundary_id"], row["open_revision"])),
            ended_on=row["ended_on"],
        )
        for row in rows
    ]


async def boundary(connection: Any, boundary_id: UUID, *, lock: bool = False) -> StoredBoundary | None:
    """One boundary; `lock` holds it until commit."""
    read = queries.boundary_for_update if lock else queries.boundary_by_id
    row = await read(connection, boundary_id=boundary_id)
    return None if row is None else (await _whole(connection, [row]))[0]


async def listed(
    connection: Any,
    asked: Asked,
    *,
    own: Collection[UUID],
    near: Collection[tuple[UUID, str]],
    districts: Collection[str],
    district: str | None,
    kind_of_activity: str | None,
    organisation_id: UUID | None,
    status: BoundaryStatus | None,
) -> list[StoredBoundary]:
    """A stretch of the boundaries that somebody may see; `near`: organisations, each with a district of the caller there."""
    rows = await LIST.fetch(
        connection,
        asked,
        own=list(own),
        near=[organisation_id for organisation_id, _ in near],
        near_districts=[near_district for _, near_district in near],
        districts=list(districts),
        district=district,
        kind_of_activity=kind_of_activity,
        organisation_id=organisation_id,
        status=None if status is None else status.value,
    )
    return await _whole(connection, rows)


async def revisions(connection: Any, boundary_id: UUID) -> list[Revision]:
    """The history of a boundary, latest first."""
    rows = await queries.revisions_of_boundary(connection, boundary_id=boundary_id)
    return [revision for _, revision in await _revisions(connection, rows)]


async def add_comment(connection: Any, boundary_id: UUID, comment: CommentAnswer) -> None:
    """Insert a comment."""
    await queries.add_comment(connection, boundary_id=boundary_id, **comment.model_dump())


async def count_comments(connection: Any, boundary_id: UUID, revision: int) -> int:
    """How many comments there are about a revision."""
    return int(await queries.count_comments(connection, boundary_id=boundary_id, revision=revision))


async def comments(connection: Any, asked: Asked, boundary_id: UUID) -> list[CommentAnswer]:
    """A stretch of the comments on a boundary."""
    return [CommentAnswer(**row) for row in await COMMENTS.fetch(connection, asked, boundary_id=boundary_id)]


async def to_end(connection: Any, today: date, rows: int) -> list[StoredBoundary]:
    """Boundaries whose last day has passed, locked."""
    return await _whole(connection, await queries.boundaries_to_end(connection, today=today, rows=rows))


async def forget_comments(connection: Any, before: date, rows: int) -> int:
    """Forget what was said about boundaries that ended before a day."""
    return int(await queries.forget_comments(connection, before=before, rows=rows))


async def kinds_in(connection: Any, district: str) -> list[str]:
    """The kinds of activity of a district's offers and boundaries."""
    return [row["kind"] for row in await queries.kinds_in_district(connection, district=district)]


async def in_force(connection: Any, district: str, today: date) -> list[InForce]:
    """Who is responsible for what in a district, as agreed."""
    return [InForce(**row) for row in await queries.in_force(connection, district=district, today=today)]


async def serving(connection: Any, organisation_ids: Collection[UUID], district: str) -> set[UUID]:
    """Which of these organisations are verified and serve a district."""
    rows = await queries.serving(connection, organisation_ids=list(organisation_ids), district=district)
    return {row["organisation_id"] for row in rows}


async def forget_member(connection: Any, member_id: UUID) -> int:
    """Somebody is no member any more: what they proposed, said and agreed is their organisation's; how many rows."""
    return int(await queries.forget_member(connection, member_id=member_id))
