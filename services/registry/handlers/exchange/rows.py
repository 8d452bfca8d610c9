"""Rows of one kind, many at a time: which are new, which say something else than the last time, which change nothing.

Whoever is suppressed is left alone first; the row that was taken over last is known by its fingerprint, so the same file
again costs two reads and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.registry.handlers.exchange import contacts, members, organisations, volunteers
from services.registry.handlers.exchange.importer import Importer
from services.registry.models.exchange import AnyRow, Incoming, Kind, Link, Outcome, Result, RowFault
from services.registry.store import external_ids as store
from shared.postgres.transaction import Transaction

WRITERS: dict[Kind, Any] = {
    Kind.ORGANISATIONS: organisations.write,
    Kind.MEMBERS: members.write,
    Kind.CONTACTS: contacts.write,
    Kind.VOLUNTEERS: volunteers.write,
}
"""Each takes (tx, importer, new, changed) and gives a result for every row."""

TWICE = RowFault("#/external_id", "external-id-twice")


async def take_over(tx: Transaction, importer: Importer, kind: Kind, items: Sequence[Incoming[AnyRow]]) -> list[Result]:
    """Take rows over; a result for each, in their order. One at a time does so under the name of a source system."""
    await store.lock_source(tx.connection, importer.source)
    links = await store.links(tx.connection, importer.source, kind, [item.external_id for item in items])
    # After the links: whoever is erased between the two has no link, and must not look new.
    suppressed = await store.suppressed(
        tx.connection, [each for item in items for each in (item.digest, item.spelling)]
    )
    results: list[Result] = []
    new: list[Incoming[AnyRow]] = []
    changed: list[tuple[Incoming[AnyRow], Link]] = []
    seen: set[str] = set()
    for item in items:
        link = links.get(item.external_id)
        if item.external_id in seen:
            results.append(Result(item.number, Outcome.REFUSED, (TWICE,)))
        elif item.digest in suppressed or (link is None and item.spelling in suppressed):
            # Whoever is linked under an id that differs in case only is somebody else.
            results.append(Result(item.number, Outcome.SUPPRESSED))
        elif link is None:
            new.append(item)
        elif link.fingerprint == item.fingerprint and not link.has_waiting_row:
            results.append(Result(item.number, Outcome.UNCHANGED))
        else:
            changed.append((item, link))
        seen.add(item.external_id)
    if new or changed:
        results += await WRITERS[kind](tx, importer, new, changed)
    told = {item.number: item for item in items}
    return [
        replace(result, digest=told[result.number].digest, external_id=told[result.number].external_id)
        for result in sorted(results, key=lambda result: result.number)
    ]
