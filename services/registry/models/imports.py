"""Imports: a file of an association, worked through in steps, with a report for every row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.models.exchange import Kind, Outcome


class ImportStatus(StrEnum):
    """`receiving`: the file is arriving. `waiting`: rows wait to be worked through. `stopped`: see `stopped_because`."""

    RECEIVING = "receiving"
    WAITING = "waiting"
    COMPLETED = "completed"
    STOPPED = "stopped"


class ImportAnswer(BaseModel):
    """How far an import is. The numbers grow while it runs; a dry run counts what would be."""

    import_id: UUID
    organisation_id: UUID
    source: str
    kind: Kind
    format: str
    dry_run: bool
    status: ImportStatus
    stopped_because: str | None
    rows: int
    done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    suppressed: int
    requested_at: datetime
    completed_at: datetime | None


class FaultAnswer(BaseModel):
    """What is wrong with a row, or to be known of it; never what stood in it."""

    pointer: str
    code: str
    de: str
    en: str


class RowAnswer(BaseModel):
    """What became of one row. `row`: as a spreadsheet or an editor numbers it; a heading is row 1, blank rows count."""

    row: int
    external_id: str | None = Field(
        None, description="as the row tells it; null when it cannot be read, or the person was erased or has objected"
    )
    outcome: Outcome
    faults: list[FaultAnswer] = []

    @property
    def where(self) -> list[str]:
        """Of a table: where in the row."""
        return [fault.pointer for fault in self.faults]

    @property
    def codes(self) -> list[str]:
        """Of a table: what, for machines."""
        return [fault.code for fault in self.faults]

    @property
    def hints(self) -> str:
        """Of a table: what, in German."""
        return " ".join(fault.de for fault in self.faults)


@dataclass(frozen=True)
class ReportedRow:
    """A row of the report as it is stored. `number` counts rows without heading and blank ones, `line` with them."""

    number: int
    line: int
    external_id: str | None
    outcome: Outcome
    faults: list[dict[str, Any]]


@dataclass(frozen=True)
class StoredImport:
    """What the worker has to know of an import."""

    import_id: UUID
    organisation_id: UUID
    source: str
    kind: Kind
    columns: dict[str, Any] | None
    dry_run: bool
    requested_by: UUID
    correlation_id: str
    rows: int
    done: int


@dataclass(frozen=True)
class Begun:
    """An upload that may begin, or (`upload` is None) one that came before under the same key."""

    import_id: UUID
    source: str
    kind: Kind
    upload: UUID | None
    body_hash: bytes | None


class WaitingLine(NamedTuple):
    """A row that waits: which one, counted with and without heading and blank ones; as it came."""

    number: int
    line: int
    content: bytes
