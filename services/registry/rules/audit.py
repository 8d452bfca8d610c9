"""The chain of the audit log: every entry is hashed together with the hash of the one before it.

Altering, removing or moving an entry therefore shows, and so does cutting off the end, as long as somebody noted how far
the chain went (the log of the service does, with every seal).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from services.registry.models.audit import AuditEntry, Link, SealedEntry

SEPARATOR = "\x1f"
"""Cannot stand in any part: ids, instants, and words that the table restricts."""


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and how."""

    position: int
    what: str


def text_of(position: int, entry: AuditEntry) -> str:
    """What is hashed of an entry: the same text as the database writes when it seals."""
    return SEPARATOR.join(
        (
            str(position),
            str(entry.entry_id),
            entry.recorded_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
            entry.actor_kind,
            str(entry.actor_id or ""),
            ",".join(str(organisation_id) for organisation_id in entry.organisation_ids),
            entry.action,
            entry.kind,
            str(entry.thing_id),
            str(entry.concerning or ""),
            entry.why or "",
        )
    )


def hash_of(previous: bytes, position: int, entry: AuditEntry) -> bytes:
    """The hash of an entry at a place, given the hash of the entry before."""
    return hashlib.sha256(previous + text_of(position, entry).encode()).digest()


class Verification:
    """Walks along the chain, entry by entry, in order of position.

    Parameters
    ----------
    base, head
        Where the chain begins and ends, as the database says.
    noted
        Where it ended once, as somebody wrote down elsewhere.
    """

    def __init__(self, base: Link, head: Link, noted: Link | None = None) -> None:
        self._at = base
        self._head = head
        self._noted = noted
        self.entries = 0

    def begin(self) -> Break | None:
        """Before the first entry: is what was noted once still there to be compared?"""
        if self._noted is None or self._noted.position > self._at.position:
            return None
        if self._noted.position == self._at.position and self._noted.hash == self._at.hash:
            return None
        if self._noted.position == self._at.position:
            return Break(self._at.position, "differs-from-what-was-noted")
        return Break(self._noted.position, "noted-before-the-beginning")

    def take(self, sealed: Iterable[SealedEntry]) -> Break | None:
        """Check the next entries; the first break, if there is one."""
        for each in sealed:
            following = self._at.position + 1
            if each.position != following:
                return Break(following, "entry-missing")
            if each.hash != hash_of(self._at.hash, each.position, each.entry):
                return Break(each.position, "entry-altered")
            self._at = Link(each.position, each.hash)
            self.entries += 1
            if self._noted is not None and self._noted.position == each.position and self._noted.hash != each.hash:
                return Break(each.position, "differs-from-what-was-noted")
        return None

    def end(self) -> Break | None:
        """After the last entry: does the chain end where it should?"""
        if self._at.position < self._head.position:
            return Break(self._at.position + 1, "entry-missing")
        if self._at != self._head:
            return Break(self._head.position, "end-altered")
        if self._noted is not None and self._noted.position > self._head.position:
            return Break(self._head.position + 1, "end-cut-off")
        return None
