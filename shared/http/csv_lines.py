"""Lines of a CSV file for spreadsheets: UTF-8 that says so, semicolons, and no cell that would be taken for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from pydantic_core import to_jsonable_python

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets take a file without it for one of their own old encodings."""
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""A text that begins so, also after spaces, or with a full-width or small form of these, gets an apostrophe before it
(OWASP, CSV injection)."""

INVISIBLE = " \u00a0\u3000\u200b\u200c\u200d\u2060\ufeff"


def heading(columns: Sequence[str]) -> str:
    """The first line."""
    return BYTE_ORDER_MARK + _written([columns])


def lines(columns: Sequence[str], items: Iterable[Any]) -> str:
    """One line for each item: its attributes of these names."""
    return _written([[cell(getattr(item, column)) for column in columns] for item in items])


def cell(value: Any) -> str:
    """One cell: lists joined by `|` as in the files of imports, instants as ISO 8601, what has parts as JSON.

    A comma would make a decimal number of two districts in a German spreadsheet.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat().replace("+00:00", "Z")
    text = _text(value.value if isinstance(value, Enum) else value)
    return "'" + text if _begins_a_formula(text) else text


def _begins_a_formula(text: str) -> bool:
    seen = text.lstrip(INVISIBLE)
    return text.startswith(FORMULA_BEGINS) or unicodedata.normalize("NFKC", seen[:1]) in FORMULA_BEGINS


def _text(value: Any) -> str:
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(part, str | int | UUID) for part in value):
        return "|".join(str(part) for part in value)
    return orjson.dumps(to_jsonable_python(value)).decode()


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue()
