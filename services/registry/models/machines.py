"""Machines: associations' own systems as members of their organisation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from shared.http.models import Line, RequestModel

SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
"""A source system: whose external ids they are."""


class MachineStatus(StrEnum):
    """`waiting`: it has not shown its code yet. `withdrawn`: it was bound, and the role was taken from it."""

    WAITING = "waiting"
    BOUND = "bound"
    WITHDRAWN = "withdrawn"


class AddMachine(RequestModel):
    """A system of the organisation is to exchange data under the name of a source system."""

    name: Line
    source: SourceName


class BindMachine(RequestModel):
    """The code that the organisation_admin handed over, told by the machine under its own token."""

    code: Annotated[str, Field(min_length=20, max_length=100)]


class MachineAnswer(BaseModel):
    machine_id: UUID
    organisation_id: UUID
    source: str
    name: str
    status: MachineStatus
    subject_id: UUID | None
    added_at: datetime
    bound_at: datetime | None
    code_expires_at: datetime | None


class CodeAnswer(BaseModel):
    """Shown once; asking again makes another and voids this one."""

    machine_id: UUID
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class StoredMachine:
    """A row of `machines`."""

    machine_id: UUID
    organisation_id: UUID
    source: str
    name: str
    added_at: datetime
    code_expires_at: datetime | None
    subject_id: UUID | None
    bound_at: datetime | None
