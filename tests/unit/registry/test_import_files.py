"""Files of associations, taken apart: whatever the parts in which they arrive, the same records come out."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services import registry
from services.registry.models.exchange import Incoming, Kind, Outcome, Result, VolunteerRow, row_of
from services.registry.rules.import_files import (
    BYTE_ORDER_MARK,
    TOO_LONG,
    Columns,
    Format,
    Records,
    Shapes,
    UnknownColumns,
    Unreadable,
    nested,
)
from services.registry.rules.import_rows import COLUMNS, SHAPES, read
from services.registry.rules.row_faults import heading_text, text_of
from services.registry.rules.suppression import KeyedHashes
from tests.integration.registry.exchange import csv_of, volunteer_row

HASHES = KeyedHashes(b"a key of the tests, of no worth at all")
cells = some.text(some.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


def taken_apart(form: Format, content: bytes, cuts: list[int]) -> list[bytes]:
    records = Records(form)
    found, begin = [], 0
    for end in [*sorted(cut % (len(content) + 1) for cut in cuts), len(content)]:
        found += records.feed(content[begin:end])
        begin = end
    return [record.content for record in found + records.end()]


@given(some.lists(some.dictionaries(cells, cells, min_size=1), max_size=8), some.lists(some.integers(0, 10**6)))
def test_objects_come_out_as_they_went_in_wherever_the_file_is_cut(rows: list[dict[str, str]], cuts: list[int]) -> None:
    content = "".join(json.dumps(row, ensure_ascii=False) + "\r\n\n" for row in rows).encode()
    assert [json.loads(record) for record in taken_apart(Format.NDJSON, content, cuts)] == rows


@given(
    some.lists(some.lists(some.text('ab;",\n\r ä', max_size=6), min_size=2, max_size=2), max_size=8),
    some.lists(some.integers(0, 10**6)),
    some.sampled_from((b"", BYTE_ORDER_MARK)),
)
def test_rows_of_a_table_come_out_as_they_went_in(rows: list[list[str]], cuts: list[int], mark: bytes) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL).writerows([["external_id", "name"], *rows])
    heading, *records = taken_apart(Format.CSV, mark + written.getvalue().encode(), cuts)
    columns = Columns.of(heading, {"external_id", "name"})
    # A carriage return before a line break belongs to the end of the line, wherever it stands.
    told = [{n: v.strip() for n, v in zip(columns.names, row, strict=True) if v.strip()} for row in rows]
    read_back = [columns.read(record) for record in records]
    assert [_plain(row) for row in read_back] == [_plain(row) for row in told]


def _plain(row: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("\r", "") for name, value in row.items()}


@pytest.mark.parametrize("form", Format)
def test_a_line_without_end_is_not_collected_and_is_one_row(form: Format) -> None:
    records = Records(form, bytes_at_most=100)
    found = records.feed(b"external_id\n" if form is Format.CSV else b"{}\n")
    for _ in range(50):
        found += records.feed(b"x" * 30)
        assert len(records._rest) <= 130
    found += records.feed(b"\nA\n" + b"x" * 101 + b"\nB") + records.end()
    assert [record.content for record in found[1:]] == [TOO_LONG, b"A", TOO_LONG, b"B"]
    assert [record.line for record in found] == [1, 2, 3, 4, 5]


@given(some.lists(some.integers(0, 110)))
def test_a_mark_that_does_not_close_spoils_its_own_line_only(cuts: list[int]) -> None:
    lines = [b"id;name", b'A;"open', *(b"B%03d;b" % number for number in range(20)), b"C;c"]
    content = b"\n".join(lines)
    records = Records(Format.CSV, bytes_at_most=100)
    found = []
    for begin, end in pairwise([0, *sorted(cuts), len(content)]):
        found += records.feed(content[begin:end])
    assert [record.content for record in found + records.end()] == lines


def test_the_last_line_may_be_the_one_that_is_too_long() -> None:
    records = Records(Format.NDJSON, bytes_at_most=10)
    assert [record.content for record in records.feed(b"{}\n" + b"x" * 11) + records.end()] == [b"{}", TOO_LONG]


@contextmanager
def looked_at() -> Iterator[list[int]]:
    """The sizes of the byte strings whose methods are called: how much work is done, on any machine."""
    sizes: list[int] = []

    def note(_: FrameType, event: str, method: object) -> None:
        on = getattr(method, "__self__", None)
        if event == "c_call" and isinstance(on, bytes):
            sizes.append(len(on))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield sizes
    finally:
        sys.setprofile(before)


def test_each_byte_of_a_value_over_many_lines_is_looked_at_a_few_times_only() -> None:
    content = b'external_id;name\r\nA-1;"' + b"\n" * 60_000 + b'"\r\nA-2;b\r\n'
    records = Records(Format.CSV)
    with looked_at() as sizes:
        found = [record for at in range(0, len(content), 8192) for record in records.feed(content[at : at + 8192])]
        found += records.end()
    assert [record.content for record in found] == [b"external_id;name", b'A-1;"' + b"\n" * 60_000 + b'"', b"A-2;b"]
    assert len(content) < sum(sizes) < 10 * len(content)


@pytest.mark.parametrize(
    ("stray", "delimiter"), [(b'A;Haus "Sonne', b";"), (b'A;5" Rohr', b";"), (b'A,Haus; "Sonne', b","), (b'A;B"', b";")]
)
def test_a_mark_in_the_middle_of_a_value_swallows_no_other_row(stray: bytes, delimiter: bytes) -> None:
    heading = b"external_id" + delimiter + b"name"
    rows = [heading, stray, b"B" + delimiter + b'"in ""marks"""', b"C" + delimiter + b"c"]
    assert taken_apart(Format.CSV, b"\r\n".join([b"", *rows]), [20, 21]) == rows


