"""What presenting a refresh token means."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.registry.models.addresses import mail_hash
from services.registry.models.sign_in import StoredRefreshToken
from services.registry.rules.sign_in import Use, repeats_the_request, use_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)


def token(
    expires: datetime = FUTURE,
    used: datetime | None = None,
    family: datetime = FUTURE,
    revoked: datetime | None = None,
) -> StoredRefreshToken:
    return StoredRefreshToken(uuid4(), uuid4(), expires, used, family, revoked)


@pytest.mark.parametrize(
    ("presented", "use"),
    [
        (token(), Use.GOOD),
        (token(expires=PAST), Use.OVER),
        (token(expires=NOW), Use.OVER),
        (token(used=PAST), Use.REUSED),
        (token(used=PAST, expires=PAST), Use.REUSED),
        (token(family=PAST), Use.OVER),
        (token(revoked=PAST), Use.OVER),
        (token(used=PAST, revoked=PAST), Use.OVER),
    ],
)
def test_uses(presented: StoredRefreshToken, use: Use) -> None:
    assert use_of(presented, NOW) is use


@pytest.mark.parametrize(
    ("presented", "again"),
    [
        (token(used=PAST), True),
        (token(), False),
        (token(used=NOW - timedelta(minutes=10)), False),
        (token(used=PAST, revoked=PAST), False),
        (token(used=PAST, family=PAST), False),
    ],
)
def test_the_same_request_may_come_again_for_a_while(presented: StoredRefreshToken, again: bool) -> None:
    assert repeats_the_request(presented, NOW) is again


def test_an_address_is_the_same_in_capitals_and_with_spaces() -> None:
    assert mail_hash(" Demo@Example.ORG ") == mail_hash("demo@example.org")
    assert mail_hash("demo@example.org") != mail_hash("demo2@example.org")
