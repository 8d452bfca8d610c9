"""Imports: a file is received in parts as it arrives, worked through by the worker, and reported row by row."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as Parameter
from starlette.requests import ClientDisconnect

from services.registry.api.access import IMPORTS_BY_CALLER, settings_of
from services.registry.handlers import imports as handlers
from services.registry.models.exchange import Kind, Outcome
from services.registry.models.imports import Begun, FaultAnswer, ImportAnswer, ImportStatus, ReportedRow, RowAnswer
from services.registry.models.machines import SourceName
from services.registry.rules.exchange import idempotency_key_reused
from services.registry.rules.import_files import Columns, Format, Record, Records, UnknownColumns
from services.registry.rules.import_rows import COLUMNS
from services.registry.rules.row_faults import heading_text, text_of
from services.registry.settings import RegistrySettings
from shared.access.callers import Caller, caller_of
from shared.http.commands import Command, CommandRunner, Query
from shared.http.listing import CSV, Listed, Listing, Page
from shared.http.middleware import Stream, content_kind
from shared.http.problems import Problem, ProblemError
from shared.http.state import ApiState

router = APIRouter(tags=["exchange"])

PATH = "/imports"
FORMATS = {"application/x-ndjson": Format.NDJSON, "application/jsonl": Format.NDJSON, "text/csv": Format.CSV}
ROWS_AT_ONCE = 2000
"""So many rows are written in one transaction while a file arrives."""
BYTES_AT_ONCE = 4 * 1024 * 1024

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One object per line, with `external_id`; or CSV with the names of the columns in the first line:"
        " UTF-8, `;` or `,`, several values in a field separated by `|`, parts of a value by `:`.",
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


def _row(reported: ReportedRow) -> RowAnswer:
    faults = []
    for fault in reported.faults:
        de, en = text_of(fault["code"], fault.get("de"), fault.get("en"))
        faults.append(FaultAnswer(pointer=fault["pointer"], code=fault["code"], de=de, en=en))
    return RowAnswer(row=reported.line, external_id=reported.external_id, outcome=reported.outcome, faults=faults)


IMPORTS = Listing("imports", ImportAnswer, {"import_id": None}, key="import_id", descending=True)
ROWS = Listing(
    "import-rows",
    _row,
    {"number": None},
    key="number",
    key_kind=int,
    columns=("row", "external_id", "outcome", "where", "codes", "hints"),
)


def import_stream(settings: RegistrySettings) -> Stream:
    """How files come in."""
    return Stream(PATH, frozenset(FORMATS), settings.import_bytes_at_most)


@router.post(PATH, status_code=202, response_model=ImportAnswer, openapi_extra=_FILE)
async def begin_import(
    request: Request,
    command: Command,
    source: Annotated[SourceName, Parameter(description="name of the source system")],
    kind: Kind,
    dry_run: Annotated[bool, Parameter(description="check every row, and change nothing")] = False,
) -> Response:
    """Send a file of things of one kind. It is worked through afterwards; how far it is and what became of each row is
    read under the address that the answer names. The same Idempotency-Key is the same import: after a lost connection
    send the file again with it."""
    await command.limit_caller(IMPORTS_BY_CALLER)
    settings = settings_of(command.state)
    form = FORMATS[content_kind(request.headers)]

    async def begin(tx: Any, caller: Caller) -> Begun:
        return await handlers.begin(
            tx,
            caller,
            settings,
            source=source,
            kind=kind,
            form=form,
            dry_run=dry_run,
            key=command.idempotency_key or "",
        )

    begun = await _in_transaction(command, begin)
    upload = _Upload(command.state, settings, begun, kind, form)
    try:
        await upload.take(request.stream())
    except ClientDisconnect:
        await upload.abandon()  # or it would count as under way for hours
        return Response(status_code=400)  # nobody reads it
    answer = await _in_transaction(command, lambda tx, _: handlers.finish(tx, begun, upload.rows, upload.digest))
    replayed = answer is None
    if answer is None:
        if begun.body_hash is not None and begun.body_hash != upload.digest:
            raise idempotency_key_reused()
        async with command.state.database.reading() as connection:
            caller = await caller_of(connection, command.identity)
            answer = await handlers.one(connection, caller, begun.import_id)
    headers = {"Location": f"{PATH}/{begun.import_id}"} | ({"Idempotency-Replayed": "true"} if replayed else {})
    return Response(answer.model_dump_json(), 202, headers, "application/json")


async def _in_transaction(command: CommandRunner, act: Any) -> Any:
    async with command.state.database.transaction() as tx:
        return await act(tx, await caller_of(tx.connection, command.identity))


@dataclass
class _Upload:
    """One file on its way in: hashed whole, taken apart, and written in transactions of bounded size."""

    state: ApiState
    settings: RegistrySettings
    begun: Begun
    kind: Kind
    form: Format
    rows: int = 0
    digest: bytes = b""
    _columns: Columns | None = None
    _waiting: list[Record] = field(default_factory=list)
    _bytes: int = 0

    async def take(self, parts: AsyncIterator[bytes]) -> None:
        """Read the file to its end. Of a repetition of what has arrived before only the hash is of interest."""
        body = hashlib.sha256()
        records = Records(self.form)
        try:
            async for part in parts:
                body.update(part)
                if self.begun.upload is not None:
                    await self._add(records.feed(part))
            if self.begun.upload is not None:
                await self._add(records.end())
                await self._write()
                if self.rows == 0:
                    raise _refused("no-rows", "Die Datei enthält keine Zeilen.", "The file has no rows in it.")
        except ProblemError:
            await self.abandon()
            raise
        self.digest = body.digest()

    async def _add(self, records: list[Record]) -> None:
        for record in records:
            if self.form is Format.CSV and self._columns is None:
                self._columns = self._heading(record.content)
                continue
            self._waiting.append(record)
            self._bytes += len(record.content)
            if len(self._waiting) >= ROWS_AT_ONCE or self._bytes >= BYTES_AT_ONCE:
                await self._write()

    def _heading(self, record: bytes) -> Columns:
        try:
            return Columns.of(record, COLUMNS[self.kind])
        except UnknownColumns as unknown:
            de, en = heading_text(unknown)
            raise _refused(
                "column-unknown", de, en, columns=sorted(COLUMNS[self.kind]), column=unknown.number
            ) from None

    async def _write(self) -> None:
        if not self._waiting:
            return
        if self.rows + len(self._waiting) > self.settings.import_rows_at_most:
            raise ProblemError(
                Problem(
                    413,
                    "too-many-rows",
                    "Die Datei hat zu viele Zeilen. Bitte in mehrere aufteilen.",
                    "The file has too many rows. Please split it.",
                    details={"rows_at_most": self.settings.import_rows_at_most},
                )
            )
        async with self.state.database.transaction() as tx:
            goes_on = await handlers.receive(tx, self.settings, self.begun, self.rows + 1, self._waiting, self._columns)
        if not goes_on:
            raise ProblemError(
                Problem(
                    409,
                    "upload-overtaken",
                    "Dieselbe Datei wird gerade noch einmal gesendet.",
                    "The same file is being sent once more.",
                )
            )
        self.rows += len(self._waiting)
        self._waiting, self._bytes = [], 0

    async def abandon(self) -> None:
        """Nothing of it stays."""
        async with self.state.database.transaction() as tx:
            await handlers.abandon(tx, self.begun)


def _refused(code: str, de: str, en: str, **details: Any) -> ProblemError:
    return ProblemError(Problem(422, code, de, en, details=details))


@router.get(PATH, response_model=Page[ImportAnswer], responses=CSV)
async def imports(
    query: Query,
    organisation_id: UUID,
    listed: Annotated[Listed, Depends(IMPORTS.asked)],
    kind: Kind | None = None,
    status: ImportStatus | None = None,
) -> Response:
    """The imports of an organisation, the latest first."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.imports(
            connection, caller, organisation_id, asked, kind=kind, status=status
        ),
    )


@router.get(PATH + "/{import_id}", response_model=ImportAnswer)
async def import_(import_id: UUID, query: Query) -> Response:
    """How far an import is."""
    return await query.run(lambda connection, caller: handlers.one(connection, caller, import_id))


@router.get(PATH + "/{import_id}/rows", response_model=Page[RowAnswer], responses=CSV)
async def import_rows(
    import_id: UUID, query: Query, listed: Annotated[Listed, Depends(ROWS.asked)], outcome: Outcome | None = None
) -> Response:
    """What became of each row, as far as the import is, by its line in the file and its external id; nothing else of
    what stood in the rows."""
    return await listed.answer(
        query, lambda connection, caller, asked: handlers.report(connection, caller, import_id, asked, outcome=outcome)
    )