@pytest.mark.parametrize("form", Format)
def test_rows_are_numbered_as_a_spreadsheet_numbers_them(form: Format) -> None:
    content = (
        b'\nexternal_id;name\r\n\r\nA-1;"two\nlines"\r\n \r\nA-2;b' if form is Format.CSV else b"{}\n\n \r\n{}\n{}"
    )
    records = Records(form)
    lines = [record.line for at in range(len(content)) for record in records.feed(content[at : at + 1])]
    lines += [record.line for record in records.end()]
    assert lines == ([2, 4, 6] if form is Format.CSV else [1, 4, 5])


@pytest.mark.parametrize("more", [0, 1])
def test_a_value_over_many_lines_counts_with_its_line_breaks(more: int) -> None:
    records = Records(Format.CSV, bytes_at_most=100)
    record = b'a;"' + b"\n" * (96 + more) + b'"'
    found = records.feed(record + b"\nb;c\n") + records.end()
    if more:
        assert found[0].content == b'a;"'
        assert found[-1].content == b"b;c"
    else:
        assert found == [(1, record), (2, b"b;c")]


@pytest.mark.parametrize("heading", [b"external_id;moon", b"name,name", b"\xff", b'"open', b"name;"])
def test_a_heading_names_known_columns_once(heading: bytes) -> None:
    with pytest.raises(UnknownColumns):
        Columns.of(heading, COLUMNS[Kind.ORGANISATIONS])


@pytest.mark.parametrize(
    ("heading", "number", "named"),
    [(b"external_id;moon", 2, "2. (moon)"), (b"name,name", 2, "2. (name)"), (b"name;nora@example.org", 2, "2..")],
)
def test_a_wrong_column_is_named_unless_its_name_may_be_a_value(heading: bytes, number: int, named: str) -> None:
    with pytest.raises(UnknownColumns) as wrong:
        Columns.of(heading, COLUMNS[Kind.ORGANISATIONS])
    de, en = heading_text(wrong.value)
    assert (wrong.value.number, named in de, "nora" in de + en) == (number, True, False)


def test_the_report_says_what_belongs_there_and_never_what_stood_there() -> None:
    """As an answer of the API does; of an entry with parts how it is written in a table."""
    columns = Columns.of(b"external_id;district;topic;name;mail;office_hours", COLUMNS[Kind.CONTACTS])
    record = b"K-1;03351;funding;Nora;nora;montag 9-12"
    result = read(Kind.CONTACTS, 1, record, columns, "demo", KeyedHashes(b"k" * 32))
    assert isinstance(result, Result)
    told = {fault.pointer: text_of(fault.code, fault.de, fault.en)[0] for fault in result.faults}
    assert "name@example.org" in told["#/mail"]
    assert "sunday" in told["#/office_hours/0/day"] and "09:30" in told["#/office_hours/0/start"]
    assert all("monday 09:00 12:00" in text for where, text in told.items() if "office_hours" in where)
    assert not {"nora", "montag"} & set(" ".join(told.values()).split())


