"""What never reaches a log line: personal data, secrets, and the texts of errors, which may quote what was entered.

The rule for authors is to log ids; these processors hold it when somebody forgets.
"""

import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

DENIED_WORDS = frozenset(
    (
        *("mail", "email", "name", "firstname", "lastname", "surname", "phone", "mobile", "address", "street"),
        *("birth", "birthday", "birthdate", "recipient", "client", "ip"),
        *("token", "secret", "password", "authorization", "cookie", "dsn", "url", "link"),
        *("text", "note", "comment", "message", "body", "input", "value", "values", "params", "query", "detail"),
    )
)
"""A key is dropped when one of the words that it is made of stands here."""

HARMLESS_ENDINGS = ("_id", "_ids", "_count", "_kind", "_status", "_version", "_seconds", "_bytes", "_template")
"""Keys with such an ending say something about the thing, not what it holds: `mail_template`, `token_id`."""
REMOVED = "[removed]"
FRAMES_AT_MOST = 30
CAUSES_AT_MOST = 5

_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")
_ROOT = str(Path(__file__).resolve().parents[2])


def is_denied(key: str) -> bool:
    """Could the value under this key be personal data or a secret?"""
    return not key.endswith(HARMLESS_ENDINGS) and any(word.lower() in DENIED_WORDS for word in _WORDS.findall(key))


def clean(value: Any) -> Any:
    """The value without denied keys, and without mail addresses in any text."""
    if isinstance(value, str):
        return _MAIL.sub(REMOVED, value)
    if isinstance(value, Mapping):
        return {str(k): clean(v) for k, v in value.items() if not is_denied(str(k))}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [clean(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return REMOVED
    return value


def redact(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: drops denied keys, cleans the rest. A dropped key is named, so that the author notices."""
    dropped = sorted(key for key in line if is_denied(key))
    kept = {key: clean(value) for key, value in line.items() if key not in dropped}
    if dropped:
        kept["dropped_keys"] = [key for key in dropped if key.isidentifier()]
    return kept


def describe_exception(error: BaseException) -> dict[str, Any]:
    """An exception without its text: kind, stable codes, the frames' places, and its causes.

    Texts of errors quote input (pydantic), whole rows (asyncpg's DETAIL) or addresses (SMTP), so none is kept.
    """
    causes: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in causes and len(causes) < CAUSES_AT_MOST:
        causes.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    described = [_describe_one(cause) for cause in causes]
    return {**described[0], "causes": described[1:]} if len(described) > 1 else described[0]


def _describe_one(error: BaseException) -> dict[str, Any]:
    described: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    for codes in ("code", "sqlstate", "errno", "smtp_code", "reason"):
        value = getattr(error, codes, None)
        if isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", value)):
            described[codes] = str(value)
    for names in ("constraint_name", "table_name", "column_name", "schema_name"):
        value = getattr(error, names, None)
        if isinstance(value, str):
            described[names.removesuffix("_name")] = value
    described["frames"] = _frames(error.__traceback__)
    return described


def _frames(trace: TracebackType | None) -> list[str]:
    places = [
        f"{frame.f_code.co_filename.removeprefix(_ROOT).lstrip('/')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return places[-FRAMES_AT_MOST:]


def exceptions_without_texts(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: `exc_info` or an exception under any key becomes its description."""
    info = line.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line["exception"] = describe_exception(error)
    for key, value in list(line.items()):
        if isinstance(value, BaseException):
            line[key] = describe_exception(value)
    return line
