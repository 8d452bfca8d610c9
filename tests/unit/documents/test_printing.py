"""Documents: any name prints, nothing is markup, the same document gives the same bytes."""

from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from shared.documents import Document, Facts, Heading, Letterhead, Paragraph, Signature, Table, print_document, printed

CREATED = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
"""With a fraction of a second, as clocks have it."""
NAMES = {
    "german": "Jürgen Großmann",
    "turkish": "Şükrü Çağlayan",
    "ukrainian": "Олена Їжакевич",
    "greek": "Ελένη Παππά",
    "tigrinya": "ሰላም ተስፋይ",
    "georgian": "თამარი",
    "armenian": "Անահիտ",
}


def document(*blocks: object, title: str = "Auskunft", language: str = "de", footer: str = "") -> Document:
    return Document(title, language, CREATED, tuple(blocks), footer)  # type: ignore[arg-type]


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def fonts(pdf: bytes) -> set[str]:
    return {
        str(font.get_object()["/BaseFont"]).split("+")[-1]
        for page in PdfReader(BytesIO(pdf)).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }


def is_accessible(pdf: bytes) -> bool:
    catalogue: Any = PdfReader(BytesIO(pdf)).root_object
    return (
        bool(catalogue["/MarkInfo"]["/Marked"])
        and b"<pdfuaid:part>1<" in catalogue["/Metadata"].get_object().get_data()
    )


def position(pdf: bytes, wanted: str) -> tuple[float, float]:
    """Where a text begins on the first page: points from the left, millimetres from the top."""
    found: list[tuple[float, float]] = []

    def visit(text: str, matrix: list[float], *_: object) -> None:
        if wanted in text:
            found.append((matrix[4], (841.89 - matrix[5]) * 25.4 / 72))

    PdfReader(BytesIO(pdf)).pages[0].extract_text(visitor_text=visit)
    return found[0]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_names_in_any_script_print_as_they_are(name: str) -> None:
    pdf = printed(document(Facts((("Name", name),))))
    assert name in read(pdf)
    assert is_accessible(pdf)


def test_an_arabic_name_is_joined_and_set_in_a_font_that_has_it() -> None:
    name = "علي بن محمد"
    pdf = printed(document(Facts((("Name", name),))))
    assert "NotoSansArabic-Regular" in fonts(pdf)
    missing = Counter(name) - Counter(read(pdf))
    assert not missing
    assert is_accessible(pdf), "the standard refuses a glyph that no font has"


def test_an_arabic_document_runs_from_right_to_left() -> None:
    edges = {
        language: position(printed(document(Facts((("A", "B"),)), title="x", language=language)), "A")[0]
        for language in ("de", "ar")
    }
    assert edges["ar"] - edges["de"] > 300


def test_a_character_that_no_font_has_does_not_refuse_the_document() -> None:
    assert "Olena" in read(printed(document(Facts((("Name", "Olena 😀"),)))))


@pytest.mark.parametrize(
    "text", ["#panic()", "*stern* _kursiv_", "$x$", "@jemand", "= Titel", "<b>", "\\", "//", "[]", "`"]
)
def test_text_is_never_markup(text: str) -> None:
    blocks = (Heading(text), Paragraph(text), Facts(((text, text),)), Table((text,), ((text,),)), Signature((text,)))
    found = read(printed(document(*blocks, title=text, footer=text)))
    assert found.count(text) >= 8


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_prints(text: str) -> None:
    assert printed(document(Paragraph(text), Facts(((text, text),)), title=text or "–")).startswith(b"%PDF-")


def test_the_same_document_gives_the_same_bytes() -> None:
    same = [printed(document(Heading("Person"), Facts((("Name", name),)))) for name in ("Олена", "Anna", "Олена")]
    assert same[0] == same[2] != same[1]


def test_a_long_table_repeats_its_header_and_numbers_its_pages() -> None:
    pdf = printed(document(Table(("Wann", "Was"), tuple((str(row), "Eintrag") for row in range(120))), footer="Seite"))
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) > 2
    assert all("Wann" in page and f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1))


def test_a_letter_has_its_address_where_the_window_is() -> None:
    letter = document(
        Letterhead(("Träger",), ("Olena Demo", "Weg 2", "29221 Celle"), "Celle, 1. März 2026"), Paragraph("…")
    )
    assert 45 <= position(printed(letter), "Olena")[1] <= 60


def test_a_row_that_does_not_fit_its_header_is_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        Table(("A", "B"), (("1",),))


async def test_printing_beside_the_event_loop_gives_the_same() -> None:
    assert await print_document(document(Paragraph("x"))) == printed(document(Paragraph("x")))


def test_ids_stay_within_their_columns() -> None:
    ids = tuple(str(UUID(int=0x4439D65BE8E94439D65BE8E94439D65B + number)) for number in range(6))
    runs: list[str] = []
    PdfReader(BytesIO(printed(document(Table(("Kennung",) * 6, (ids,)))))).pages[0].extract_text(
        visitor_text=lambda text, *_: runs.append(text.strip())
    )
    # A sixth of the page holds some fifteen characters, hyphens and places to break at included.
    assert max(len(run.replace("\u200b", "")) for run in runs if run) <= 15
    assert "".join(runs).replace("\u200b", "").count("4439d65b-e8e9-4439-d65b") == len(ids)
