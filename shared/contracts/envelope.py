"""CloudEvents 1.0 in Kafka's binary mode: the attributes are headers, the value is the data as JSON.

`ce_person` is our extension: the subject id of the person concerned (an id, nothing else), so that erasure finds even
records that nobody can decode.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson

from shared.contracts.base import CONTRACTS, VALUE_BYTES_AT_MOST, EventData

TICK = "tick"
"""The type of the daily record that makes an idle partition roll its segment; no consumer reads it."""


class Undecodable(Exception):
    """The record is no event that anybody could read; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsupportedVersion(Undecodable):
    """The type or its major is newer than this release: kept for the release that knows it."""

    def __init__(self) -> None:
        super().__init__("unsupported-version")


@dataclass(frozen=True)
class Envelope:
    """The attributes of one event. Instants are UTC."""

    id: UUID
    type: str
    major: int
    source: str
    time: datetime
    subject: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    person: UUID | None = None

    def headers(self) -> list[tuple[str, str]]:
        """The headers in the order in which they are written."""
        optional = (
            ("ce_causationid", self.causation_id),
            ("traceparent", self.traceparent),
            ("ce_person", str(self.person) if self.person else None),
        )
        return [
            ("ce_specversion", "1.0"),
            ("ce_id", str(self.id)),
            ("ce_type", self.type),
            ("ce_source", self.source),
            ("ce_time", self.time.isoformat()),
            ("ce_subject", self.subject),
            ("ce_dataschema", f"urn:tandem:{self.type}:{self.major}"),
            ("ce_correlationid", self.correlation_id),
            *((name, value) for name, value in optional if value),
            ("content-type", "application/json"),
        ]


class Letterhead:
    """Headers of many events of one source and instant, as JSON text: what they have in common is written once.

    The same as `Envelope.headers`, at a fifth of its cost: an import announces thousands of events a second.
    """

    def __init__(
        self, source: str, time: datetime, correlation_id: str, causation_id: str | None, traceparent: str | None
    ) -> None:
        self._journey = (source, time, correlation_id, causation_id, traceparent)
        self._written: dict[tuple[str, int], tuple[str, str]] = {}

    def headers(self, id_: str, type_: str, major: int, subject: str, person: UUID | None) -> str:
        """The headers of one event; `id_` is a UUID's text."""
        written = self._written.get((type_, major))
        if written is None:
            written = self._written[type_, major] = self._common(type_, major)
        between, after = written
        of_person = f'["ce_person","{person}"],' if person else ""
        told = orjson.dumps(subject).decode()
        return f'[["ce_specversion","1.0"],["ce_id","{id_}"],{between}{told}{after}{of_person}{_CONTENT_TYPE}]'

    def _common(self, type_: str, major: int) -> tuple[str, str]:
        """What stands between id and subject, and between subject and person."""
        source, time, correlation_id, causation_id, traceparent = self._journey
        envelope = Envelope(
            UUID(int=0),
            type_,
            major,
            source,
            time,
            "",
            correlation_id,
            causation_id=causation_id,
            traceparent=traceparent,
        )
        pairs = [orjson.dumps(pair).decode() for pair in envelope.headers()]
        subject = next(place for place, (name, _) in enumerate(envelope.headers()) if name == "ce_subject")
        return f'{",".join(pairs[2:subject])},["ce_subject",', f"],{','.join(pairs[subject + 1 : -1])},"


_CONTENT_TYPE = '["content-type","application/json"]'


def text_headers(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text; what is null or no UTF-8 is left out instead of failing the record's neighbours."""
    found = {}
    for name, value in headers:
        if value is not None:
            try:
                found[name] = value.decode()
            except UnicodeDecodeError:
                continue
    return found


def read_envelope(headers: dict[str, str]) -> Envelope:
    """The attributes from a record's headers.

    Raises
    ------
    Undecodable
        `bad-envelope` when an attribute is missing or malformed.
    """
    try:
        urn, tandem, type_, major = headers["ce_dataschema"].split(":")
        if headers["ce_specversion"] != "1.0" or (urn, tandem, type_) != ("urn", "tandem", headers["ce_type"]):
            raise Undecodable("bad-envelope")
        time = datetime.fromisoformat(headers["ce_time"])
        if time.utcoffset() is None:
            raise Undecodable("bad-envelope")
        return Envelope(
            id=UUID(headers["ce_id"]),
            type=type_,
            major=int(major),
            source=headers["ce_source"],
            time=time.astimezone(UTC),
            subject=headers["ce_subject"],
            correlation_id=headers["ce_correlationid"],
            causation_id=headers.get("ce_causationid"),
            traceparent=headers.get("traceparent"),
            person=UUID(headers["ce_person"]) if "ce_person" in headers else None,
        )
    except (KeyError, ValueError, OverflowError):
        raise Undecodable("bad-envelope") from None


def read_event(envelope: Envelope, value: bytes) -> EventData:
    """The data of an event, validated.

    Raises
    ------
    UnsupportedVersion
        The type or major is unknown to this release.
    Undecodable
        `bad-data` when the value does not fit the contract, or the key's field differs from `ce_subject`.
    """
    cls = CONTRACTS.get((envelope.type, envelope.major))
    if cls is None:
        raise UnsupportedVersion
    try:
        event = cls.model_validate_json(value)
    except ValueError:
        raise Undecodable("bad-data") from None
    if cls.contract.key_of(event) != envelope.subject:
        raise Undecodable("bad-data")
    return event


def write_value(event: EventData) -> bytes:
    """The value of an event's record.

    Raises
    ------
    ValueError
        It is larger than any event may be.
    """
    value = event.model_dump_json().encode()
    if len(value) > VALUE_BYTES_AT_MOST:
        raise ValueError(f"{event.contract.type}: {len(value)} bytes are more than an event may have")
    return value
