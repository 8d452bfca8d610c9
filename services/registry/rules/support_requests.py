"""Support requests: until when, how long a thread, to whom an overdue one goes, whom a count may tell of."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.registry.models.support_requests import Escalation, RequestStatus, SupportRequest
from shared.runtime.errors import Reason, Refusal

DUE_DAYS_AT_MOST = 90
MESSAGES_AT_MOST = 50
OPEN_AT_MOST = 10
PERSONS_AT_LEAST = 5
"""Below so many persons a count could tell who they are."""


def due_on(told: date | None, today: date, days: int) -> date:
    """Until when an answer is needed.

    Raises
    ------
    Refusal
        `due-day-out-of-range`: in the past, or further away than anybody plans.
    """
    if told is None:
        return today + timedelta(days=days)
    if not today <= told <= today + timedelta(days=DUE_DAYS_AT_MOST):
        raise Refusal(
            Reason.INVALID,
            "due-day-out-of-range",
            de="Bitte einen Tag ab heute und innerhalb der nächsten drei Monate nennen.",
            en="Please name a day from today on, within the next three months.",
            days_at_most=DUE_DAYS_AT_MOST,
        )
    return told


def check_open(count: int) -> None:
    """Refuse one more open request than anybody needs (`too-many-support-requests`)."""
    if count >= OPEN_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "too-many-support-requests",
            de="Sie haben schon mehrere offene Anfragen. Bitte schreiben Sie dort weiter oder schließen Sie eine ab.",
            en="You have several open requests already. Please go on in one of them or close one.",
            at_most=OPEN_AT_MOST,
        )


def written(
    request: SupportRequest, by_volunteer: bool, told_due_on: date | None, today: date, days: int
) -> SupportRequest:
    """The request after one more message: the volunteer's waits for the contact, the contact's for the volunteer.

    Raises
    ------
    Refusal
        `support-request-closed`, `thread-too-long`, `due-day-out-of-range`, `due-day-of-whoever-asks`.
    """
    if told_due_on is not None and not by_volunteer:
        raise Refusal(
            Reason.INVALID,
            "due-day-of-whoever-asks",
            de="Bis wann eine Antwort gebraucht wird (due_on), sagt nur, wer fragt.",
            en="Until when an answer is needed (due_on) is said only by whoever asks.",
        )
    if request.status is RequestStatus.CLOSED:
        raise Refusal(
            Reason.CONFLICT,
            "support-request-closed",
            de="Diese Anfrage ist abgeschlossen. Bitte stellen Sie eine neue.",
            en="This request is closed. Please ask a new one.",
        )
    if request.messages >= MESSAGES_AT_MOST:
        raise Refusal(
            Reason.CONFLICT,
            "thread-too-long",
            de="In dieser Anfrage steht schon sehr viel. Bitte stellen Sie eine neue.",
            en="This request is very long already. Please ask a new one.",
            at_most=MESSAGES_AT_MOST,
        )
    request = replace(request, version=request.version + 1, messages=request.messages + 1)
    if not by_volunteer:
        return replace(request, status=RequestStatus.ANSWERED, escalates_on=None)
    due = due_on(told_due_on, today, days)
    if told_due_on is None and request.status is RequestStatus.OPEN:
        due = request.due_on
    return waiting(replace(request, status=RequestStatus.OPEN, due_on=due))


def waiting(request: SupportRequest) -> SupportRequest:
    """An open request is overdue on the day after its due day, unless everybody was asked already."""
    overdue = None if request.escalation is Escalation.ORGANISATION else request.due_on + timedelta(days=1)
    return replace(request, escalates_on=overdue)


def closed(request: SupportRequest) -> SupportRequest:
    """Nobody waits for anything any more; closing it again changes nothing."""
    if request.status is RequestStatus.CLOSED:
        return request
    return replace(request, version=request.version + 1, status=RequestStatus.CLOSED, escalates_on=None)


def escalated(request: SupportRequest, substitute_id: UUID | None, today: date, days: int) -> SupportRequest:
    """The request one step further: once to the substitute, when there is one not asked yet; then to the organisation.

    Parameters
    ----------
    days
        How long the substitute has before the organisation is asked.
    """
    version = request.version + 1
    if request.escalation is Escalation.NONE and substitute_id not in (None, request.handler_id):
        return replace(
            request,
            version=version,
            escalation=Escalation.SUBSTITUTE,
            handler_id=substitute_id or request.handler_id,
            escalates_on=today + timedelta(days=days),
        )
    return replace(request, version=version, escalation=Escalation.ORGANISATION, escalates_on=None)


def told_of(request: SupportRequest) -> dict[str, Any]:
    """What every notice of a request says: ids and the due date, nothing that somebody wrote."""
    return {
        "request_id": request.request_id,
        "volunteer_id": request.volunteer_id,
        "organisation_id": request.organisation_id,
        "due_on": request.due_on,
    }
