"""Contacts of a file name each other as substitutes, in whatever order: rows are taken over together with those they name.

So the portions in which a file is worked through are not to be seen in its report. A dry run, of which nothing stays, looks
rows of earlier portions up again; so both answer alike.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from services.registry.handlers.exchange.importer import Importer
from services.registry.models.exchange import AnyRow, ContactRow, Incoming, Result, RowFault
from services.registry.models.imports import StoredImport, WaitingLine
from services.registry.rules.import_files import Columns
from services.registry.rules.import_rows import read
from services.registry.store import external_ids as links_store
from services.registry.store import imports as store
from shared.postgres.transaction import Transaction

AT_MOST = 1000
"""So many rows come with a portion; who is further away in a chain of substitutes counts as not told."""
NOT_TOLD, NOT_HERE = (RowFault("#/substitute", code) for code in ("substitute-not-told", "substitute-not-here"))


@dataclass
class Together:
    """What comes with the rows of a portion: as rows, as results of those that are none, and where they stand."""

    items: list[Incoming[AnyRow]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    lines: list[WaitingLine] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Of whom the file tells, but not so that they could be taken over."""


async def told_together(
    tx: Transaction,
    importer: Importer,
    found: StoredImport,
    columns: Columns | None,
    items: Sequence[Incoming[AnyRow]],
    answered: Sequence[Result] = (),
) -> Together:
    """The rows of the file that these name, that those name, and so on. They are not waiting any more, but in a dry run.

    Parameters
    ----------
    answered
        Of the same portion: what is answered without being taken over. The file has told of these, and is not asked again.
    """
    together = Together()
    seen = {item.external_id for item in items}
    refused = {result.external_id for result in answered if result.external_id is not None} - seen
    together.refused |= refused
    seen |= refused
    names = _named(items) - seen
    while names:
        seen |= names
        names -= set(await links_store.links(tx.connection, found.source, found.kind, sorted(names)))
        by_digest = {importer.hashes.of_external_id(found.source, found.kind, name): name for name in names}
        if not found.dry_run:
            before = await store.known_digests(tx.connection, found.import_id, list(by_digest))
            together.refused |= {by_digest.pop(digest) for digest in before}
        room = AT_MOST - len(together.lines)
        lines = await store.told_lines(tx.connection, found.import_id, list(by_digest), room, keep=found.dry_run)
        together.lines += lines
        entries = [
            read(found.kind, line.number, line.content, columns, found.source, importer.hashes) for line in lines
        ]
        fresh = [entry for entry in entries if isinstance(entry, Incoming)]
        together.items += fresh
        for entry in entries:
            if isinstance(entry, Result):
                together.results.append(entry)
                together.refused.add(entry.external_id or "")
        names = _named(fresh) - seen
    return together


def _named(items: Collection[Incoming[AnyRow]]) -> set[str]:
    rows = [item.row for item in items]
    return {row.substitute for row in rows if isinstance(row, ContactRow) and row.substitute is not None}


def with_reasons(
    results: Sequence[Result], items: Sequence[Incoming[AnyRow]], refused: Collection[str]
) -> list[Result]:
    """Whoever names somebody of whom the file tells, but who was refused, is answered so, in whatever order they stand."""
    naming = {item.number for item in items if isinstance(item.row, ContactRow) and item.row.substitute in refused}
    return [
        replace(result, faults=(NOT_HERE,)) if result.faults == (NOT_TOLD,) and result.number in naming else result
        for result in results
    ]
