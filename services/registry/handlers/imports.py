"""Imports: a file arrives in parts and waits; the worker takes it over in steps, each one bounded transaction.

A step deletes the rows that it deals with, writes what became of each, and remembers how far it came: all of it, or, when
the process is killed, nothing. So its successor goes on where it stopped. Sent again, the file changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers.exchange.importer import Importer, importer_again, importer_of
from services.registry.handlers.exchange.rows import TWICE, take_over
from services.registry.handlers.exchange.together_told import told_together, with_reasons
from services.registry.models.exchange import AnyRow, Incoming, Kind, Outcome, Result, RowFault
from services.registry.models.imports import Begun, ImportAnswer, ImportStatus, ReportedRow, StoredImport, WaitingLine
from services.registry.permissions import PERMISSIONS
from services.registry.rules.exchange import idempotency_key_reused, too_many_imports
from services.registry.rules.import_files import Columns, Format, Record
from services.registry.rules.import_rows import digest_of, read
from services.registry.rules.suppression import KeyedHashes
from services.registry.settings import RegistrySettings
from services.registry.store import imports as store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.postgres.database import AGAIN, is_away
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Refusal, not_found
from shared.runtime.ids import new_id
from shared.telemetry import correlation

log = structlog.get_logger()

STEPS = {Kind.VOLUNTEERS: 1000}
STEP = 250
"""Rows in one transaction: fewer where rows of others are locked meanwhile that people may want to change."""
PORTION, BREATH = 250, 10
"""Rows in one statement, and between two looks at the database."""
OPEN_AT_MOST = 5
"""Imports of one organisation that may be under way."""
SILENT_AT_MOST = timedelta(minutes=5)
"""An upload of which nothing has arrived for longer keeps no other one away; it may go on."""
UPLOAD_AT_MOST = timedelta(hours=2)
"""An upload that takes longer was given up."""
FORGET_STEP = 5000
NAMING_EACH_OTHER = frozenset((Kind.CONTACTS,))
UNFORESEEN = RowFault("#", "could-not-be-written")
STOPPED = "unexpected-error"


async def begin(
    tx: Transaction,
    caller: Caller,
    settings: RegistrySettings,
    *,
    source: str,
    kind: Kind,
    form: Format,
    dry_run: bool,
    key: str,
) -> Begun:
    """A file is about to arrive. An upload under the same key that never arrived whole is overtaken."""
    importer = await importer_of(tx.connection, settings, caller, source)
    begun, is_same = await store.begin(
        tx.connection,
        key=key,
        import_id=new_id(),
        upload=new_id(),
        organisation_id=importer.organisation_id,
        source=source,
        kind=kind,
        format=form.value,
        dry_run=dry_run,
        requested_by=importer.requested_by,
        correlation_id=correlation.current_or_new().correlation_id,
        now=tx.now,
    )
    if not is_same:
        raise idempotency_key_reused()
    if begun.upload is not None:
        if await store.count_open(tx.connection, importer.organisation_id, tx.now - SILENT_AT_MOST) > OPEN_AT_MOST:
            raise too_many_imports(OPEN_AT_MOST)
        await store.forget_lines(tx.connection, begun.import_id)
    return begun


async def receive(
    tx: Transaction,
    settings: RegistrySettings,
    begun: Begun,
    first: int,
    records: Sequence[Record],
    columns: Columns | None = None,
) -> bool:
    """Keep rows that arrived, numbered from `first`; False when another upload has overtaken this one."""
    if begun.upload is None or not await store.hold_upload(tx.connection, begun.import_id, begun.upload, tx.now):
        return False
    if columns is not None:
        heading = {"delimiter": columns.delimiter, "names": list(columns.names)}
        await store.set_columns(tx.connection, begun.import_id, heading)
    digests: list[bytes | None] = [None] * len(records)
    if begun.kind in NAMING_EACH_OTHER:
        hashes = KeyedHashes(settings.suppression_key_bytes)
        digests = [digest_of(begun.kind, record.content, columns, begun.source, hashes) for record in records]
    await store.add_lines(tx.connection, begun.import_id, first, zip(records, digests, strict=True))
    return True


async def finish(tx: Transaction, begun: Begun, rows: int, body_hash: bytes) -> ImportAnswer | None:
    """The file is there; None when another upload has overtaken this one."""
    if begun.upload is None or not await store.finish_upload(
        tx.connection, begun.import_id, begun.upload, rows, body_hash
    ):
        return None
    log.info("import-received", import_id=str(begun.import_id), rows=rows)
    return await store.one(tx.connection, begun.import_id)


async def abandon(tx: Transaction, begun: Begun) -> None:
    """The file was refused as a whole: nothing of it stays."""
    if begun.upload is not None:
        await store.abandon_upload(tx.connection, begun.import_id, begun.upload)


async def work_through(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: the next rows of the import of which least is done. How many it dealt with."""
    found = await store.next_import(tx.connection)
    if found is None:
        return 0
    with correlation.bind(found.correlation_id):
        try:
            importer = await importer_again(
                tx.connection, settings, found.requested_by, found.organisation_id, found.source
            )
            importer = replace(importer, rehearsal=found.import_id if found.dry_run else None)
        except Refusal as refusal:
            await store.stop(tx.connection, found.import_id, refusal.code, tx.now)
            log.info("import-stopped", import_id=str(found.import_id), code=refusal.code)
            return 1
        try:
            async with tx.part() as part:
                return await _step(part, importer, found)
        except Exception as error:
            if isinstance(error, AGAIN) or is_away(error):
                raise
            # It would fail again, and others would wait behind it for ever.
            log.error("import-stopped", import_id=str(found.import_id), error=error)
            await store.stop(tx.connection, found.import_id, STOPPED, tx.now)
            return 1