@pytest.mark.parametrize(
    ("record", "code"),
    [(b"a;b;c", "wrong-number-of-values"), (b"\xff;b", "not-utf-8"), (b'"a"x;b', "malformed-csv")],
)
def test_a_record_that_is_no_row_says_why(record: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        Columns(";", ("external_id", "name")).read(record)
    assert caught.value.code == code


def test_a_dot_leads_into_a_part_and_a_bar_separates() -> None:
    shapes = Shapes(lists=frozenset(("skills",)), parts={"languages": ("language", "level")})
    told = {"skills": "a | b|", "languages": "de:C1|uk:native", "consent.channel": "paper", "consent.reference": "x"}
    assert nested(told, shapes) == {
        "skills": ["a", "b"],
        "languages": [{"language": "de", "level": "C1"}, {"language": "uk", "level": "native"}],
        "consent": {"channel": "paper", "reference": "x"},
    }


def test_a_table_says_the_same_as_objects() -> None:
    rows = [volunteer_row(n) for n in range(3)]
    heading, *records = taken_apart(Format.CSV, csv_of(rows), [])
    columns = Columns.of(heading, COLUMNS[Kind.VOLUNTEERS])
    for number, (row, record) in enumerate(zip(rows, records, strict=True), 1):
        of_table = read(Kind.VOLUNTEERS, number, record, columns, "crm", HASHES)
        of_object = read(Kind.VOLUNTEERS, number, json.dumps(row).encode(), None, "crm", HASHES)
        assert of_table == of_object and isinstance(of_table, Incoming)


@given(some.binary(max_size=200))
def test_whatever_arrives_is_a_row_or_says_what_is_wrong(record: bytes) -> None:
    found = read(Kind.VOLUNTEERS, 1, record, None, "crm", HASHES)
    assert isinstance(found, Result) and found.outcome is Outcome.REFUSED and found.faults


def test_a_row_is_known_again_by_what_it_says_not_by_how() -> None:
    row = volunteer_row(1)
    turned = dict(reversed(row.items())) | {"reach_km": "15", "mail": row["mail"] + " "}
    first, second = (read(Kind.VOLUNTEERS, 1, json.dumps(told).encode(), None, "crm", HASHES) for told in (row, turned))
    assert isinstance(first, Incoming) and isinstance(second, Incoming)
    assert first.fingerprint == second.fingerprint and isinstance(first.row, VolunteerRow)


@given(cells, cells, cells, cells)
def test_hashes_tell_sources_and_ids_apart_and_hide_them(source: str, other: str, id_: str, other_id: str) -> None:
    first, second = (
        HASHES.of_external_id(source, "volunteers", id_),
        HASHES.of_external_id(other, "volunteers", other_id),
    )
    assert (first == second) == ((source, id_) == (other, other_id))
    assert HASHES.of_external_id(source, "members", id_) != first
    assert KeyedHashes(b"another key").of_external_id(source, "volunteers", id_) != first
    assert "key" not in repr(HASHES)


@pytest.mark.parametrize("other", ["p-Ä 12", "P-ä12", "\uff30-A\u0308 12", "P-Ä\u00a012", "P-Ä\t12", "P-Ä  12"])
def test_an_id_has_one_hash_in_every_spelling(other: str) -> None:
    of = partial(HASHES.of_spellings, "crm", "volunteers")
    assert of(other) == of("P-Ä 12") != of("P-Ä 13")
    assert of("P-Ä 12") != HASHES.of_external_id("crm", "volunteers", "P-Ä 12")


def test_every_code_has_words_in_two_languages() -> None:
    de, en = text_of("external-id-twice")
    assert de != en and text_of("never-heard-of")[0]
    raised_on_the_way = {
        "consent-too-early",
        "substitute-not-here",
        "too-many-contacts",
        "last-organisation-admin",
        "district-has-contacts",
        "umbrellas-too-many",
        "district-not-found",
        "person-not-found",
        "membership-not-found",
        "version-mismatch",
    }
    assert [code for code in raised_on_the_way if text_of(code) == text_of("never-heard-of")] == []


def test_the_readmes_example_is_a_row() -> None:
    example = (Path(registry.__file__).parent / "README.md").read_text(encoding="utf-8")
    heading, record = example.partition("```csv\n")[2].partition("\n```")[0].encode().splitlines()
    columns = Columns.of(heading, COLUMNS[Kind.VOLUNTEERS])
    values = nested(columns.read(record), SHAPES[Kind.VOLUNTEERS])
    assert values.pop("external_id") == "P-1"
    assert isinstance(row_of(Kind.VOLUNTEERS, values), VolunteerRow)


def test_the_readme_names_every_column() -> None:
    told = (Path(registry.__file__).parent / "README.md").read_text(encoding="utf-8")
    for kind, columns in COLUMNS.items():
        line = next(line for line in told.splitlines() if line.startswith(f"| `{kind.value}` |"))
        assert [column for column in columns if f"`{column}`" not in line] == []
