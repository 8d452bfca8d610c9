"""The address of a client is that of its socket, unless a trusted proxy says otherwise."""

import pytest

from shared.http.settings import load_http_settings
from shared.runtime.settings import ConfigurationError
from tests.unit.http.application import application, client_of

PROXY, CLIENT, LIE = "10.0.0.1", "198.51.100.4", "203.0.113.9"


@pytest.mark.parametrize(
    ("trusted", "socket", "forwarded", "expected"),
    [
        ("", PROXY, CLIENT, PROXY),
        ("10.0.0.0/8", PROXY, None, PROXY),
        ("10.0.0.0/8", PROXY, CLIENT, CLIENT),
        ("10.0.0.0/8", PROXY, f"{LIE}, {CLIENT}", CLIENT),
        ("10.0.0.0/8", PROXY, f"{LIE}, {CLIENT}, 10.0.0.2", CLIENT),
        ("10.0.0.0/8", CLIENT, LIE, CLIENT),
        ("10.0.0.0/8,2001:db8::/32", "2001:db8::1", CLIENT, CLIENT),
        ("10.0.0.0/8", PROXY, "not an address", "unknown"),
        ("10.0.0.0/8", PROXY, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("10.0.0.0/8", PROXY, f"::ffff:{CLIENT}", CLIENT),
        ("", "fe80::1%eth0", None, "fe80::/64"),
    ],
)
async def test_only_a_trusted_proxy_is_believed(
    monkeypatch: pytest.MonkeyPatch, trusted: str, socket: str, forwarded: str | None, expected: str
) -> None:
    monkeypatch.setenv("TANDEM_TRUSTED_PROXIES", trusted)
    async with client_of(application(load_http_settings()), socket) as client:
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        assert (await client.get("/offers/client", headers=headers)).json() == {"client": expected}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TANDEM_TRUSTED_PROXIES", "everyone"),
        ("TANDEM_RATE_LIMITS", '{"sign-in": {"count": 0, "seconds": 1}}'),
        ("TANDEM_BODY_BYTES_AT_MOST", "hunter2"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        load_http_settings()
    assert "hunter2" not in str(caught.value)


def test_limits_of_the_operator_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_RATE_LIMITS", '{"sign-in": {"count": 9, "seconds": 60}}')
    assert load_http_settings().rate_limits["sign-in"].count == 9
