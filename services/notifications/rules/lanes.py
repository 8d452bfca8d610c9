"""What somebody waits for is sent before what is told in bulk, and neither is ever without room."""

from services.notifications.models import Room

KEPT = 4
"""One dialogue in so many, and at least one, is kept for each of the two."""


def room(at_once: int, urgent: int, in_bulk: int) -> Room:
    """How many may be begun when of `at_once` dialogues so many urgent ones and so many in bulk are under way.

    Bulk mails never take all dialogues, so an urgent one is begun at once, however slow the server; nor do urgent ones, so
    bulk mails move on, however many are in front of them.
    """
    kept = max(1, at_once // KEPT) if at_once > 1 else 0
    together = max(0, at_once - urgent - in_bulk)
    return Room(
        urgent=min(together, max(0, at_once - kept - urgent)),
        in_bulk=min(together, max(0, at_once - kept - in_bulk)),
        together=together,
    )