async def _step(tx: Transaction, importer: Importer, found: StoredImport) -> int:
    step = STEPS.get(found.kind, STEP)
    # A dry run of rows that name each other looks them up again, so they wait until it is done.
    keep = found.dry_run and found.kind in NAMING_EACH_OTHER
    lines = await store.take_lines(tx.connection, found.import_id, found.done, step, keep=keep)
    places = {line.number: line.line for line in lines}
    columns = None if found.columns is None else Columns(found.columns["delimiter"], tuple(found.columns["names"]))
    results: list[Result] = []
    async for entries in _read_ahead(found, importer, columns, lines):
        answered, items = await _without_repetitions(tx, found.import_id, entries)
        others = await told_together(tx, importer, found, columns, items, answered)
        if items:
            together = [*items, *others.items]
            answered += with_reasons(await _take_over(tx, importer, found, together), together, others.refused)
        if not found.dry_run:
            answered += others.results
            places |= {line.number: line.line for line in others.lines}
        answered = [result for result in answered if result.number in places]
        await store.add_results(tx.connection, found.import_id, answered, places)
        results += answered
    done = min(found.done + step, found.rows)
    if keep and done == found.rows:
        await store.forget_lines(tx.connection, found.import_id)
    outcomes = Counter(result.outcome for result in results)
    await store.advance(tx.connection, found.import_id, done, outcomes, tx.now)
    counts = {f"{outcome.value}_count": rows for outcome, rows in outcomes.items()}
    log.info("import-step", import_id=str(found.import_id), done=done, **counts)
    return max(len(lines), 1)


async def _read_ahead(
    found: StoredImport, importer: Importer, columns: Columns | None, lines: Sequence[WaitingLine]
) -> AsyncIterator[list[Incoming[AnyRow] | Result]]:
    """Rows in portions; the next one is read while the database deals with the one before."""

    async def portion(begin: int) -> list[Incoming[AnyRow] | Result]:
        entries = []
        for place, line in enumerate(lines[begin : begin + PORTION]):
            entries.append(read(found.kind, line.number, line.content, columns, found.source, importer.hashes))
            if place % BREATH == BREATH - 1:
                await asyncio.sleep(0)
        return entries

    following = asyncio.create_task(portion(0))
    try:
        for begin in range(0, len(lines), PORTION):
            entries = await following
            following = asyncio.create_task(portion(begin + PORTION))
            yield entries
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _without_repetitions(
    tx: Transaction, import_id: UUID, entries: Sequence[Incoming[AnyRow] | Result]
) -> tuple[list[Result], list[Incoming[AnyRow]]]:
    """What names an external id of which the file has told before is refused, also rows before it that were."""
    digests = [entry.digest for entry in entries if entry.digest is not None]
    seen = await store.known_digests(tx.connection, import_id, digests)
    results: list[Result] = []
    items: list[Incoming[AnyRow]] = []
    for entry in entries:
        if entry.digest is not None and entry.digest in seen:
            results.append(Result(entry.number, Outcome.REFUSED, (TWICE,), external_id=entry.external_id))
            continue
        if entry.digest is not None:
            seen.add(entry.digest)
        if isinstance(entry, Result):
            results.append(entry)
        else:
            items.append(entry)
    return results, items


async def _take_over(
    tx: Transaction, importer: Importer, found: StoredImport, items: Sequence[Incoming[AnyRow]]
) -> list[Result]:
    """All rows at once; when something is wrong with one of them that no rule foresaw, each half by itself."""
    try:
        async with tx.part(keep=not found.dry_run) as part:
            return await take_over(part, importer, found.kind, items)
    except Exception as error:
        if isinstance(error, AGAIN) or is_away(error):
            raise
        if len(items) == 1:
            log.warning("import-row-refused", import_id=str(found.import_id), row=items[0].number, error=error)
            return [Result(items[0].number, Outcome.REFUSED, (UNFORESEEN,), items[0].digest, items[0].external_id)]
    middle = len(items) // 2
    return [
        *await _take_over(tx, importer, found, items[:middle]),
        *await _take_over(tx, importer, found, items[middle:]),
    ]


async def one(connection: Any, caller: Caller, import_id: UUID) -> ImportAnswer:
    """How far an import is."""
    found = await store.one(connection, import_id)
    belongs = Belongs() if found is None else Belongs(organisation_id=found.organisation_id)
    PERMISSIONS.require("read-import", caller, belongs, what="import")
    if found is None:
        raise not_found("import")
    return found


async def imports(
    connection: Any,
    caller: Caller,
    organisation_id: UUID,
    asked: Asked,
    *,
    kind: Kind | None,
    status: ImportStatus | None,
) -> list[ImportAnswer]:
    """A stretch of the imports of an organisation."""
    PERMISSIONS.require("read-import", caller, Belongs(organisation_id=organisation_id), what="organisation")
    return await store.imports(connection, organisation_id, asked, kind=kind, status=status)


async def report(
    connection: Any, caller: Caller, import_id: UUID, asked: Asked, *, outcome: Outcome | None
) -> list[ReportedRow]:
    """A stretch of the report, as far as it has come."""
    await one(connection, caller, import_id)
    return await store.results(connection, import_id, asked, outcome=outcome)


async def forget_old(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: reports whose time is over, and uploads that were given up."""
    before = tx.now - timedelta(days=settings.imports_kept_days)
    return await store.forget_old(tx.connection, before, tx.now - UPLOAD_AT_MOST, FORGET_STEP)
