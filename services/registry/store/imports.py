"""Imports, the rows that wait, and the reports, in the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models.exchange import Kind, Outcome, Result, RowFault
from services.registry.models.imports import Begun, ImportAnswer, ImportStatus, ReportedRow, StoredImport, WaitingLine
from shared.postgres.lists import Asked, ListQuery
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "imports.sql")
IMPORTS = ListQuery(__file__, "imports.sql", "imports_listed", sorts={"import_id": None}, key="import_id")
RESULTS = ListQuery(__file__, "imports.sql", "results_listed", sorts={"number": None}, key="number")


async def begin(connection: Any, *, key: str, source: str, kind: Kind, **values: Any) -> tuple[Begun, bool]:
    """Begin an upload; with whether one that came before under the same key was asked for alike."""
    row = await queries.begin_import(connection, idempotency_key=key, source=source, kind=kind.value, **values)
    is_open = row["status"] == ImportStatus.RECEIVING.value
    upload = row["upload"] if is_open else None
    return Begun(row["import_id"], source, kind, upload, row["body_hash"]), row["is_same"]


async def count_open(connection: Any, organisation_id: UUID, silent_since: datetime) -> int:
    """How many imports of an organisation are under way; uploads of which something has arrived since then."""
    return int(await queries.count_open_imports(connection, organisation_id=organisation_id, silent_since=silent_since))


async def forget_lines(connection: Any, import_id: UUID) -> None:
    """Delete what waits of an import."""
    await queries.forget_lines(connection, import_id=import_id)


async def hold_upload(connection: Any, import_id: UUID, upload: UUID, now: datetime) -> bool:
    """Whether this upload is still the one under way, of which something arrives now; until the commit it stays so."""
    return bool(await queries.hold_upload(connection, import_id=import_id, upload=upload, now=now))


async def add_lines(
    connection: Any, import_id: UUID, first: int, records: Iterable[tuple[tuple[int, bytes], bytes | None]]
) -> None:
    """Write rows that wait, numbered from `first`: the line of each in the file and what stands there; its digest."""
    await connection.copy_records_to_table(
        "import_lines",
        records=[
            (import_id, first + place, line, content, digest) for place, ((line, content), digest) in enumerate(records)
        ],
        columns=("import_id", "number", "line", "content", "digest"),
    )


async def set_columns(connection: Any, import_id: UUID, columns: Mapping[str, Any]) -> None:
    """Write the heading of a CSV file."""
    await queries.set_columns(connection, import_id=import_id, columns=dict(columns))


async def finish_upload(connection: Any, import_id: UUID, upload: UUID, rows: int, body_hash: bytes) -> bool:
    """The file is there; False when another upload has overtaken this one."""
    finished = await queries.finish_upload(
        connection, import_id=import_id, upload=upload, rows=rows, body_hash=body_hash
    )
    return finished is not None


async def abandon_upload(connection: Any, import_id: UUID, upload: UUID) -> None:
    """Forget an import whose file was refused as a whole."""
    await queries.abandon_upload(connection, import_id=import_id, upload=upload)


async def next_import(connection: Any) -> StoredImport | None:
    """The import of which least is done, locked."""
    row = await queries.next_import(connection)
    return None if row is None else StoredImport(**{**row, "kind": Kind(row["kind"])})


async def take_lines(
    connection: Any, import_id: UUID, done: int, rows: int, *, keep: bool = False
) -> list[WaitingLine]:
    """The next rows, in order; they are deleted, or kept to be looked up again."""
    take = queries.next_lines if keep else queries.take_lines
    return [WaitingLine(**row) for row in await take(connection, import_id=import_id, done=done, rows=rows)]


async def told_lines(
    connection: Any, import_id: UUID, digests: Sequence[bytes], rows: int, *, keep: bool
) -> list[WaitingLine]:
    """The first row of each of these external ids, as far as one waits; they are deleted, or kept."""
    take = queries.told_lines if keep else queries.take_told_lines
    found = await take(connection, import_id=import_id, digests=list(digests), rows=rows)
    return [WaitingLine(**row) for row in found]


async def known_digests(connection: Any, import_id: UUID, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these were in an earlier part of the file."""
    rows = await queries.known_digests(connection, import_id=import_id, digests=list(digests))
    return {row["digest"] for row in rows}


async def add_results(connection: Any, import_id: UUID, results: Sequence[Result], lines: Mapping[int, int]) -> None:
    """Write what became of rows; `lines`: by their numbers where they stand in the file."""
    rows = [
        {
            "number": result.number,
            "line": lines[result.number],
            # Of whoever was erased or has objected only keyed hashes are kept.
            "external_id": None if result.outcome is Outcome.SUPPRESSED else result.external_id,
            "outcome": result.outcome.value,
            "faults": [_fault(fault) for fault in result.faults] or None,
            "digest": result.digest.hex() if result.digest else None,
        }
        for result in results
    ]
    await queries.add_results(connection, import_id=import_id, rows=rows)


def _fault(fault: RowFault) -> dict[str, str]:
    said = {"pointer": fault.pointer, "code": fault.code, "de": fault.de, "en": fault.en}
    return {name: value for name, value in said.items() if value is not None}


async def advance(connection: Any, import_id: UUID, done: int, outcomes: Mapping[Outcome, int], now: datetime) -> None:
    """So far rows were worked through."""
    counts = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
    await queries.advance_import(connection, import_id=import_id, done=done, now=now, **counts)


async def stop(connection: Any, import_id: UUID, code: str, now: datetime) -> None:
    """It cannot go on; what waits is deleted."""
    await queries.forget_lines(connection, import_id=import_id)
    await queries.stop_import(connection, import_id=import_id, code=code, now=now)


async def one(connection: Any, import_id: UUID) -> ImportAnswer | None:
    """One import."""
    row = await queries.import_by_id(connection, import_id=import_id)
    return None if row is None else ImportAnswer(**row)


async def imports(
    connection: Any, organisation_id: UUID, asked: Asked, *, kind: Kind | None, status: ImportStatus | None
) -> list[ImportAnswer]:
    """A stretch of the imports of an organisation."""
    rows = await IMPORTS.fetch(connection, asked, organisation_id=organisation_id, kind=kind, status=status)
    return [ImportAnswer(**row) for row in rows]


async def results(connection: Any, import_id: UUID, asked: Asked, *, outcome: Outcome | None) -> list[ReportedRow]:
    """A stretch of a report."""
    rows = await RESULTS.fetch(connection, asked, import_id=import_id, outcome=outcome)
    return [ReportedRow(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


async def imported_since(connection: Any, organisation_id: UUID, since: datetime, rehearsal: UUID | None) -> int:
    """How many volunteers an organisation's imports have brought since then, and this dry run would have."""
    return int(
        await queries.imported_since(connection, organisation_id=organisation_id, since=since, rehearsal=rehearsal)
    )


async def forget_old(connection: Any, before: datetime, abandoned_before: datetime, rows: int) -> int:
    """A part of what is to be forgotten; how many rows went."""
    import_id = (
        await queries.abandoned_import(connection, before=before, abandoned_before=abandoned_before) or {}
    ).get("import_id")
    if import_id is None:
        return 0
    removed = int(await queries.forget_results(connection, import_id=import_id, rows=rows))
    if removed < rows:
        await queries.forget_import(connection, import_id=import_id)
    return removed + 1
