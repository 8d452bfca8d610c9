"""Headers of events: written once for many, the same as each by itself."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope, Letterhead

_NOON = datetime(2026, 11, 22, 12, 0, 0, 5, UTC)
_maybe = st.none() | st.text(min_size=1, max_size=20)


@given(
    st.lists(st.tuples(st.uuids(), st.sampled_from(("a", "b")), st.integers(1, 2), st.text(), st.none() | st.uuids())),
    st.text(),
    _maybe,
    _maybe,
)
def test_a_letterhead_writes_what_each_envelope_says(
    events: list[tuple[UUID, str, int, str, UUID | None]], correlation: str, causation: str | None, trace: str | None
) -> None:
    source = "urn:tandem:registry"
    letterhead = Letterhead(source, _NOON, correlation, causation, trace)
    for id_, type_, major, subject, person in events:
        envelope = Envelope(id_, type_, major, source, _NOON, subject, correlation, causation, trace, person)
        written = letterhead.headers(str(id_), type_, major, subject, person)
        assert written == orjson.dumps(envelope.headers()).decode()
