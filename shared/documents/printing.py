"""A document becomes a PDF.

The typesetting is Typst's (one wheel without dependencies, Apache-2.0, a release every few weeks). Compared with it:
fpdf2 and reportlab shape Arabic only with further packages and write no tags, so what they print cannot be read aloud;
borb is under the AGPL; WeasyPrint needs Pango from the system. The layout stands in ``document.typ``; text is data.
It is loaded with the first document: most processes never print one.
"""

import asyncio
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import orjson

from shared.documents.blocks import Block, Document

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent
ACCESSIBLE = "ua-1"

_typesetting = Lock()


@cache
def _compiler() -> "typst.Compiler":
    import typst  # noqa: PLC0415

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "document.typ"), root=str(HERE), font_paths=fonts)


def _block(block: Block) -> dict[str, Any]:
    return {"kind": type(block).__name__.lower(), **asdict(block)}


def printed(document: Document) -> bytes:
    """The PDF. Blocks the thread while it computes (tens of milliseconds a page): in a service use ``print_document``."""
    import typst  # noqa: PLC0415

    text = {
        "title": document.title,
        "language": document.language,
        "footer": document.footer,
        "title_shown": document.title_shown,
        "blocks": [_block(block) for block in document.blocks],
    }
    inputs = {"document": orjson.dumps(text).decode()}
    with _typesetting:
        try:
            return _compile(inputs, document, [ACCESSIBLE])
        except typst.TypstError:
            # A character that none of the fonts has (an emoji in a name) is no reason to refuse somebody their
            # document: it is shown as an empty box, which the standard forbids.
            return _compile(inputs, document, [])


def _compile(inputs: dict[str, str], document: Document, standards: list[Any]) -> bytes:
    # Typst refuses fractions of a second.
    created = document.created.replace(microsecond=0)
    pdf = _compiler().compile(format="pdf", sys_inputs=inputs, pdf_standards=standards, timestamp=created)
    assert isinstance(pdf, bytes)
    return pdf


async def print_document(document: Document) -> bytes:
    """The PDF, computed beside the event loop."""
    return await asyncio.to_thread(printed, document)
