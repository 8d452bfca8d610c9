"""What a document is made of: plain text in named blocks, without any markup of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 to 3, the document's title stands above all of them."""

    text: str
    level: Literal[1, 2, 3] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; line breaks are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, one line each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header that is repeated on every page; every row has as many cells as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("a row of a table has more or fewer cells than its header")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, to whom, where and when: the head of a letter, with the address where the envelope's window is."""

    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    place_and_date: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Room for a hand-written signature, with what stands below the line."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Facts | Table | Letterhead | Signature


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    ``language`` is a two-letter code: it decides hyphenation, the direction of the page, and the voice that reads it
    aloud. ``created`` is printed into the file's properties, so the same document gives the same bytes. ``footer``
    stands at the foot of every page beside the number of the page.
    """

    title: str
    language: str
    created: datetime
    blocks: tuple[Block, ...]
    footer: str = ""
    title_shown: bool = True
