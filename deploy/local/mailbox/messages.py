"""The mails that were received: one `.eml` file each, so that they survive a restart; the oldest go when there are many.

The envelope (who it was really sent to) is kept in two headers put before the mail's own.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from uuid_utils import UUID, uuid7

KEPT_AT_MOST = 10_000
_FROM, _TO = "X-Mailbox-Envelope-From", "X-Mailbox-Envelope-To"
_LINK = re.compile(r"https?://[^\s<>\"']+")
_ONE_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_AFTER_A_LINK = ".,;:!?)]}"


@dataclass(frozen=True)
class Summary:
    """A line in the list. Ids grow with the time of receipt."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str


@dataclass(frozen=True)
class Mail:
    """One whole mail."""

    summary: Summary
    text: str
    html: str | None
    source: str
    language: str = ""
    """In which it is to be read aloud; empty when it says none, or several."""

    @property
    def links(self) -> list[str]:
        """The web addresses in the text, in order, each once."""
        return list(dict.fromkeys(part for is_link, part in split_links(self.text) if is_link))


def split_links(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, each with whether it is a web address."""
    position = 0
    for found in _LINK.finditer(text):
        link = found.group().rstrip(_AFTER_A_LINK)
        yield False, text[position : found.start()]
        yield True, link
        position = found.start() + len(link)
    yield False, text[position:]


class Messages:
    """Every mail in one folder, newest first. Used by one process, from any of its threads."""

    def __init__(self, folder: Path, kept_at_most: int = KEPT_AT_MOST) -> None:
        self._folder = folder
        self._kept_at_most = kept_at_most
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        found = (_summary(file) for file in sorted(folder.glob("*.eml")))
        self._summaries = {summary.id: summary for summary in found if summary is not None}
        self._drop_oldest()

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> Summary:
        """Keep a mail as it was received."""
        envelope = f"{_FROM}: {_one_line(sender)}\r\n{_TO}: {', '.join(map(_one_line, recipients))}\r\n"
        identifier = str(uuid7())
        file = self._file(identifier)
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_bytes(envelope.encode() + content)
        unfinished.replace(file)
        summary = _summary(file)
        assert summary is not None, "the name was made here"
        with self._lock:
            self._summaries[identifier] = summary
            self._drop_oldest()
        return summary

    def newest_first(self, to: str = "", after: str = "", at_most: int = KEPT_AT_MOST) -> list[Summary]:
        """Those sent to the address `to` and received after the mail `after`, where given."""
        with self._lock:
            everything = list(reversed(self._summaries.values()))
        wanted = to.strip().casefold()
        chosen = (
            summary
            for summary in everything
            if summary.id > after and (not wanted or wanted in (r.casefold() for r in summary.recipients))
        )
        return [summary for summary, _ in zip(chosen, range(at_most), strict=False)]

    def read(self, identifier: str) -> Mail | None:
        """A whole mail; None when there is none of that id."""
        summary = self._summaries.get(identifier)
        if summary is None:
            return None
        content = self._file(identifier).read_bytes()
        parsed = _parse(content)
        return Mail(
            summary,
            text=_body(parsed, "plain") or "",
            html=_body(parsed, "html"),
            source=content.decode("utf-8", "replace").replace("\r\n", "\n"),
            language=_language(parsed),
        )

    def delete_all(self) -> int:
        """Delete every mail; returns how many there were."""
        with self._lock:
            gone = list(self._summaries)
            self._summaries.clear()
        for identifier in gone:
            self._file(identifier).unlink(missing_ok=True)
        return len(gone)

    def _drop_oldest(self) -> None:
        while len(self._summaries) > self._kept_at_most:
            oldest = next(iter(self._summaries))
            del self._summaries[oldest]
            self._file(oldest).unlink(missing_ok=True)

    def _file(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.eml"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _parse(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage), "the default policy makes no other"
    return parsed


def _summary(file: Path) -> Summary | None:
    """None for a file that we did not write."""
    try:
        milliseconds = UUID(file.stem).timestamp
    except ValueError:
        return None
    head = _parse(file.read_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    recipients = tuple(part.strip() for part in _header(head, _TO).split(",") if part.strip())
    received_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return Summary(file.stem, received_at, _header(head, "From"), recipients, _header(head, "Subject"))


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return _one_line(str(mail.get(name, "")))
    except (ValueError, IndexError, AttributeError):  # the parser of headers fails on some malformed ones
        return "(unreadable)"


def _language(mail: EmailMessage) -> str:
    named = _header(mail, "Content-Language")
    return named if _ONE_LANGUAGE.fullmatch(named) else ""


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, ValueError):  # an unknown character set
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
