"""Rows that use cases take over, and the ids by which the source system knows them from then on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from services.registry.handlers.exchange.importer import Importer
from services.registry.models.exchange import Incoming, Kind, Link, Outcome, Result, RowFault
from services.registry.store import external_ids as links_store
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal
from shared.runtime.ids import new_id

RowType = TypeVar("RowType")

Written = UUID | Refusal
"""Our id of what came into being or was changed, which may be another one from now on; or why it was not."""
Create = Callable[[Transaction, Sequence[RowType]], Awaitable[Sequence[Written]]]
Update = Callable[[Transaction, Sequence[tuple[UUID, RowType]]], Awaitable[Sequence[Written]]]
"""What becomes of each row, in their order. A refused one leaves nothing behind and does not stop the others."""

POINTERS = {
    "district-unknown": "#/districts",
    "district-not-of-organisation": "#/district",
    "topic-unknown": "#/topic",
    "postal-code-unknown": "#/postal_code",
    "no-member-of-organisation": "#/member",
    "organisation-not-found": "#/organisation",
    "organisation-not-verified": "#/organisation",
    "kind-not-by-import": "#/kind",
    "role-not-by-import": "#/role",
    "substitute-not-told": "#/substitute",
    "substitute-not-here": "#/substitute",
}
"""Where in the row the code of a refusal leads, when it leads anywhere."""


async def written(
    tx: Transaction,
    importer: Importer,
    kind: Kind,
    new: Sequence[Incoming[RowType]],
    changed: Sequence[tuple[Incoming[RowType], Link]],
    create: Create[RowType],
    update: Update[RowType],
    told: Callable[[RowType], Mapping[str, str]] = lambda _: {},
) -> list[Result]:
    """Write rows, and by which of our ids each is known from now on. `told`: what else is kept of a row with its id."""
    results = []
    links: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    made = await create(tx, [item.row for item in new]) if new else []
    for item, id_ in zip(new, made, strict=True):
        if isinstance(id_, Refusal):
            results.append(refused(item.number, id_))
            continue
        links.append(
            {
                "link_id": str(new_id()),
                "external_id": item.external_id,
                "id": str(id_),
                "digest": item.digest.hex(),
                "spelling_digest": item.spelling.hex(),
                "fingerprint": item.fingerprint.hex(),
                "by_import": True,
                **told(item.row),
            }
        )
        results.append(Result(item.number, Outcome.CREATED))
    kept = await update(tx, [(link.id, item.row) for item, link in changed]) if changed else []
    for (item, link), id_ in zip(changed, kept, strict=True):
        if isinstance(id_, Refusal):
            results.append(refused(item.number, id_))
            continue
        if id_ != link.id:
            await links_store.point_link(tx.connection, kind, link.id, id_)
        marks.append({"link_id": str(link.link_id), "fingerprint": item.fingerprint.hex(), **told(item.row)})
        results.append(Result(item.number, Outcome.UPDATED))
    if links:
        await links_store.add_links(tx.connection, importer.source, kind, links, tx.now)
    if marks:
        await links_store.mark_links(tx.connection, marks, tx.now)
    return results


def refused(number: int, refusal: Refusal) -> Result:
    """A use case refused this row. What is gone here stays gone, whatever the source system still tells."""
    code = "ended-here" if refusal.reason is Reason.NOT_FOUND and refusal.code in _ENDED else refusal.code
    return Result(number, Outcome.REFUSED, (RowFault(POINTERS.get(code, "#"), code),))


_ENDED = frozenset(("contact-not-found", "member-not-found", "person-not-found"))


async def organisations_told(
    tx: Transaction, importer: Importer, names: Sequence[str | None]
) -> dict[str | None, UUID]:
    """Which organisations rows belong to, by what they say; those out of reach are missing."""
    told = sorted({name for name in names if name is not None})
    links = await links_store.links(tx.connection, importer.source, Kind.ORGANISATIONS, told) if told else {}
    found: dict[str | None, UUID] = {name: link.id for name, link in links.items() if link.id in importer.reach}
    found[None] = importer.organisation_id
    return found
