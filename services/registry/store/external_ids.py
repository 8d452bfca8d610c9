"""What source systems call our things, and who must not be brought back, in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.registry.models.exchange import Kind, Link, VolunteerLink
from shared.contracts.registry import Membership
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "external_ids.sql")


async def lock_source(connection: Any, source: str) -> None:
    """Hold off everybody else who writes under this name, until the commit."""
    await queries.lock_source(connection, source=source)


async def links(connection: Any, source: str, kind: Kind, external_ids: Sequence[str]) -> dict[str, Link]:
    """What these external ids are here, as far as they are known."""
    rows = await queries.links_of(connection, source=source, kind=kind.value, external_ids=list(external_ids))
    return {row["external_id"]: Link(**row) for row in rows}


async def add_links(
    connection: Any, source: str, kind: Kind, rows: Sequence[dict[str, Any]], now: datetime
) -> set[UUID]:
    """Write links; the ids of those that could be written.

    Parameters
    ----------
    rows
        `link_id`, `external_id`, `id`, `digest`, `spelling_digest` and `fingerprint` (in hexadecimal), `by_import`;
        `held_back` when the volunteer is not to be asked yet.
    """
    added = await queries.add_links(connection, source=source, kind=kind.value, rows=rows, now=now)
    return {row["link_id"] for row in added}


async def mark_links(connection: Any, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Remember which rows were told: `link_id`, `fingerprint` in hexadecimal; `held_back` when it had no effect yet."""
    await queries.mark_links(connection, rows=rows, now=now)


async def take_held_back(connection: Any, volunteer_id: UUID, now: datetime) -> list[tuple[UUID, UUID]]:
    """The links, with their organisations, about which a volunteer was not asked yet; from now on they count as asked."""
    rows = await queries.take_held_back(connection, volunteer_id=volunteer_id, now=now)
    return [(row["link_id"], row["organisation_id"]) for row in rows]


async def point_link(connection: Any, kind: Kind, former_id: UUID, id_: UUID) -> None:
    """A thing is known under another id here from now on."""
    await queries.point_link(connection, kind=kind.value, former_id=former_id, id=id_)


async def ids_told(
    connection: Any, kind: Kind, ids: Iterable[UUID], organisations: Iterable[UUID]
) -> dict[UUID, list[tuple[str, str]]]:
    """By our id: (source, external id) of each source system of these organisations."""
    found: dict[UUID, list[tuple[str, str]]] = {}
    rows = await queries.ids_told(connection, kind=kind.value, ids=list(ids), organisation_ids=list(organisations))
    for row in rows:
        found.setdefault(row["id"], []).append((row["source"], row["external_id"]))
    return found


async def link(connection: Any, link_id: UUID) -> Link | None:
    """One link of a volunteer, locked."""
    return next(iter(await links_locked(connection, [link_id])), None)


async def links_locked(connection: Any, link_ids: Sequence[UUID]) -> list[Link]:
    """Links of volunteers, as far as they are there, locked."""
    return [Link(**row) for row in await queries.links_for_update(connection, link_ids=list(link_ids))]


async def answer_from(connection: Any, link_ids: Sequence[UUID], ends_at: datetime) -> None:
    """Mails about these links that end before `ends_at` went to an address that was corrected."""
    await queries.answer_from(connection, link_ids=list(link_ids), ends_at=ends_at)


async def was_told_again(connection: Any, link_id: UUID, ends_at: datetime) -> bool:
    """Whether a mail about a link that ends then went to an address that was corrected since."""
    return bool(await queries.was_told_again(connection, link_id=link_id, ends_at=ends_at))


async def confirm_link(connection: Any, link_id: UUID, now: datetime) -> None:
    """The volunteer agreed."""
    await queries.confirm_link(connection, link_id=link_id, now=now)


async def take_over_profile(connection: Any, volunteer_id: UUID, now: datetime) -> bool:
    """What imports made of a volunteer is theirs from now on; False when there was nothing."""
    return bool(await queries.take_over_profile(connection, volunteer_id=volunteer_id, now=now))


async def suppress_links(connection: Any, link_ids: Sequence[UUID], now: datetime) -> None:
    """Remove links for good."""
    await queries.suppress_links(connection, link_ids=list(link_ids), now=now)


async def suppress_member(connection: Any, subject_id: UUID, now: datetime) -> None:
    """Remove whatever links somebody of the staff, for good."""
    rows = await queries.links_of_member(connection, subject_id=subject_id)
    await suppress_links(connection, [row["link_id"] for row in rows], now)


async def suppressed(connection: Any, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these must not be brought back."""
    return {row["digest"] for row in await queries.suppressed(connection, digests=list(digests))}


async def links_of_volunteer(connection: Any, volunteer_id: UUID) -> list[VolunteerLink]:
    """Which organisations know a volunteer by ids of their own."""
    return [VolunteerLink(**row) for row in await queries.links_of_volunteer(connection, volunteer_id=volunteer_id)]


async def invited_since_yesterday(connection: Any, organisations: Iterable[UUID], now: datetime) -> int:
    """How many were invited to these organisations within the last 24 hours."""
    return int(
        await queries.invited_since(connection, organisation_ids=list(organisations), since=now - timedelta(hours=24))
    )


async def invited_roles(connection: Any, subject_ids: Iterable[UUID], now: datetime) -> dict[UUID, Membership]:
    """To what people are invited, as long as they may redeem it."""
    rows = await queries.invited_roles(connection, subject_ids=list(subject_ids), now=now)
    return {row["subject_id"]: Membership.model_validate(dict(row)) for row in rows}


async def remove_link(connection: Any, link_id: UUID) -> None:
    """What a source system calls something is not known any more."""
    await queries.remove_link(connection, link_id=link_id)
