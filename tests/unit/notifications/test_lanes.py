"""Which mails are sent in bulk, and how much room they have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.rules.lanes import room
from services.notifications.rules.mails import MAILS, RECEIPT
from services.notifications.rules.occasions import IN_BULK, OCCASIONS, intents_of
from shared.contracts import matching
from shared.contracts.base import EventData
from tests.unit.notifications.builders import an_event


@pytest.mark.parametrize("cls", OCCASIONS, ids=lambda cls: cls.__name__)
def test_what_is_taken_in_apart_is_what_is_sent_in_bulk(cls: type[EventData]) -> None:
    in_bulk = {MAILS[intent.mail].in_bulk for intent in intents_of(an_event(cls))}
    assert in_bulk == {cls in IN_BULK or cls is matching.PlacementInvited}


def test_nobody_who_waits_for_a_link_or_a_receipt_waits_behind_bulk() -> None:
    awaited = {name for name, mail in MAILS.items() if mail.link is not None and not mail.in_bulk}
    assert awaited == {
        "registration-confirmation",
        "sign-in",
        "invitation",
        "address-confirmation",
        "group-invitation",
    }
    assert not MAILS[RECEIPT].in_bulk


@given(at_once=st.integers(2, 100), urgent=st.integers(0, 100), in_bulk=st.integers(0, 100))
def test_neither_takes_all_the_room(at_once: int, urgent: int, in_bulk: int) -> None:
    left = room(at_once, urgent, in_bulk)
    assert left.together == max(0, at_once - urgent - in_bulk)
    assert 0 <= left.urgent <= left.together and 0 <= left.in_bulk <= left.together
    assert urgent + left.urgent < at_once or left.urgent == 0
    assert in_bulk + left.in_bulk < at_once or left.in_bulk == 0
    # Whatever one of them has taken, the other may begin something, unless it has its own share.
    if in_bulk <= room(at_once, 0, 0).in_bulk and not urgent:
        assert left.urgent > 0
    if urgent <= room(at_once, 0, 0).urgent and not in_bulk:
        assert left.in_bulk > 0


def test_one_mail_at_a_time_asks_whether_the_server_is_back() -> None:
    assert (room(1, 0, 0).urgent, room(1, 0, 0).in_bulk, room(1, 0, 0).together) == (1, 1, 1)
    assert room(1, 0, 1).together == room(1, 1, 0).together == 0
