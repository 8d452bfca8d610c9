"""Every read model of every service against the topic that it follows: same keys, same versions, same content."""

import importlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast
from unittest.mock import patch
from uuid import UUID

import orjson

from shared.contracts.base import StateData
from shared.contracts.topics import SERVICES
from shared.messaging.projection import Projection
from shared.messaging.record import decode
from shared.runtime.clock import Clock
from shared.runtime.service import Service, WorkerParts
from shared.telemetry.metrics import Metrics
from tests.faults.checker.log import LogFacts, TopicFacts
from tests.system.platform import RunningPlatform

READ_MODEL = "read-model-"
"""How the counts of what was compared are called."""


def parts_of(platform: RunningPlatform) -> Iterator[tuple[str, WorkerParts]]:
    """What every service's worker is made of, with the name of the service."""
    for name in SERVICES:
        service: Service = importlib.import_module(f"services.{name}.app").SERVICE
        environment = platform.platform.environment(name, "worker")
        with patch.dict("os.environ", environment):
            settings = service.settings()
        yield name, service.worker(settings, cast(Any, None), Clock(), Metrics())


def projections_of(platform: RunningPlatform) -> Iterator[tuple[str, Projection]]:
    """Every projection with the name of its service."""
    for name, parts in parts_of(platform):
        for projection in parts.projections:
            yield name, projection


def wrong_read_models(facts: LogFacts, platform: RunningPlatform, compared: Counter[str]) -> list[str]:
    """Rows that the topic does not tell of, states that no row shows, and rows that say something else."""
    found: list[str] = []
    erased = {str(row["subject_id"]) for row in platform.rows("SELECT subject_id FROM registry.erased_subjects")}
    for service, projection in projections_of(platform):
        wanted = _newest(facts.topics[projection.topic], projection, erased)
        held = _rows(platform, service, projection, wanted)
        at = f"{service}.{projection.table}"
        compared[READ_MODEL + at] += len(wanted)
        found += [f"{at}: {key} is missing" for key in sorted(wanted.keys() - held.keys())]
        found += [f"{at}: {key} should not be there" for key in sorted(held.keys() - wanted.keys())]
        for key in sorted(wanted.keys() & held.keys()):
            if _comparable(wanted[key]) != _comparable(held[key]):
                found.append(f"{at}: {key} is {held[key]}, should be {wanted[key]}")
    return found


def _newest(topic: TopicFacts, projection: Projection, erased: set[str]) -> dict[str, dict[str, Any]]:
    """What the read model should hold: the highest version of each key that was neither ended nor buried."""
    wanted = set(projection.wanted)
    types = {cls.contract.type for cls in wanted}
    held: dict[str, dict[str, Any]] = {}
    for key, told in topic.newest.items():
        here = [of_type for type_, of_type in told.items() if type_ in types]
        if not here:
            continue
        event = decode(max(here, key=lambda each: each[0])[1], wanted).event
        if not isinstance(event, StateData) or isinstance(event, projection.ended or ()):
            continue
        person = type(event).contract.person_of(event)
        if person is None or str(person) not in erased:
            held[key] = _plain({"version": event.version, **projection.row(event)})
    return held


def _rows(
    platform: RunningPlatform, service: str, projection: Projection, wanted: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    columns = sorted({column for row in wanted.values() for column in row} | {"version"})
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = platform.rows(
        f'SELECT "{projection.key}"::text AS key, to_jsonb(chosen) AS held'
        f" FROM {service}.{projection.table} CROSS JOIN LATERAL (SELECT {listed}) AS chosen"
    )
    return {row["key"]: row["held"] for row in rows}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as Postgres shows it in JSON."""
    told: dict[str, Any] = orjson.loads(orjson.dumps(row, default=_told))
    return told


def _told(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(type(value).__name__)


def _comparable(value: Any) -> Any:
    """An instant as an instant: it is written with `Z` or an offset, with more or fewer digits."""
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if isinstance(value, dict):
        return {name: _comparable(each) for name, each in value.items()}
    return value
