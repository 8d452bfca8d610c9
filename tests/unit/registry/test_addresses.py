"""Mail addresses: the quick look at an ordinary one says what the thorough look says."""

from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import EmailStr, StringConstraints, TypeAdapter, ValidationError

from services.registry.models.addresses import Mail

_letters = "abzAZ019._%+-@äß \t\"'<>()"
_parts = st.text(_letters, max_size=12) | st.sampled_from(
    [
        "info",
        "postmaster",
        "a" * 64,
        "a" * 65,
        "xn--mnchen-3ya",
        "münchen",
        "example",
        "local",
        "test",
        "-a",
        "a-",
        "1.2.3.4",
    ]
)
_addresses = st.text(_letters, max_size=30) | st.builds(
    lambda local, *domain: f"{local}@{'.'.join(domain)}",
    st.lists(_parts, min_size=1, max_size=3).map(".".join),
    _parts,
    st.sampled_from(["org", "de", "ORG", "localhost", "arpa", "invalid", "c" * 63, "c" * 64]),
)
_thorough: TypeAdapter[str] = TypeAdapter(Annotated[EmailStr, StringConstraints(max_length=254)])
_quick: TypeAdapter[str] = TypeAdapter(Mail)


def _told(adapter: TypeAdapter[str], text: Any) -> tuple[str | None, list[str]]:
    try:
        return adapter.validate_python(text), []
    except ValidationError as error:
        return None, [fault["type"] for fault in error.errors()]


@example("demo.mensch@example.org")
@example("INFO@example.org")
@example("somebody@xn--mnchen-3ya.example.org")
@example("somebody@sub.local")
@example(f"{'a' * 64}@example.org")
@example(f"{'a' * 65}@example.org")
@example(f"a@{'b' * 60}.{'b' * 60}.{'b' * 60}.{'b' * 60}.example.org")
@given(_addresses)
def test_an_address_is_taken_refused_and_spelled_as_by_the_thorough_look(text: str) -> None:
    assert _told(_quick, text) == _told(_thorough, text)


@pytest.mark.parametrize("value", [None, 5, ["a@example.org"], b"a@example.org"])
def test_what_is_no_text_is_no_address(value: Any) -> None:
    assert _told(_quick, value) == _told(_thorough, value)


def test_documents_say_the_same_of_it() -> None:
    assert _quick.json_schema() == _thorough.json_schema()
