"""Erasures and their receipts in the database."""

from typing import Any
from uuid import UUID

from services.registry.models.erasures import Erasure, ErasureStatus
from shared.contracts.registry import ErasedRecords
from shared.postgres.queries import load_queries

queries: Any = load_queries(__file__, "erasures.sql")


def _erasure(row: Any) -> Erasure | None:
    if row is None:
        return None
    return Erasure(
        erasure_id=row["erasure_id"],
        subject_id=row["subject_id"],
        status=ErasureStatus(row["status"]),
        requested_at=row["requested_at"],
        answers={service: ErasedRecords.model_validate(answer) for service, answer in row["answers"].items()},
        completed_at=row["completed_at"],
        with_receipt=row["with_receipt"],
    )


def _answers(erasure: Erasure) -> dict[str, Any]:
    return {service: answer.model_dump(mode="json") for service, answer in erasure.answers.items()}


async def add(connection: Any, erasure: Erasure) -> None:
    """Insert an erasure."""
    await queries.add_erasure(
        connection,
        erasure_id=erasure.erasure_id,
        subject_id=erasure.subject_id,
        status=erasure.status.value,
        answers=_answers(erasure),
        requested_at=erasure.requested_at,
        with_receipt=erasure.with_receipt,
    )


async def save(connection: Any, erasure: Erasure) -> None:
    """Write answers and status."""
    await queries.save_erasure(
        connection,
        erasure_id=erasure.erasure_id,
        status=erasure.status.value,
        answers=_answers(erasure),
        completed_at=erasure.completed_at,
    )


async def erasure(connection: Any, erasure_id: UUID, *, lock: bool = False) -> Erasure | None:
    """One erasure; `lock` holds the row until commit."""
    read = queries.erasure_for_update if lock else queries.erasure_by_id
    return _erasure(await read(connection, erasure_id=erasure_id))


async def erasure_of(connection: Any, subject_id: UUID) -> Erasure | None:
    """The erasure of a subject."""
    return _erasure(await queries.erasure_of_subject(connection, subject_id=subject_id))
