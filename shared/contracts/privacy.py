"""Erasure, and what was handed out, between the services: ids only. The registry asks, each service answers in its own
privacy topic."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import EventData, contract
from shared.contracts.vocabulary import Term


@contract("erasure-requested", topic="registry.privacy", key="subject_id", person="subject_id")
class ErasureRequested(EventData):
    """A person is to be erased everywhere (Art. 17 DSGVO)."""

    erasure_id: UUID
    subject_id: UUID
    requested_at: datetime
    with_receipt: bool = True
    """False: nobody can be mailed, notifications erases everything at once."""


@contract("erased-here", topic="{service}.privacy", key="subject_id", person="subject_id")
class ErasedHere(EventData):
    """One service erased the person from its tables and buried their keys in its own topics."""

    erasure_id: UUID
    subject_id: UUID
    service: Term
    deleted_at: datetime
    records: int = Field(ge=0)
    log_clean_by: date
    """The day by which compaction has removed the last old value from the log."""


@contract("erasure-completed", topic="registry.privacy", key="subject_id", person="subject_id")
class ErasureCompleted(EventData):
    """Every service has answered."""

    erasure_id: UUID
    subject_id: UUID
    completed_at: datetime


@contract("person-exported", topic="{service}.privacy", key="subject_id", person="subject_id")
class PersonExported(EventData):
    """A privacy officer has handed out what a service holds of a person: the registry's audit log notes it."""

    subject_id: UUID
    officer_id: UUID
    service: Term
    exported_at: datetime
