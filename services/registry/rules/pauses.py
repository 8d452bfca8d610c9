"""Pauses: until when. Pure."""

from datetime import date, timedelta

from shared.runtime.errors import Reason, Refusal

LONGEST = timedelta(days=5 * 366)


def check_until(until: date | None, today: date) -> None:
    """Refuse a return in the past or beyond all planning (`pause-until-impossible`)."""
    if until is not None and not today < until <= today + LONGEST:
        raise Refusal(
            Reason.INVALID,
            "pause-until-impossible",
            de="Bitte nennen Sie einen Tag in den nächsten fünf Jahren.",
            en="Please name a day within the next five years.",
        )
