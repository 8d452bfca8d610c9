"""Logs: structlog, one JSON object per line on stdout, with service, process and the ids of the journey.

Lines are events with ids: `log.info("placement-confirmed", placement_id=...)`. What libraries log through the standard
library is routed through the same processors, as the event `library-message` with its place and its unformatted
template: the values that a library would fill in may be anything.
"""

import logging
import math
import sys
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import FilteringBoundLogger

from shared.telemetry import correlation
from shared.telemetry.redaction import exceptions_without_texts, redact

NOISY = ("uvicorn", "aiokafka", "faststream", "httpx", "httpcore", "asyncio")
"""Libraries whose chatter below warning says nothing about our journeys."""
SILENCED = ("uvicorn.access",)
"""Raw paths and addresses; `shared.http` logs its own `http-request` instead."""
TEMPLATE_AT_MOST = 200
SAME_PLACE_SECONDS = 1.0


def get_logger(**fixed: Any) -> FilteringBoundLogger:
    """The logger of a module; `fixed` keys stand in each of its lines."""
    return cast(FilteringBoundLogger, structlog.get_logger(**fixed))


def configure(
    service: str,
    process: str,
    level: str = "info",
    stream: TextIO | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Set up logging for this process, once, at its start. `level` as in `Settings.log_level`."""
    threshold = logging.getLevelNamesMapping()[level.upper()]

    def about_this_process(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["service"] = service
        line["process"] = process
        return line

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            exceptions_without_texts,
            redact,
            structlog.processors.add_log_level,
            about_this_process,
            _journey,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler(monotonic)]
    root.setLevel(threshold)
    for name in ("uvicorn.error", *NOISY, *SILENCED):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name not in SILENCED
    for name in NOISY:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


UVICORN_LOG_CONFIG = None
"""What to give uvicorn as `log_config`, so that it leaves our set-up alone (together with `access_log=False`)."""


def _journey(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    bound = correlation.current()
    if bound is not None:
        line.setdefault("correlation_id", bound.correlation_id)
        if bound.causation_id is not None:
            line.setdefault("causation_id", bound.causation_id)
        line.setdefault("trace_id", bound.traceparent.split("-")[1])
    return line


FIRST_KEYS = ("timestamp", "level", "event", "service", "process", "correlation_id", "causation_id")


def _render(_logger: object, _method: str, line: MutableMapping[str, Any]) -> str:
    line["timestamp"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ordered = {key: line.pop(key) for key in FIRST_KEYS if key in line} | dict(line)
    return orjson.dumps(ordered, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class _LibraryHandler(logging.Handler):
    """Takes what libraries log through the standard library: one line a second from the same place, and how many were
    left out before it. A client whose server is away says so hundreds of times a second.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, int]] = {}
        """By place: when it was told last, and how many were left out since."""

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.module}:{record.lineno}"
        now = self._monotonic()
        last, left_out = self._told.get(place, (-math.inf, 0))
        if now - last < SAME_PLACE_SECONDS:
            self._told[place] = (last, left_out + 1)
            return
        self._told[place] = (now, 0)
        keys: dict[str, Any] = {"logger": record.name, "at": place}
        if left_out:
            keys["left_out_count"] = left_out
        if record.args and isinstance(record.msg, str) and "%" in record.msg:
            keys["template"] = record.msg[:TEMPLATE_AT_MOST]
        if record.exc_info:
            keys["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, "library-message", **keys)
