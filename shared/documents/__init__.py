"""Documents for people: structured text in, a PDF that can be printed, read aloud and searched out.

Promise: any name prints (Latin, Cyrillic, Greek, Arabic with Persian and Kurdish letters, Ethiopic, Georgian, Armenian;
right to left and joined where the script wants it), text is never taken for markup, nothing is fetched, and the same
document gives the same bytes. The PDF is tagged (PDF/UA-1): public bodies must offer documents that a screen reader can
read (BITV 2.0, EN 301 549).
"""

from shared.documents.blocks import Block, Document, Facts, Heading, Letterhead, Paragraph, Signature, Table
from shared.documents.printing import print_document, printed

__all__ = [
    "Block",
    "Document",
    "Facts",
    "Heading",
    "Letterhead",
    "Paragraph",
    "Signature",
    "Table",
    "print_document",
    "printed",
]
