"""Names and addresses as strangers typed them."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.models import Letter
from services.notifications.rules.addresses import AddressUnusable, address, one_line
from services.notifications.smtp import compose

DELIVERY = UUID("01900000-0000-7000-8000-00000000000a")


def mail_to(name: str, to: str, subject: str = "Betreff") -> EmailMessage:
    letter = Letter(DELIVERY, name, to, ("de",), subject, "Text\n", "<p>Text</p>", datetime(2026, 3, 2, tzinfo=UTC))
    composed = compose(letter, address("Tandem", "tandem@example.org"), address(name, to))
    return email.message_from_bytes(composed.as_bytes(policy=SMTP), policy=SMTP)


@settings(deadline=None)
@given(name=st.text(max_size=300), subject=st.text(max_size=300))
def test_no_name_and_no_subject_adds_a_header(name: str, subject: str) -> None:
    found = mail_to(one_line(name), "kim@example.org", one_line(subject, 150))
    assert sorted(key.lower() for key in found) == sorted(
        [
            "from",
            "to",
            "subject",
            "date",
            "message-id",
            "content-language",
            "auto-submitted",
            "mime-version",
            "content-type",
        ]
    )
    (to,) = found["To"].addresses
    assert to.addr_spec == "kim@example.org"


@settings(deadline=None)
@given(st.text(max_size=500))
def test_a_line_is_a_line_and_cleaning_it_again_changes_nothing(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1 and len(line) <= 200 and one_line(line) == line


def test_letters_of_right_to_left_scripts_stay_and_turning_marks_go() -> None:
    assert one_line("علي\u202e \u2067محمد\r\nBcc: x") == "علي محمد Bcc: x"


def test_a_quoted_local_part_is_an_address() -> None:
    assert address("", '"kim beispiel"@example.org').addr_spec == '"kim beispiel"@example.org'


def test_an_umlaut_domain_is_written_in_ascii() -> None:
    assert address("", "kim@bücher.example").addr_spec == "kim@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "mail",
    [
        "",
        "kim",
        "@example.org",
        "kim@",
        "kim@example.org\r\nBcc: x@example.org",
        "kim@example.org, other@example.org",
        "Kim <kim@example.org>",
        "kim@" + "a" * 300 + ".org",
        "kim@exa mple.org",
        "kim@" + "ü" * 64 + ".org",
        "a@b@c",
    ],
)
def test_what_is_no_address_is_refused(mail: str) -> None:
    with pytest.raises(AddressUnusable):
        address("", mail)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_address_or_refused(mail: str) -> None:
    try:
        found = address("Kim", mail)
    except AddressUnusable:
        return
    assert found.username and found.domain.isascii()


def test_a_mail_made_again_is_the_same_mail() -> None:
    first, second = mail_to("Kim", "kim@example.org"), mail_to("Kim", "kim@example.org")
    assert first.as_bytes() == second.as_bytes()
    assert first["Message-ID"] == f"<{DELIVERY}@example.org>"
