"""What law obliges to keep of a person who is erased, in what form, why and until when. All else goes.

Kept is only what proves that the platform acted lawfully, without name, address or id: whoever shows the number of their
receipt can still be answered, nobody else can be found.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from services.registry.models.consents import Entry, Purpose
from services.registry.models.erasures import RetainedRecord
from services.registry.models.requests import PersonRequest
from services.registry.rules.requests import kept_until
from shared.runtime.clock import BERLIN

SPECIAL = frozenset((Purpose.MIGRATION_EXPERIENCE,))
"""A consent's purpose that itself says what Art. 9 DSGVO protects: nothing is kept of it."""


def consent_proofs(ledger: Iterable[Entry], today: date, years: int) -> list[RetainedRecord]:
    """Proof that what was processed was consented to: purpose, text, days, channel.

    Art. 7(1) with Art. 17(3)(e) DSGVO; until claims are barred (§§ 195, 199(1) BGB: three years from the year's end).
    """
    by_purpose: dict[Purpose, list[Entry]] = defaultdict(list)
    for entry in ledger:
        if entry.purpose not in SPECIAL:
            by_purpose[entry.purpose].append(entry)
    return [
        RetainedRecord(
            kind="consent-proof",
            ground="Art. 7(1), 17(3)(e) DSGVO; §§ 195, 199(1) BGB",
            kept_until=kept_until(today, years),
            content={
                "purpose": purpose.value,
                "decisions": [
                    {
                        "decision": entry.decision.value,
                        "text_version": entry.text_version,
                        "channel": entry.channel.value,
                        "on": _day(entry.decided_at),
                    }
                    for entry in entries
                ],
            },
        )
        for purpose, entries in by_purpose.items()
    ]


def request_proofs(requests: Iterable[PersonRequest], today: date, years: int) -> list[RetainedRecord]:
    """Proof that the person's requests were answered in time: kind and days, not what was told.

    Art. 5(2), 12(3) with Art. 17(3)(e) DSGVO; until a fine is barred (§ 31(2) No. 1 OWiG with § 41 BDSG: three years).
    """
    return [
        RetainedRecord(
            kind="request-proof",
            ground="Art. 5(2), 12(3), 17(3)(e) DSGVO; § 31(2) OWiG",
            kept_until=kept_until(today, years),
            content={
                "kind": request.kind.value,
                "received_on": request.received_on.isoformat(),
                "due_on": request.due_on.isoformat(),
                "status": request.status.value,
                "closed_on": None if request.closed_at is None else _day(request.closed_at),
            },
        )
        for request in requests
    ]


def _day(instant: datetime) -> str:
    """The calendar date in Germany: what a period is counted in."""
    return instant.astimezone(BERLIN).date().isoformat()
