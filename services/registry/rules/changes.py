"""Cursors of the feed of changes."""

import base64
import binascii

from services.registry.models.changes import Cursor
from shared.runtime.errors import Reason, Refusal

AT_MOST = 2**63 - 1


def cursor_text(cursor: Cursor) -> str:
    """A cursor as its reader keeps it: opaque."""
    return base64.urlsafe_b64encode(f"{cursor.number}.{cursor.position}".encode()).rstrip(b"=").decode()


def cursor_of(text: str) -> Cursor:
    """The cursor that a reader has kept.

    Raises
    ------
    Refusal
        `cursor-malformed`.
    """
    try:
        plain = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        number, _, position = plain.decode("ascii").partition(".")
        if not (number.isdecimal() and position.isdecimal() and len(plain) < 50):
            raise ValueError("another shape")
        cursor = Cursor(int(number), int(position))
        if max(cursor.number, cursor.position) > AT_MOST:
            raise ValueError("too large")
    except (ValueError, binascii.Error):
        raise Refusal(
            Reason.INVALID,
            "cursor-malformed",
            de="Der Zeiger ist ungültig. Bitte den verwenden, der in der letzten Antwort unter „next“ stand.",
            en="The cursor is not valid. Please use the one that the last answer gave as “next”.",
        ) from None
    return cursor


def cursor_too_old() -> Refusal:
    """What came after this cursor is not kept any more: the reader has to compare everything once."""
    return Refusal(
        Reason.GONE,
        "cursor-too-old",
        de="Dieser Zeiger ist zu alt: Änderungen danach sind nicht mehr vorhanden. Bitte mit after=now einen neuen holen,"
        " danach den ganzen Bestand einmal abgleichen und dann von dort weiterlesen.",
        en="This cursor is too old: changes after it are no longer kept. Please get a new one with after=now, then compare"
        " the whole stock once, and read on from there.",
    )
